/** What a node says of the error that ends it. */
import { LabError } from '../contract/errors.ts';
import type { LabErrorData } from '../contract/errors.ts';

/** Any error as what the lab reports. */
export function failureOf(error: unknown, nodeName: string): LabErrorData {
  if (error instanceof LabError) {
    return error.toData();
  }
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { code: 'internal', message: `${nodeName} stopped because of an error in Raftlab: ${detail}` };
}
