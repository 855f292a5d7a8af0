/** Says what could not be done when the file system refuses something in one of Raftlab's folders. */
import { LabError } from '../../contract/errors.ts';
import { folderProblem, isFromSystem } from '../../node/storage/errors.ts';

/**
 * The error to report for what was thrown while files in a folder were read or written.
 * @param what what could not be done, as the sentence's beginning: `the lab “Room 12” cannot be made`
 * @returns the thrown error itself, when it is not the file system's
 */
export function diskError(error: unknown, what: string, folder: string): unknown {
  if (error instanceof LabError || !isFromSystem(error)) {
    return error;
  }
  const { code, message } = folderProblem(error, folder);
  return new LabError(code, `${what}: ${message}`);
}

/** Runs an action in a folder. @throws {LabError} as `diskError`, when the file system refuses it */
export async function onDisk<Result>(what: string, folder: string, act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    throw diskError(error, what, folder);
  }
}
