/**
 * The replicated log (Raft §5.3): what is persisted and what is about to be, as one sequence, with its commit and apply
 * indexes.
 */
import { invariant } from './assert.ts';
import { LostLogError } from './errors.ts';
import { entriesBytes, limitEntries, type LogStorage } from './storage.ts';
import type { Entry, Index, Snapshot, Term } from './types.ts';
import { UnstableLog } from './unstableLog.ts';

/** An entry's identity: two entries with the same index and term are the same (Log Matching, Raft §5.3). */
export interface EntryId {
  readonly index: Index;
  readonly term: Term;
}

/** The result of appending a leader's entries. */
export interface AppendResult {
  /** The entries that were new here, or replaced others. */
  readonly appended: readonly Entry[];
  /** The first index whose entry was discarded because it conflicted, if any was. */
  readonly truncatedFrom: Index | undefined;
}

/** Invariant: firstIndex - 1 <= lastApplied <= applying <= commitIndex <= lastIndex. */
export class RaftLog {
  readonly unstable: UnstableLog;
  /** The highest index known to be committed. */
  commitIndex: Index;
  /** The highest index handed out to be applied. */
  applying: Index;
  /** The highest index that the state machine has applied. */
  lastApplied: Index;

  readonly #storage: LogStorage;
  readonly #maxApplyingBytes: number;
  /** Bytes handed out to be applied and not yet applied. */
  #applyingBytes = 0;
  /** No more is handed out until some of it is applied. */
  #applyingPaused = false;

  /** @param maxApplyingBytes how much may be handed out and not yet applied */
  constructor(storage: LogStorage, maxApplyingBytes: number) {
    this.#storage = storage;
    this.#maxApplyingBytes = maxApplyingBytes;
    const firstIndex = storage.firstIndex();
    const lastIndex = storage.lastIndex();
    invariant(
      firstIndex >= 1 && lastIndex >= firstIndex - 1,
      () => `the persisted log runs from ${firstIndex} to ${lastIndex}`,
    );
    this.unstable = new UnstableLog(lastIndex + 1);
    // The snapshot covers the compacted entries, and only applied entries are compacted (Raft §7).
    this.commitIndex = firstIndex - 1;
    this.applying = firstIndex - 1;
    this.lastApplied = firstIndex - 1;
  }

  firstIndex(): Index {
    return this.unstable.firstIndex() ?? this.#storage.firstIndex();
  }

  lastIndex(): Index {
    return this.unstable.lastIndex() ?? this.#storage.lastIndex();
  }

  lastTerm(): Term {
    return this.lastEntryId().term;
  }

  lastEntryId(): EntryId {
    const index = this.lastIndex();
    const term = this.term(index);
    invariant(term !== undefined, () => `the last entry ${index} has no term`);
    return { index, term };
  }

  /** The term at `index`; undefined when the entry is compacted away or not there yet. */
  term(index: Index): Term | undefined {
    const unstableTerm = this.unstable.term(index);
    if (unstableTerm !== undefined) {
      return unstableTerm;
    }
    // The term of the last compacted entry is still known: AppendEntries needs it as prevLogTerm.
    if (index < this.firstIndex() - 1 || index > this.lastIndex()) {
      return undefined;
    }
    return this.#storage.term(index);
  }

  /** Whether this log holds the entry (or it is the last compacted one). */
  matches(index: Index, term: Term): boolean {
    return this.term(index) === term;
  }

  /** Whether a log that ends with `last` is at least as up-to-date as this one (Raft §5.4.1). */
  isUpToDate(last: EntryId): boolean {
    const own = this.lastEntryId();
    return last.term > own.term || (last.term === own.term && last.index >= own.index);
  }

  /** Entries from `low` on within `maxBytes`, at least one if there is any; undefined when `low` is compacted away. */
  entriesFrom(low: Index, maxBytes: number): readonly Entry[] | undefined {
    if (low > this.lastIndex()) {
      return [];
    }
    return low < this.firstIndex() ? undefined : this.slice(low, this.lastIndex() + 1, maxBytes);
  }

  /** The entries with `low <= index < high` within `maxBytes`, at least one unless `low === high`. */
  slice(low: Index, high: Index, maxBytes: number): readonly Entry[] {
    invariant(
      this.firstIndex() <= low && low <= high && high <= this.lastIndex() + 1,
      () => `entries [${low}, ${high}) are outside the log [${this.firstIndex()}, ${this.lastIndex()}]`,
    );
    if (low === high) {
      return [];
    }
    const offset = this.unstable.offset;
    if (low >= offset) {
      return limitEntries(this.unstable.slice(low, high), maxBytes);
    }
    const cut = Math.min(high, offset);
    const stored = this.#storage.entries(low, cut, maxBytes);
    invariant(
      stored[0]?.index === low,
      () => `asked the storage for entry ${low}, got ${stored[0]?.index ?? 'nothing'}: was the log lost?`,
    );
    const room = maxBytes - entriesBytes(stored);
    if (high <= offset || stored.length < cut - low || room <= 0) {
      return stored;
    }
    const rest = limitEntries(this.unstable.slice(offset, high), room);
    return entriesBytes(rest) > room ? stored : [...stored, ...rest];
  }

