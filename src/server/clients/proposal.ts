/** Bytes that are to get into the log, and where they are on their way. */
import type { Index, Term } from '../../raft/index.ts';
import { textOfBytes } from '../bytes.ts';
import { Tries } from './retry.ts';

/** An entry of the log, which no other has both index and term of (Raft §5.3). */
export interface EntryPlace {
  readonly index: Index;
  readonly term: Term;
}

export interface Proposal {
  readonly data: Uint8Array;
  /** What its entry is recognised by. */
  readonly key: string;
  readonly tries: Tries;
  /** Where it stands in this node's log; undefined while it does not. */
  appended: EntryPlace | undefined;
  /** Wherever it has stood in this node's log. */
  places: readonly EntryPlace[];
  /** A snapshot came after it was proposed: it may be among what the snapshot covers. */
  mayBeInSnapshot: boolean;
}

export function newProposal(data: Uint8Array): Proposal {
  return {
    data, key: keyOf(data), tries: new Tries(data.length), appended: undefined, places: [], mayBeInSnapshot: false,
  };
}

/** The places with one more, if it is another one: an entry that was discarded may come back. */
export function withPlace(places: readonly EntryPlace[], { index, term }: EntryPlace): readonly EntryPlace[] {
  const isKnown = places.some((place) => place.index === index && place.term === term);
  return isKnown ? places : [...places, { index, term }];
}

/** So much of an entry tells it from all others: client and request, or session and sequence, stand in it. */
const TELLING_BYTES = 160;

/** The first bytes as text, and the length: a text that no other proposal has. */
export function keyOf(data: Uint8Array): string {
  return `${data.length} ${textOfBytes(data.subarray(0, TELLING_BYTES))}`;
}
