// `npm run test:windows`: tries Raftlab on Windows, or in Node for Windows under Wine; first gets what that needs.
import { build } from './run/build.mjs';
import { main } from './run/main.mjs';
import { runTool } from './run/tools.mjs';
import { say } from './setup/progress.mjs';
import { ensureNsis } from './windows/nsis.mjs';
import { ensureWindowsNode } from './windows/wine.mjs';

await main(async () => {
  const windows = await ensureWindowsNode();
  if ('missing' in windows) {
    say(`NOT TESTED: Windows. ${windows.missing}.`);
    return 0;
  }
  await ensureNsis().catch((/** @type {Error} */ error) => {
    say(`The installer's script will not be tried: ${error.message}`);
  });
  await build({ onlyWhenChanged: true });
  // On Windows itself `npm run test:integration` runs what this one runs under Wine.
  const projects = process.platform === 'win32' ? ['windows'] : ['windows', 'windows-suites'];
  const options = projects.flatMap((project) => ['--project', project]);
  return runTool('vitest', ['run', ...options, ...process.argv.slice(2)], {
    env: { RAFTLAB_WINDOWS: JSON.stringify(windows) },
  });
});
