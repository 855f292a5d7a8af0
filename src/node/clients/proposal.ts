/** Bytes that are to get into the log, and where they are on their way. */
import type { Index } from '../../raft/index.ts';
import { Tries } from './retry.ts';

export interface Proposal {
  readonly data: Uint8Array;
  readonly tries: Tries;
  /** Where it stands in this node's log; undefined while it does not. */
  appendedIndex: Index | undefined;
}

export function newProposal(data: Uint8Array): Proposal {
  return { data, tries: new Tries(data.length), appendedIndex: undefined };
}
