/** Turns what SQLite and the file system throw into errors that tell a person what happened and what to do. */
import {
  accessSync, closeSync, constants, openSync, rmSync, statfsSync, statSync, writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { threadId } from 'node:worker_threads';
import { LabError } from '../../contract/errors.ts';
import type { LabErrorCode } from '../../contract/errors.ts';

/** The `code` of an error that SQLite or the operating system threw, or an empty text. */
export function errorCodeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return '';
}

/** An error like SQLite's own, so that corruption found by us and by SQLite is handled alike. */
export function corrupt(message: string): Error {
  return Object.assign(new Error(message), { code: 'SQLITE_CORRUPT' });
}

/**
 * Whether SQLite found that the file's contents are not what they should be. The statements are fixed, so a missing
 * table (SQLITE_ERROR) or a duplicate row (SQLITE_CONSTRAINT) also means that the contents are wrong.
 */
export function isCorruption(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|FORMAT|ERROR|CONSTRAINT|MISMATCH|SCHEMA)/.test(errorCodeOf(error));
}

/** The node whose file failed, for the message. */
export interface FailedStorage {
  /** Such as `n3`. */
  readonly nodeName: string;
  readonly directory: string;
  /** The largest size of raft.db, in bytes. */
  readonly bytesMax: number;
}

/**
 * The error to report for something thrown while a node's database was opened, read or written. After any of them the
 * connection is not used again: SQLite may have rolled back, and a node that is not sure of its log must not vote.
 */
export function storageError(error: unknown, { nodeName, directory, bytesMax }: FailedStorage): LabError {
  if (error instanceof LabError) {
    return error;
  }
  const code = errorCodeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (code.startsWith('SQLITE_BUSY') || code === 'SQLITE_LOCKED') {
    return new LabError(
      'disk-error',
      `${nodeName} stopped because another program keeps raft.db locked: close that program, then restart the node`,
    );
  }
  if (isCorruption(error)) {
    return new LabError('corrupt-file', `${nodeName} stopped because raft.db is corrupt (${detail})`);
  }
  if (code === 'SQLITE_FULL' && hasRoom(directory)) {
    return new LabError(
      'disk-full',
      `${nodeName} stopped because raft.db has reached its limit of ${sizeWords(bytesMax)}: `
      + 'restart the node, which makes room in the file when it starts',
    );
  }
  if (isFromSystem(error)) {
    const problem = folderProblem(error, directory);
    return new LabError(problem.code, `${nodeName} stopped: ${problem.message}, then restart the node`);
  }
  return new LabError('internal', `${nodeName} stopped because of an error in its storage: ${detail}`);
}

/**
 * What keeps Raftlab from reading, writing or locking files in a folder, as a sentence with the folder and what to do.
 * For anything that the file system or SQLite throws. Not for a corrupt file, where the folder is not the problem.
 */
export function folderProblem(error: unknown, folder: string): LabError {
  if (error instanceof LabError) {
    return error;
  }
  const code = errorCodeOf(error);
  // What Windows denies is a folder, where a probe is denied as well, or a file that is read-only or held.
  const isDenied = process.platform === 'win32' && DENIED_ON_WINDOWS.has(code);
  const cause = isDenied || PROBLEMS[code] === undefined ? obstacleIn(code, folder) ?? error : error;
  const [errorCode, words] = isDenied && cause === error
    ? DENIED_FILE : PROBLEMS[errorCodeOf(cause)] ?? UNKNOWN_PROBLEM;
  return new LabError(errorCode, words
    .replace('FOLDER', () => folder)
    .replace('CODE', () => codeOrMessage(error))
    .replace('FILE', () => nameOfFile(cause)));
}

const DENIED_ON_WINDOWS: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'UNKNOWN']);

/** The name of the file that an error is about. */
function nameOfFile(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('path' in error) || typeof error.path !== 'string') {
    return 'a file';
  }
  // Windows denies the new name where that is a file that is held (EPERM).
  const isTarget = errorCodeOf(error) !== 'EBUSY' && 'dest' in error && typeof error.dest === 'string';
  return basename(isTarget ? String(error.dest) : error.path);
}

type Problem = readonly [code: LabErrorCode, words: string];

