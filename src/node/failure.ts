/** What a node reports about the error that ends it. */
import { LabError } from '../contract/errors.ts';
import type { LabErrorData } from '../contract/errors.ts';
import { LostLogError } from '../raft/index.ts';
import type { RaftStorage } from './storage/raftStorage.ts';

/** Turns any error into what the lab reports. */
export function failureOf(error: unknown, nodeName: string): LabErrorData {
  if (error instanceof LabError) {
    return error.toData();
  }
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'internal', message: `${nodeName} stopped because of an error in Raftlab: ${detail}` };
}

/**
 * The error to report for what was thrown while the node had its storage open. A log that is shorter than what the node
 * has acknowledged is a fault of its file: an old copy was put back, or rows were deleted. The file is set aside.
 */
export function judgedByStorage(error: unknown, storage: RaftStorage, nodeName: string): unknown {
  if (!(error instanceof LostLogError)) {
    return error;
  }
  const { committedIndex, lastIndex } = error;
  try {
    return storage.condemn(`it is older than what ${nodeName} has acknowledged: entry ${committedIndex} is committed, `
      + `but its log ends at ${lastIndex}`);
  } catch (condemned) {
    return condemned;
  }
}
