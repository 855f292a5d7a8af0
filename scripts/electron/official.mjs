// Electron as its makers publish it: the `electron` package's own installer, watched so that a blocked network costs
// seconds instead of blocking for ever.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeWorkDirectory } from '../setup/cache.mjs';
import { run } from '../setup/command.mjs';
import { removeIfPossible } from '../setup/files.mjs';
import { electronExecutableName } from '../setup/platform.mjs';
import { formatSize, step } from '../setup/progress.mjs';
import { installedVersion, modulesDirectory, projectNode } from '../setup/project.mjs';

const WATCH_INTERVAL_MS = 500;
/** A download that brings nothing for this long counts as blocked. */
const STALL_LIMIT_MS = 30_000;

const packageDirectory = join(modulesDirectory, 'electron');
const distDirectory = join(packageDirectory, 'dist');

/** The official Electron's executable, whether or not it is there. */
export const officialExecutable = join(distDirectory, electronExecutableName(process.platform));

/** Whether the official Electron is completely unpacked in the version that package.json names. */
export function hasOfficialElectron() {
  try {
    const unpacked = readFileSync(join(distDirectory, 'version'), 'utf8').trim().replace(/^v/, '');
    // The installer writes path.txt last.
    return (
      unpacked === installedVersion('electron') &&
      existsSync(join(packageDirectory, 'path.txt')) &&
      existsSync(officialExecutable)
    );
  } catch {
    return false;
  }
}

/**
 * Downloads and unpacks the official Electron.
 * @param {string} cacheDirectory where the download may be stored while it is under way
 * @throws {Error} when the download fails or stalls
 */
export async function installOfficialElectron(cacheDirectory) {
  const temporary = makeWorkDirectory(cacheDirectory, 'download');
  try {
    await step(`Downloading Electron ${installedVersion('electron')}`, async (note) => {
      const abort = new AbortController();
      const stopWatching = watchGrowth([temporary, distDirectory], note, () => {
        abort.abort();
      });
      // The installer downloads into the temporary folder, so that folder's size shows the progress.
      const env = { ...process.env, TMPDIR: temporary, TEMP: temporary, TMP: temporary };
      try {
        await run(projectNode(), [join(packageDirectory, 'install.js')], { env, signal: abort.signal });
      } catch (error) {
        throw abort.signal.aborted ? new Error(`nothing came in for ${STALL_LIMIT_MS / 1_000} s`) : error;
      } finally {
        stopWatching();
      }
    });
  } finally {
    removeIfPossible(temporary);
  }
}

/**
 * Reports how folders grow, and when they have stopped growing for too long.
 * @param {readonly string[]} folders
 * @param {(detail: string) => void} note
 * @param {() => void} onStall
 * @returns {() => void} ends the watch
 */
function watchGrowth(folders, note, onStall) {
  let lastSize = 0;
  let lastGrowthAt = performance.now();
  const timer = setInterval(() => {
    const size = folders.reduce((sum, folder) => sum + folderSize(folder), 0);
    if (size !== lastSize) {
      lastSize = size;
      lastGrowthAt = performance.now();
      note(formatSize(size));
    } else if (performance.now() - lastGrowthAt > STALL_LIMIT_MS) {
      onStall();
    }
  }, WATCH_INTERVAL_MS);
  return () => {
    clearInterval(timer);
  };
}

/**
 * @param {string} folder
 * @returns {number} the bytes of the files that exist at the moment
 */
function folderSize(folder) {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
  } catch {
    return 0; // A file disappeared between listing and asking: the next check will count again.
  }
}
