// Removes and moves files where another program may have them open for a moment: a virus scanner, a backup, or a
// program that is just ending. On Windows such a file can be neither removed nor replaced.
import { renameSync, rmSync } from 'node:fs';

const RETRIES = 10;
const RETRY_DELAY_MS = 100;
/** What Windows answers for a file that is in use; elsewhere these do not pass by themselves. */
const IN_USE = new Set(['EACCES', 'EBUSY', 'EPERM']);

/**
 * Removes a file, or a folder with everything in it; none there is fine.
 * @param {string} path
 * @throws {Error} when it is still in use after several tries
 */
export function remove(path) {
  // Node repeats the tries, each after a longer wait than the one before, but only where `recursive` is on.
  rmSync(path, { recursive: true, force: true, maxRetries: RETRIES, retryDelay: RETRY_DELAY_MS });
}

/**
 * Removes work that is no longer needed. When that is impossible it stays: the work itself has its own outcome, which
 * must not be lost, and the next set-up removes what lies in the cache.
 * @param {string} path
 */
export function removeIfPossible(path) {
  try {
    remove(path);
  } catch (error) {
    process.emitWarning(`${path} could not be removed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * Moves a file or folder in one step, over an older file.
 * @param {string} from
 * @param {string} to
 * @param {{ platform?: string, rename?: (from: string, to: string) => void, wait?: (ms: number) => void }} [system]
 * @throws {Error} when one of the two is still in use after several tries
 */
export function move(from, to, { platform = process.platform, rename = renameSync, wait = sleep } = {}) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      rename(from, to);
      return;
    } catch (error) {
      const code = /** @type {NodeJS.ErrnoException} */ (error).code ?? '';
      if (platform !== 'win32' || attempt > RETRIES || !IN_USE.has(code)) throw error;
    }
    wait(attempt * RETRY_DELAY_MS);
  }
}

/** @param {number} milliseconds */
function sleep(milliseconds) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, milliseconds);
}