  /**
   * Appends a leader's entries after `prev`, if this log holds `prev` (the consistency check of Raft §5.3). Entries
   * that this log already holds are skipped, so that a late message never truncates what a later one brought.
   * @returns undefined when the log does not hold `prev`
   */
  tryAppend(prev: EntryId, entries: readonly Entry[]): AppendResult | undefined {
    if (!this.matches(prev.index, prev.term)) {
      return undefined;
    }
    const firstNew = entries.findIndex((entry) => !this.matches(entry.index, entry.term));
    const appended = firstNew === -1 ? [] : entries.slice(firstNew);
    return { appended, truncatedFrom: this.append(appended) };
  }

  /**
   * Appends entries, discarding what was at their indexes and after.
   * @returns the first discarded index, if any was
   */
  append(entries: readonly Entry[]): Index | undefined {
    const first = entries[0];
    if (first === undefined) {
      return undefined;
    }
    // Leader Completeness (Raft §5.4.3): no leader ever asks to replace a committed entry.
    invariant(
      first.index > this.commitIndex,
      () =>
        `entry ${first.index} of term ${first.term} would replace a committed entry of term ` +
        `${this.term(first.index)} (commitIndex ${this.commitIndex})`,
    );
    const truncatedFrom = first.index <= this.lastIndex() ? first.index : undefined;
    this.unstable.truncateAndAppend(entries);
    return truncatedFrom;
  }

  /**
   * The highest index, at most `index`, whose term is at most `term`: a guess at where this log and another agree, when
   * only the other's entry (index, term) is known. Skips a whole run of conflicting terms at once (Raft §5.3, end).
   * `term` 0 in the answer means that the term there is not known.
   */
  findConflictByTerm(index: Index, term: Term): EntryId {
    for (let guess = index; guess > 0; guess--) {
      const ownTerm = this.term(guess);
      if (ownTerm === undefined || ownTerm <= term) {
        return { index: guess, term: ownTerm ?? 0 };
      }
    }
    return { index: 0, term: 0 };
  }

  /** Advances commitIndex to `index`, never back. @throws {LostLogError} when the log ends before `index` */
  commitTo(index: Index): void {
    if (index <= this.commitIndex) {
      return;
    }
    const lastIndex = this.lastIndex();
    if (index > lastIndex) {
      throw new LostLogError(index, lastIndex);
    }
    this.commitIndex = index;
  }

  /** Notes that everything up to `index` is applied: `bytes` of what was handed out. */
  appliedTo(index: Index, bytes: number): void {
    invariant(
      this.lastApplied <= index && index <= this.commitIndex,
      () => `applied ${index} is outside [lastApplied ${this.lastApplied}, commitIndex ${this.commitIndex}]`,
    );
    this.lastApplied = index;
    this.applying = Math.max(this.applying, index);
    this.#applyingBytes = Math.max(0, this.#applyingBytes - bytes);
    this.#applyingPaused = this.#applyingBytes >= this.#maxApplyingBytes;
  }

  /**
   * The committed entries to hand out next. None while a snapshot waits to be installed: it comes first.
   * @param allowUnstable whether to hand out entries that are not yet on this node's own stable storage
   */
  nextCommittedEntries(allowUnstable: boolean): readonly Entry[] {
    if (!this.hasNextCommittedEntries(allowUnstable)) {
      return [];
    }
    const room = this.#maxApplyingBytes - this.#applyingBytes;
    invariant(room > 0, () => `${this.#applyingBytes} bytes are being applied, the limit is ${this.#maxApplyingBytes}`);
    return this.slice(this.applying + 1, this.#maxAppliableIndex(allowUnstable) + 1, room);
  }

  hasNextCommittedEntries(allowUnstable: boolean): boolean {
    return (
      !this.#applyingPaused &&
      this.unstable.snapshot === undefined &&
      this.applying < this.#maxAppliableIndex(allowUnstable)
    );
  }

  /** Notes that these committed entries were handed out. */
  acceptApplying(entries: readonly Entry[], allowUnstable: boolean): void {
    const last = entries.at(-1);
    if (last === undefined) {
      return;
    }
    invariant(
      last.index <= this.commitIndex,
      () => `entry ${last.index} is handed out before it is committed (commitIndex ${this.commitIndex})`,
    );
    this.applying = last.index;
    this.#applyingBytes += entriesBytes(entries);
    // If the limit cut the entries short, the next one would exceed it: wait until some are applied.
    this.#applyingPaused =
      this.#applyingBytes >= this.#maxApplyingBytes || last.index < this.#maxAppliableIndex(allowUnstable);
  }

  #maxAppliableIndex(allowUnstable: boolean): Index {
    return allowUnstable ? this.commitIndex : Math.min(this.commitIndex, this.unstable.offset - 1);
  }

  /**
   * Whether a committed entry that is not yet applied satisfies `predicate`. Reads in pages, however much there is to
   * read.
   */
  someUnapplied(predicate: (entry: Entry) => boolean): boolean {
    for (let low = this.lastApplied + 1; low <= this.commitIndex; ) {
      const page = this.slice(low, this.commitIndex + 1, this.#maxApplyingBytes);
      if (page.some(predicate)) {
        return true;
      }
      low += page.length;
    }
    return false;
  }

  /** The newest snapshot, if one is available now. */
  snapshot(): Snapshot | undefined {
    return this.unstable.snapshot ?? this.#storage.snapshot();
  }

  /** Replaces the whole log by a snapshot (Raft §7). */
  restore(snapshot: Snapshot): void {
    invariant(
      snapshot.lastIncludedIndex > this.commitIndex,
      () => `snapshot at ${snapshot.lastIncludedIndex} is older than commitIndex ${this.commitIndex}`,
    );
    this.commitIndex = snapshot.lastIncludedIndex;
    this.unstable.restore(snapshot);
  }
}
