/** How to reach the console of a lab that runs without a window: a socket that the owner of its folder can open. */
import { createHash } from 'node:crypto';
import { lstatSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { LabError } from '../../contract/errors.ts';
import { diskError } from '../../lab/files/diskError.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';
import { tryLockFolder } from '../../node/storage/lock.ts';
import type { FolderLock } from '../../node/storage/lock.ts';

/** Held by the lab that owns the console: a socket that exists while nobody holds the lock was left behind. */
const LOCK_FILE = 'console.lock';

/** The longest name of a socket on every supported system (`sun_path`). */
export const SOCKET_PATH_BYTES_MAX = 103;

/** The path of the socket in a data folder; on Windows the name of a pipe. */
export function consoleSocketPath(dataDirectory: string, platform: NodeJS.Platform = process.platform): string {
  if (platform !== 'win32') return join(dataDirectory, 'console.sock');
  const digest = createHash('sha256').update(dataDirectory.toLowerCase()).digest('hex').slice(0, 16);
  return `\\\\.\\pipe\\raftlab-${digest}`;
}

/**
 * Reserves the place of the console's socket, and removes one that a lab left behind when it was killed.
 * @returns the lock to hold for as long as the socket is there
 * @throws {LabError} `lab-in-use` when another lab's console is there; `disk-error` when something else is in the way
 */
export async function takeConsoleSocket(dataDirectory: string): Promise<FolderLock> {
  const path = consoleSocketPath(dataDirectory);
  const lock = tryLockFolder(dataDirectory, LOCK_FILE);
  if (lock === undefined) throw consoleTaken(dataDirectory);
  try {
    const found = process.platform === 'win32' ? undefined : lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return lock;
    if (!found.isSocket()) {
      throw new LabError('disk-error', `${path} is not a socket, which the console needs there: move it away`);
    }
    if (await answers(path)) throw consoleTaken(dataDirectory); // a Raftlab that does not know this lock
    rmSync(path, { force: true });
    return lock;
  } catch (error) {
    lock.release();
    throw diskError(error, `the console's socket ${path} cannot be made`, dataDirectory);
  }
}

export function consoleTaken(dataDirectory: string): LabError {
  return new LabError(
    'lab-in-use',
    `another Raftlab runs with --headless on ${dataDirectory}: close it, or take another folder with --data`,
  );
}

/** Whether a process listens there: anything but a refused connection or a missing socket counts as yes. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const told = (isThere: boolean): void => {
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => told(true));
    socket.once('error', (error) => told(!['ECONNREFUSED', 'ENOENT'].includes(errorCodeOf(error))));
  });
}
