/** Turns what SQLite and the file system throw into errors that tell a person what happened to a node's file. */
import { LabError } from '../../contract/errors.ts';

/** The `code` of an error that SQLite or the operating system threw, or an empty text. */
export function errorCodeOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return '';
}

/** Thrown like SQLite's own, so that what is corrupt in our sense and in SQLite's is handled alike. */
export function corrupt(message: string): Error {
  return Object.assign(new Error(message), { code: 'SQLITE_CORRUPT' });
}

/** Whether SQLite found that the file's contents are not what they should be. */
export function isCorruption(error: unknown): boolean {
  const code = errorCodeOf(error);
  return code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB';
}

/**
 * The error to report for something thrown while a node's database was opened, read or written. After any of them the
 * connection is not used again: SQLite may have rolled back, and a node that is not sure of its log must not vote.
 * @param nodeName for the sentence, such as `n3`
 */
export function storageError(error: unknown, nodeName: string): LabError {
  if (error instanceof LabError) {
    return error;
  }
  const code = errorCodeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new LabError('disk-full', `${nodeName} stopped because the disk is full: free some space, then restart it`);
  }
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new LabError(
      'disk-error',
      `${nodeName} stopped because another program keeps raft.db locked: close that program, then restart the node`,
    );
  }
  if (isCorruption(error)) {
    return new LabError('corrupt-file', `${nodeName} stopped because raft.db is corrupt (${detail})`);
  }
  if (code.startsWith('SQLITE_') || code.startsWith('E')) {
    return new LabError('disk-error', `${nodeName} stopped because its disk reported an error (${code}: ${detail})`);
  }
  return new LabError('internal', `${nodeName} stopped because of an error in its storage: ${detail}`);
}
