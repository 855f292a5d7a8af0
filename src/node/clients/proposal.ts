/** Bytes on their way into the log, and how far they have come. */
import type { Index } from '../../raft/index.ts';
import { Tries } from './retry.ts';

export interface Proposal {
  readonly data: Uint8Array;
  readonly tries: Tries;
  /** Its index in this node's log; undefined while it is not there. */
  appendedIndex: Index | undefined;
}

export function newProposal(data: Uint8Array): Proposal {
  return { data, tries: new Tries(data.length), appendedIndex: undefined };
}
