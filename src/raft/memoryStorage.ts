/** A LogStorage in memory, for tests, the simulator and scripted runs: what a disk would hold. */
import { invariant } from './assert.ts';
import { EMPTY_CONFIGURATION } from './configuration.ts';
import { type InitialState, limitEntries, type LogStorage } from './storage.ts';
import {
  type Configuration,
  type Entry,
  type HardState,
  type Index,
  NONE,
  type Ready,
  type Snapshot,
  type Term,
} from './types.ts';

const NO_SNAPSHOT: Snapshot = {
  lastIncludedIndex: 0,
  lastIncludedTerm: 0,
  configuration: EMPTY_CONFIGURATION,
  data: new Uint8Array(),
};

export class MemoryStorage implements LogStorage {
  #hardState: HardState = { currentTerm: 0, votedFor: NONE, commitIndex: 0 };
  #configuration: Configuration;
  #snapshot: Snapshot;
  /** The index and term just before `#entries`: those of the snapshot, or of the last entry compacted since. */
  #compacted: { readonly index: Index; readonly term: Term };
  #entries: Entry[] = [];

  /** @param snapshot what the log starts from; its configuration is the node's first */
  constructor(snapshot: Snapshot | Configuration = NO_SNAPSHOT) {
    this.#snapshot = 'lastIncludedIndex' in snapshot ? snapshot : { ...NO_SNAPSHOT, configuration: snapshot };
    this.#configuration = this.#snapshot.configuration;
    this.#compacted = { index: this.#snapshot.lastIncludedIndex, term: this.#snapshot.lastIncludedTerm };
  }

  initialState(): InitialState {
    return { hardState: this.#hardState, configuration: this.#configuration };
  }

  firstIndex(): Index {
    return this.#compacted.index + 1;
  }

  lastIndex(): Index {
    return this.#compacted.index + this.#entries.length;
  }

  term(index: Index): Term {
    if (index === this.#compacted.index) {
      return this.#compacted.term;
    }
    const entry = this.#entries[index - this.firstIndex()];
    invariant(entry !== undefined, () => `no entry ${index} in [${this.firstIndex()}, ${this.lastIndex()}]`);
    return entry.term;
  }

  entries(low: Index, high: Index, maxBytes: number): readonly Entry[] {
    invariant(
      this.firstIndex() <= low && low < high && high <= this.lastIndex() + 1,
      () => `entries [${low}, ${high}) are outside [${this.firstIndex()}, ${this.lastIndex()}]`,
    );
    return limitEntries(this.#entries.slice(low - this.firstIndex(), high - this.firstIndex()), maxBytes);
  }

  snapshot(): Snapshot | undefined {
    return this.#snapshot;
  }

  // ---- Writing ------------------------------------------------------------------------------------------------------

  /** Writes what a Ready asks to persist. */
  persist({ hardState, entries, snapshot }: Pick<Ready, 'hardState' | 'entries' | 'snapshot'>): void {
    if (hardState !== undefined) {
      this.#hardState = hardState;
    }
    if (snapshot !== undefined) {
      this.installSnapshot(snapshot);
    }
    this.append(entries);
  }

  /** Appends entries, replacing what is at their indexes and after. */
  append(entries: readonly Entry[]): void {
    const first = entries[0];
    if (first === undefined) {
      return;
    }
    invariant(
      this.firstIndex() <= first.index && first.index <= this.lastIndex() + 1,
      () => `entry ${first.index} does not follow the log [${this.firstIndex()}, ${this.lastIndex()}]`,
    );
    this.#entries.length = first.index - this.firstIndex();
    for (const entry of entries) {
      this.#entries.push(entry);
    }
  }

  /** Replaces everything by a snapshot that came from a leader. */
  installSnapshot(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#configuration = snapshot.configuration;
    this.#compacted = { index: snapshot.lastIncludedIndex, term: snapshot.lastIncludedTerm };
    this.#entries = [];
  }

  /** Keeps a snapshot of this node's own state machine, to be sent to others. The log stays as it is. */
  saveSnapshot(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
  }

  /** The configuration as of the last applied entry, to start from after a restart. */
  saveConfiguration(configuration: Configuration): void {
    this.#configuration = configuration;
  }

  /** Discards the entries before `firstIndex`, which the snapshot covers (Raft §7). */
  compact(firstIndex: Index): void {
    invariant(
      this.firstIndex() <= firstIndex && firstIndex <= this.lastIndex() + 1,
      () => `cannot compact to ${firstIndex}: the log is [${this.firstIndex()}, ${this.lastIndex()}]`,
    );
    const index = firstIndex - 1;
    const term = this.term(index);
    this.#entries = this.#entries.slice(firstIndex - this.firstIndex());
    this.#compacted = { index, term };
  }

  /** A copy, as a crash would leave the disk. Entries and snapshots are never changed, only replaced. */
  clone(): MemoryStorage {
    const copy = new MemoryStorage(this.#snapshot);
    copy.#hardState = this.#hardState;
    copy.#configuration = this.#configuration;
    copy.#compacted = this.#compacted;
    copy.#entries = [...this.#entries];
    return copy;
  }
}
