// A lock between processes: a file that names its holder, and that nobody has to clean up after a crash.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_INTERVAL_MS = 250;
const HEARTBEAT_INTERVAL_MS = 5_000;
/** A holder that has not touched its lock for this long is gone, even when its process id cannot be checked. */
const STALE_AFTER_MS = 60_000;

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
  while (!tryToTake(path)) {
    if (isStale(path)) {
      breakLock(path);
      continue;
    }
    if (!hasWaited) onWait();
    hasWaited = true;
    await delay(POLL_INTERVAL_MS);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimesSync(path, now, now);
  }, HEARTBEAT_INTERVAL_MS);
  const release = () => {
    rmSync(path, { force: true });
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
 * @returns {boolean} whether the lock is now ours
 */
function tryToTake(path) {
  try {
    writeFileSync(path, JSON.stringify({ processId: process.pid, host: hostname() }), { flag: 'wx' });
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
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
 */
function breakLock(path) {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    rmSync(aside, { force: true });
  } catch {
    // Another waiter was faster.
  }
}
