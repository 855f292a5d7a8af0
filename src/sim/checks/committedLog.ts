/**
 * The entries known to be committed, in the order of the log: what every later leader must have and every server
 * applies.
 */
import type { Entry, Index, Term } from '../../raft/index.ts';
import { hashBytes } from '../random.ts';

export interface CommittedEntry {
  readonly term: Term;
  readonly hash: number;
  /** The server that applied it first. */
  readonly firstAppliedBy: number;
}

/** Grows as servers apply. Two checks share it. */
export class CommittedLog {
  readonly #entries = new Map<Index, CommittedEntry>();
  #lastIndex: Index = 0;

  get lastIndex(): Index {
    return this.#lastIndex;
  }

  at(index: Index): CommittedEntry | undefined {
    return this.#entries.get(index);
  }

  /** Notes an applied entry. @returns the entry known for its index, which is the same one if all is well */
  note(serverId: number, entry: Entry): CommittedEntry {
    const known = this.#entries.get(entry.index);
    if (known !== undefined) {
      return known;
    }
    const noted: CommittedEntry = { term: entry.term, hash: hashBytes(entry.data), firstAppliedBy: serverId };
    this.#entries.set(entry.index, noted);
    this.#lastIndex = Math.max(this.#lastIndex, entry.index);
    return noted;
  }
}
