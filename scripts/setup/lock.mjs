// A lock between processes: a file that names its holder, and that nobody has to clean up after a crash.
import { mkdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { removeIfPossible } from './files.mjs';

const POLL_INTERVAL_MS = 250;
const HEARTBEAT_INTERVAL_MS = 5_000;
/** A holder that has not touched its lock for this long is gone, even when its process id cannot be checked. */
const STALE_AFTER_MS = 60_000;
/** Windows refuses a file for as long as somebody has the removed one of the same name open. */
const REFUSALS_MAX = 40;

/**
 * Runs `action` while this process holds the lock; waits for another holder, however long it takes.
 * @template T
 * @param {string} path the lock file
 * @param {() => void} onWait called once when somebody else holds it
 * @param {() => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function withLock(path, onWait, action) {
  mkdirSync(dirname(path), { recursive: true });
  let hasWaited = false;
  const take = taker(path);
  while (!take()) {
    if (isStale(path) && breakLock(path)) continue;
    if (!hasWaited) onWait();
    hasWaited = true;
    await delay(POLL_INTERVAL_MS);
  }
  const heartbeat = setInterval(() => {
    touch(path);
  }, HEARTBEAT_INTERVAL_MS);
  const release = () => {
    if (isOurs(path)) removeIfPossible(path);
  };
  process.once('exit', release);
  try {
    return await action();
  } finally {
    clearInterval(heartbeat);
    process.removeListener('exit', release);
    release();
  }
}

/**
 * @param {string} path
 * @param {{ platform?: string, write?: typeof writeFileSync }} [system] for tests
 * @returns {() => boolean} tries to take the lock, and tells whether it is now ours
 */
export function taker(path, { platform = process.platform, write = writeFileSync } = {}) {
  let refusals = 0;
  return () => {
    try {
      write(path, JSON.stringify({ processId: process.pid, host: hostname() }), { flag: 'wx' });
      return true;
    } catch (error) {
      const { code } = /** @type {NodeJS.ErrnoException} */ (error);
      if (code === 'EEXIST') return false;
      const passes = platform === 'win32' && (code === 'EPERM' || code === 'EACCES' || code === 'EBUSY');
      refusals += 1;
      if (passes && refusals <= REFUSALS_MAX) return false;
      throw error;
    }
  };
}

/**
 * Shows the others that the holder is there. A miss does no harm: another one comes long before the lock looks left.
 * @param {string} path
 */
function touch(path) {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // In use for a moment, or, after the computer has slept, taken over by another.
  }
}

/**
 * Whether the lock is still this process's: after the computer has slept, another may have taken it over.
 * @param {string} path
 */
function isOurs(path) {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8'));
    return holder.host === hostname() && holder.processId === process.pid;
  } catch {
    return false;
  }
}

/**
 * Whether the holder is gone: its process has ended, or it has stopped touching the file.
 * @param {string} path
 */
function isStale(path) {
  try {
    if (Date.now() - statSync(path).mtimeMs > STALE_AFTER_MS) return true;
    const holder = JSON.parse(readFileSync(path, 'utf8'));
    return holder.host === hostname() && !isRunning(holder.processId);
  } catch {
    return false; // Just released, or just being written: look again.
  }
}

/**
 * @param {unknown} processId
 */
function isRunning(processId) {
  if (typeof processId !== 'number') return false;
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Removes a dead holder's lock. Renaming it first ensures that exactly one of several waiters removes it.
 * @param {string} path
 * @returns {boolean} whether it is gone: another waiter may have been faster, or somebody has the file open
 */
function breakLock(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return false;
  }
  removeIfPossible(aside);
  return true;
}
