/** The end of the log that is not on stable storage yet: entries and at most one snapshot, waiting or being written. */
import { invariant } from './assert.ts';
import type { Entry, Index, Snapshot, Term } from './types.ts';

/**
 * `entries[i]` has index `offset + i`. `offset` may be below the end of the persisted log: then the next write replaces
 * the persisted entries from `offset` on (Raft §5.3).
 *
 * Invariant: offset <= offsetInProgress <= offset + entries.length.
 */
export class UnstableLog {
  offset: Index;
  /** The entries before this index were handed out for writing. */
  offsetInProgress: Index;
  snapshot: Snapshot | undefined;
  snapshotInProgress = false;
  #entries: Entry[] = [];

  /** @param offset the index after the last persisted entry */
  constructor(offset: Index) {
    this.offset = offset;
    this.offsetInProgress = offset;
  }

  get length(): number {
    return this.#entries.length;
  }

  /** The first index of the log, if a snapshot held here determines it. */
  firstIndex(): Index | undefined {
    return this.snapshot && this.snapshot.lastIncludedIndex + 1;
  }

  /** The last index of the log, if it is held here. */
  lastIndex(): Index | undefined {
    if (this.#entries.length > 0) {
      return this.offset + this.#entries.length - 1;
    }
    return this.snapshot?.lastIncludedIndex;
  }

  /** The term at `index`, if it is held here. */
  term(index: Index): Term | undefined {
    if (index < this.offset) {
      return this.snapshot?.lastIncludedIndex === index ? this.snapshot.lastIncludedTerm : undefined;
    }
    return this.#entries[index - this.offset]?.term;
  }

  /** The entries with `low <= index < high`, all of which must be held here. */
  slice(low: Index, high: Index): Entry[] {
    invariant(
      this.offset <= low && low <= high && high <= this.offset + this.#entries.length,
      () => `unstable entries [${low}, ${high}) are outside [${this.offset}, ${this.offset + this.#entries.length})`,
    );
    return this.#entries.slice(low - this.offset, high - this.offset);
  }

  /** The entries that were not yet handed out for writing. */
  nextEntries(): Entry[] {
    return this.#entries.slice(this.offsetInProgress - this.offset);
  }

  get hasNextEntries(): boolean {
    return this.offsetInProgress - this.offset < this.#entries.length;
  }

  /** The snapshot, if it was not yet handed out for writing. */
  nextSnapshot(): Snapshot | undefined {
    return this.snapshotInProgress ? undefined : this.snapshot;
  }

  /** Everything here was handed out for writing. */
  markInProgress(): void {
    this.offsetInProgress = this.offset + this.#entries.length;
    this.snapshotInProgress = this.snapshot !== undefined;
  }

  /**
   * The log up to this entry is on stable storage. Ignored when the entry here is another one: the entry was replaced
   * while it was being written, and the replacement is not written yet.
   */
  stableTo(index: Index, term: Term): void {
    if (index < this.offset || this.term(index) !== term) {
      return;
    }
    this.#entries = this.#entries.slice(index + 1 - this.offset);
    this.offset = index + 1;
    this.offsetInProgress = Math.max(this.offsetInProgress, this.offset);
  }

  /** The snapshot that ends at `index` is on stable storage. */
  snapshotStableTo(index: Index): void {
    if (this.snapshot?.lastIncludedIndex === index) {
      this.snapshot = undefined;
      this.snapshotInProgress = false;
    }
  }

  /** Starts again from a snapshot: the log before it is no longer needed. */
  restore(snapshot: Snapshot): void {
    this.offset = snapshot.lastIncludedIndex + 1;
    this.offsetInProgress = this.offset;
    this.#entries = [];
    this.snapshot = snapshot;
    this.snapshotInProgress = false;
  }

  /** Appends entries, replacing what is at their indexes and after (Raft §5.3). */
  truncateAndAppend(entries: readonly Entry[]): void {
    const from = entries[0]?.index;
    if (from === undefined) {
      return;
    }
    const end = this.offset + this.#entries.length;
    invariant(from <= end, () => `entries from index ${from} on would leave a gap after ${end - 1}`);
    if (from === end) {
      for (const entry of entries) {
        this.#entries.push(entry);
      }
    } else if (from <= this.offset) {
      this.#entries = [...entries];
      this.offset = from;
      this.offsetInProgress = from;
    } else {
      this.#entries = [...this.#entries.slice(0, from - this.offset), ...entries];
      this.offsetInProgress = Math.min(this.offsetInProgress, from);
    }
  }
}
