// `npm run bench`: builds the app, because the bench measures the threads that it ships, and runs the bench.
import { build as bundle } from 'vite';
import { build } from './run/build.mjs';
import { main } from './run/main.mjs';
import { runInForeground } from './run/program.mjs';
import { projectNode, projectPath } from './setup/project.mjs';
import { readStamp } from './setup/stamp.mjs';

/** Electron cannot run TypeScript. */
async function bundleMemoryProbe() {
  await bundle({
    configFile: false,
    logLevel: 'warn',
    build: {
      ssr: projectPath('src', 'cli', 'bench', 'measure', 'memoryProbe.ts'),
      outDir: projectPath('out', 'bench'),
      target: 'node20',
    },
  });
}

await main(async () => {
  await build({ onlyWhenChanged: true });
  const electron = readStamp()?.electron;
  const switches = [];
  if (electron !== undefined && electron.kind !== 'missing') {
    await bundleMemoryProbe();
    switches.push('--electron', electron.executable);
  }
  return runInForeground(projectNode(), [projectPath('src', 'cli', 'bench.ts'), ...switches, ...process.argv.slice(2)]);
});
