/** A trace that nobody reads: its details are never made. */
import type { Trace } from '../server/world.ts';

export const SILENT_TRACE: Trace = {
  add: () => undefined,
  addDetail: () => undefined,
  flush: () => undefined,
};
