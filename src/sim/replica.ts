/** What a simulated server does with committed entries: the real state machine, its snapshots, the reads it serves. */
import { type AppliedEntry, type KvEntry, KvStateMachine } from '../kv/index.ts';
import {
  type Configuration, ConfigurationError, decodeConfigurationChange, type Entry, type Index, type MemoryStorage,
  type RaftNode, type ReadState, type Snapshot,
} from '../raft/index.ts';

/** A command and its outcome. */
export interface AppliedCommand extends AppliedEntry {
  readonly entry: KvEntry;
}

/** What became of one entry. */
export interface Applied {
  /** Undefined for entries that are not commands. */
  readonly command: AppliedCommand | undefined;
  /** The configuration that took effect with the entry. */
  readonly configuration: Configuration | undefined;
}

export class Replica {
  #machine = new KvStateMachine();
  #lastApplied: Index = 0;
  #configuration: Configuration;
  #lastSnapshotIndex: Index = 0;
  #waitingReads: readonly ReadState[] = [];

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  get machine(): KvStateMachine {
    return this.#machine;
  }

  get lastApplied(): Index {
    return this.#lastApplied;
  }

  /** The configuration as of the last applied entry. */
  get configuration(): Configuration {
    return this.#configuration;
  }

  /** How many entries were applied since the last snapshot. */
  get entriesSinceSnapshot(): number {
    return this.#lastApplied - this.#lastSnapshotIndex;
  }

  /** Starts again from a snapshot, or from nothing. */
  restore(snapshot: Snapshot | undefined): void {
    const hasData = snapshot !== undefined && snapshot.data.length > 0;
    this.#machine = hasData ? KvStateMachine.restore(snapshot.data) : new KvStateMachine();
    this.#lastApplied = snapshot?.lastIncludedIndex ?? 0;
    this.#lastSnapshotIndex = this.#lastApplied;
    this.#configuration = snapshot?.configuration ?? this.#configuration;
  }

  /** Applies a committed entry; the core learns of a configuration at this moment. */
  apply(raft: RaftNode, entry: Entry): Applied {
    this.#lastApplied = entry.index;
    if (entry.type === 'command') {
      const { entry: kvEntry, ...outcome } = this.#machine.apply(entry.index, entry.data);
      return { command: kvEntry && { entry: kvEntry, ...outcome }, configuration: undefined };
    }
    const configuration = entry.type === 'configuration' ? this.#change(raft, entry) : undefined;
    return { command: undefined, configuration };
  }

  #change(raft: RaftNode, entry: Entry): Configuration | undefined {
    try {
      this.#configuration = raft.applyConfigurationChange(decodeConfigurationChange(entry.data));
      return this.#configuration;
    } catch (error) {
      if (error instanceof ConfigurationError) {
        return undefined; // it does not fit, on any server
      }
      throw error;
    }
  }

  /** Notes reads that may be served once their index is applied. */
  await(reads: readonly ReadState[]): void {
    this.#waitingReads = this.#waitingReads.length === 0 ? reads : [...this.#waitingReads, ...reads];
  }

  /** The reads that may be served now, each once. */
  takeDueReads(): readonly ReadState[] {
    if (this.#waitingReads.length === 0) {
      return [];
    }
    const due = this.#waitingReads.filter(({ readIndex }) => readIndex <= this.#lastApplied);
    this.#waitingReads = this.#waitingReads.filter(({ readIndex }) => readIndex > this.#lastApplied);
    return due;
  }

  /** A snapshot of what is applied (Raft §7). @param storage holds the last applied entry */
  takeSnapshot(storage: MemoryStorage): Snapshot {
    return {
      lastIncludedIndex: this.#lastApplied,
      lastIncludedTerm: storage.term(this.#lastApplied),
      configuration: this.#configuration,
      data: this.#machine.snapshot(),
    };
  }

  /** Saves a snapshot, and discards the log before it except for some trailing entries (Raft §7). */
  compact(storage: MemoryStorage, trailingEntries: number): void {
    const snapshotIndex = storage.snapshot()?.lastIncludedIndex ?? 0;
    if (this.#lastApplied <= snapshotIndex) {
      return;
    }
    storage.saveSnapshot(this.takeSnapshot(storage));
    storage.saveConfiguration(this.#configuration);
    this.#lastSnapshotIndex = this.#lastApplied;
    storage.compact(Math.max(storage.firstIndex(), this.#lastApplied + 1 - trailingEntries));
  }
}
