// `npm run smoke`: runs the built app's self-test in a real Electron. Prints the app's one JSON line.
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { electronSwitches, locateElectron } from './electron/locate.mjs';
import { build } from './run/build.mjs';
import { withDisplay } from './run/display.mjs';
import { main } from './run/main.mjs';
import { removeIfPossible } from './setup/files.mjs';
import { say } from './setup/progress.mjs';
import { projectDirectory } from './setup/project.mjs';

/** The app has its own limits; this one is for an app that hangs. */
const TIME_LIMIT_MS = 180_000;
const KEPT_LOG_CHARACTERS = 20_000;

/**
 * Runs the app's self-test.
 * @param {NodeJS.ProcessEnv} env
 * @param {string} dataPath an empty folder for the app's data; `--data DIR` on the command line comes after it and wins
 * @returns {Promise<number>} its exit code
 */
function smoke(env, dataPath) {
  const { executable } = locateElectron();
  const flags = [...electronSwitches(executable), projectDirectory, '--smoke', '--data', dataPath];
  flags.push(...process.argv.slice(2));
  return new Promise((resolve, reject) => {
    const child = spawn(executable, flags, { env, stdio: ['ignore', 'inherit', 'pipe'], timeout: TIME_LIMIT_MS });
    // Chromium complains on standard error about buses and graphics cards; that matters only after a failure.
    let log = '';
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      log = (log + text).slice(-KEPT_LOG_CHARACTERS);
    });
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code !== 0) say(log.trimEnd());
      if (signal !== null) say(`The app was ended by ${signal}: it had ${TIME_LIMIT_MS / 1_000} s.`);
      resolve(code ?? 1);
    });
  });
}

await main(async () => {
  await build({ onlyWhenChanged: true });
  // Chromium writes until its very end, so the folder is removed from here and not by the app.
  const dataPath = mkdtempSync(join(tmpdir(), 'raftlab-smoke-'));
  try {
    return await withDisplay((env) => smoke(env, dataPath));
  } finally {
    removeIfPossible(dataPath);
  }
});
