// `npm run dev`: the app with hot reload. Changes to the window's code are loaded while it runs; other changes restart
// the app.
import { electronSwitches, locateElectron } from './electron/locate.mjs';
import { hasDisplay } from './run/display.mjs';
import { main } from './run/main.mjs';
import { runTool } from './run/tools.mjs';

await main(async () => {
  if (!hasDisplay()) throw new Error('npm run dev shows a window, but there is no display here. Try npm start.');
  const { executable } = locateElectron();
  const noSandbox = electronSwitches(executable).includes('--no-sandbox') ? ['--noSandbox'] : [];
  const env = { ...process.env, ELECTRON_EXEC_PATH: executable };
  return runTool('electron-vite', ['dev', '--watch', ...noSandbox, ...process.argv.slice(2)], { env });
});
