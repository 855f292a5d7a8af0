// `npm run bench:lan`: builds the app, whose threads are measured, and runs the bench of the LAN.
import { build } from './run/build.mjs';
import { main } from './run/main.mjs';
import { runInForeground } from './run/program.mjs';
import { projectNode, projectPath } from './setup/project.mjs';

await main(async () => {
  await build({ onlyWhenChanged: true });
  return runInForeground(projectNode(), [projectPath('src', 'cli', 'lanBench.ts')]);
});