const DISK_FULL: Problem = ['disk-full', 'the disk with the folder FOLDER is full: free some space on it'];
const QUOTA: Problem = [
  'disk-full', 'the disk quota of the folder FOLDER is used up: delete files that count towards it',
];
const READ_ONLY: Problem = [
  'disk-error', 'the folder FOLDER is on a read-only disk: make the disk writable, or choose another folder',
];
const FORBIDDEN: Problem = [
  'disk-error', 'Raftlab may not write in the folder FOLDER: give this user the right to, or choose another folder',
];
const MISSING: Problem = ['disk-error', 'the folder FOLDER is not there: put it back'];
const NOT_A_FOLDER: Problem = [
  'disk-error', 'FOLDER is not a folder, or holds a folder with the name of a file: move it away',
];
const NO_LOCKS: Problem = [
  'disk-error',
  'files in the folder FOLDER cannot be locked (CODE), as on some network drives: choose a folder on a local disk',
];
const TOO_MANY_FILES: Problem = [
  'disk-error', 'Raftlab has too many files open, and cannot open one in the folder FOLDER: close other programs',
];
const FILE_TOO_LARGE: Problem = [
  'disk-full', 'a file in the folder FOLDER has reached the size limit of this system: raise the limit',
];
const FOREIGN_FILE: Problem = [
  'disk-error', 'the folder FOLDER holds a file with the name of a Raftlab lock that is not a lock: move it away',
];
const HELD: Problem = [
  'disk-error',
  'another program holds FILE in the folder FOLDER: close it, or exempt the folder from virus scanners and cloud '
  + 'drives',
];
const DENIED_FILE: Problem = [
  'disk-error',
  'Windows does not give FILE in the folder FOLDER to Raftlab (CODE): close other programs that use it, exempt the '
  + 'folder from virus scanners and cloud drives, and make the file writable if it is not',
];
const UNKNOWN_PROBLEM: Problem = [
  'disk-error', 'the disk with the folder FOLDER reported an error (CODE): check the disk',
];

const PROBLEMS: Readonly<Record<string, Problem>> = {
  ENOSPC: DISK_FULL,
  SQLITE_FULL: DISK_FULL,
  EDQUOT: QUOTA,
  EROFS: READ_ONLY,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EBUSY: HELD,
  ENOENT: MISSING,
  ENOTDIR: NOT_A_FOLDER,
  EISDIR: NOT_A_FOLDER,
  EEXIST: NOT_A_FOLDER,
  ENOLCK: NO_LOCKS,
  SQLITE_NOTADB: FOREIGN_FILE,
  SQLITE_PROTOCOL: NO_LOCKS,
  SQLITE_NOLFS: FILE_TOO_LARGE,
  SQLITE_IOERR_LOCK: NO_LOCKS,
  SQLITE_IOERR_RDLOCK: NO_LOCKS,
  SQLITE_IOERR_SHMLOCK: NO_LOCKS,
  SQLITE_IOERR_CHECKRESERVEDLOCK: NO_LOCKS,
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
  EFBIG: FILE_TOO_LARGE,
};

const MIB = 1024 * 1024;
/** More than one transaction needs. If SQLite reports a full disk with this much room, the file is at its own limit. */
const ROOM_BYTES = 16 * MIB;

function sizeWords(bytes: number): string {
  return bytes < MIB ? `${Math.floor(bytes / 1024)} KiB` : `${Math.floor(bytes / MIB)} MiB`;
}

function hasRoom(folder: string): boolean {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize >= ROOM_BYTES && obstacleIn('SQLITE_FULL', folder) === undefined;
}

/** The room that SQLite needs at once when it opens a file, for its shared memory. */
const PROBE_BYTES = 64 * 1024;

/**
 * SQLite does not report the system's reason (SQLITE_CANTOPEN, SQLITE_IOERR_WRITE, SQLITE_READONLY …). Writing a small
 * file in the same folder meets the same obstacle, if it still exists, and throws the system's error.
 */
function obstacleIn(code: string, folder: string): unknown {
  const probe = join(folder, `.raftlab-probe-${process.pid}-${threadId}`);
  try {
    if (!statSync(folder).isDirectory()) {
      return { code: 'ENOTDIR' };
    }
    try {
      writeFileSync(probe, Buffer.alloc(PROBE_BYTES), { flush: true });
    } finally {
      rmSync(probe, { force: true });
    }
    if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN')) {
      checkOwnFiles(folder);
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

const OWN_FILES = [
  'raft.db', 'raft.db-wal', 'raft.db-shm', 'raft.lock', 'lab.lock', 'lan.lock', 'lan-open.lock', 'console.lock',
] as const;

/** Throws the reason where the folder is writable, but SQLite could not open or write its files there. */
function checkOwnFiles(folder: string): void {
  for (const name of OWN_FILES) {
    const file = join(folder, name);
    const found = statSync(file, { throwIfNoEntry: false });
    if (found?.isDirectory() === true) {
      throw Object.assign(new Error('a folder under the name of a file'), { code: 'EISDIR' });
    }
    if (found !== undefined) {
      checkAccess(file);
    }
  }
}

/** Throws the reason where a file may not be read or written. */
function checkAccess(file: string): void {
  if (process.platform === 'win32') {
    closeSync(openSync(file, 'r+')); // only opening shows whether another program holds it
  } else {
    accessSync(file, constants.R_OK | constants.W_OK); // closing it would drop this process's locks on it
  }
}

/** Whether the operating system is the reason, reported by itself or by SQLite. UNKNOWN: Windows has more reasons. */
export function isFromSystem(error: unknown): boolean {
  return /^(E[A-Z0-9]+|UNKNOWN|SQLITE_(FULL|IOERR|CANTOPEN|READONLY|PERM|AUTH|PROTOCOL|NOLFS).*)$/
    .test(errorCodeOf(error));
}

function codeOrMessage(error: unknown): string {
  const code = errorCodeOf(error);
  return code === '' ? String(error) : code;
}
