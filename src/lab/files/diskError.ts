/** Turns what the file system, or SQLite for a lock, says of one of Raftlab's folders into a sentence for a person. */
import { LabError } from '../../contract/errors.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';

/** The codes of a disk on which nothing more can be written, the system's and SQLite's. */
const FULL = /^(?:ENOSPC|EDQUOT|SQLITE_FULL)$/;
/** The codes of a folder in which this user may not write. */
const FORBIDDEN = /^(?:EACCES|EPERM|EROFS|SQLITE_(?:CANTOPEN|READONLY|PERM|AUTH))/;

/**
 * The error to report for what was thrown while files in a folder were read or written.
 * @param what what could not be done, as the sentence's beginning: `the lab “Room 12” cannot be opened`
 * @returns what was thrown itself, when it is neither the file system's nor SQLite's
 */
export function diskError(error: unknown, what: string, folder: string): unknown {
  const code = errorCodeOf(error);
  if (error instanceof LabError || !/^(?:E[A-Z]+$|SQLITE_)/.test(code)) {
    return error;
  }
  if (FULL.test(code)) {
    return new LabError(
      'disk-full', `${what}: the disk with the folder ${folder} is full. Free some space, and try again`,
    );
  }
  if (FORBIDDEN.test(code)) {
    return new LabError('disk-error', `${what}: the folder ${folder} cannot be written to (${code}). Give yourself the `
      + 'right to write there, or start Raftlab with another folder (--data)');
  }
  return new LabError('disk-error', `${what}: the folder ${folder} cannot be used (${code}). Check the disk, or start `
    + 'Raftlab with another folder (--data)');
}

/** Does something in a folder. @throws {LabError} as `diskError`, when the file system does not let it */
export async function onDisk<Result>(what: string, folder: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw diskError(error, what, folder);
  }
}
