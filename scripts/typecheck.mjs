// `npm run typecheck`: checks the types of every part, each for the environment in which it runs.
import { join } from 'node:path';
import { main } from './run/main.mjs';
import { runTool } from './run/tools.mjs';

/** The results of the last check: the next one checks only what depends on a change. */
const CACHE = join('node_modules', '.cache', 'typecheck');

/** @type {readonly { project: string, packageName: string, toolName: string }[]} */
const PARTS = [
  { project: 'tsconfig.node.json', packageName: 'typescript', toolName: 'tsc' },
  { project: 'tsconfig.renderer.json', packageName: 'vue-tsc', toolName: 'vue-tsc' },
  { project: 'tsconfig.e2e.json', packageName: 'typescript', toolName: 'tsc' },
  { project: 'tsconfig.scripts.json', packageName: 'typescript', toolName: 'tsc' },
];

await main(async () => {
  const exitCodes = await Promise.all(
    PARTS.map(({ project, packageName, toolName }) => runTool(packageName, [
      '--project', project, '--incremental', '--tsBuildInfoFile', join(CACHE, `${project}.tsbuildinfo`),
    ], { toolName })),
  );
  return exitCodes.every((code) => code === 0) ? 0 : 1;
});
