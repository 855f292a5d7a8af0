// `npm run bench`: builds the app, because the bench measures the threads that it ships, and runs the bench.
import { build } from './run/build.mjs';
import { main } from './run/main.mjs';
import { runInForeground } from './run/program.mjs';
import { projectNode, projectPath } from './setup/project.mjs';

await main(async () => {
  await build({ onlyWhenChanged: true });
  return runInForeground(projectNode(), [projectPath('src', 'cli', 'bench.ts'), '--built', ...process.argv.slice(2)]);
});
