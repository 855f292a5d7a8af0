/** A node's durable state: one SQLite file, written in one transaction per Ready, and cached for the core's reads. */
import * as z from 'zod/mini';
import { invariant } from '../../raft/assert.ts';
import { entryBytes } from '../../raft/storage.ts';
import type { InitialState } from '../../raft/storage.ts';
import type { Configuration, Entry, HardState, Index, Snapshot, Term } from '../../raft/types.ts';
import { asRaftSnapshot } from '../../server/logStore.ts';
import type { DurableChange, LogStore, WriteReport } from '../../server/logStore.ts';
import { DurableDatabase } from './durableDatabase.ts';
import {
  DISCARDED_AT_ONCE_BYTES, entryChecksum, ENTRIES_INSERTED_AT_ONCE, prepareStatements, valuesOf,
} from './logStatements.ts';
import type { LogStatements } from './logStatements.ts';
import { LogTail } from './logTail.ts';
import type { Durability, OpenDatabaseOptions } from './openDatabase.ts';
import { SqliteSnapshots } from './snapshotStore.ts';

/**
 * Implements what the core reads (LogStorage) and writes what its Ready hands out. Everything is synchronous: when
 * `write` returns, the change is on stable storage, and messages that depend on it may leave.
 *
 * After any error the storage is unusable: the node closes it and stops. `close` is the only call that is then allowed.
 */
export class RaftStorage implements LogStore {
  /** How often this file has been opened by a node, including this time. */
  readonly boot: number;
  readonly snapshots: SqliteSnapshots;
  readonly #database: DurableDatabase;
  readonly #tail = new LogTail();
  readonly #statements: LogStatements;
  #hardState: HardState;
  #configuration: Configuration;
  #compactedIndex: Index;
  #compactedTerm: Term;
  #lastIndex: Index;
  #logBytes: number;

  /** @throws {LabError} as DurableDatabase.open */
  static open(options: OpenDatabaseOptions): RaftStorage {
    const database = DurableDatabase.open(options);
    try {
      return new RaftStorage(database);
    } catch (error) {
      database.close();
      throw error;
    }
  }

  private constructor(database: DurableDatabase) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    this.snapshots = new SqliteSnapshots(database);
    const boots = database.prepareRead('SELECT boot_count AS boots FROM identity', z.object({ boots: z.int() }));
    this.boot = this.#must(boots.get(), 'the boots').boots;
    const hardState = this.#must(this.#statements.readHardState.get(), 'the hard state');
    this.#hardState = {
      currentTerm: hardState.current_term, votedFor: hardState.voted_for, commitIndex: hardState.commit_index,
    };
    const compaction = this.#must(this.#statements.readCompaction.get(), 'the compaction');
    this.#compactedIndex = compaction.idx;
    this.#compactedTerm = compaction.term;
    this.#configuration = this.snapshots.current.configuration;
    this.#lastIndex = this.#statements.readLast.get()?.idx ?? compaction.idx;
    this.#logBytes = this.#must(this.#statements.sumFrom.get(0), 'the sum of the log').total;
  }

  get databasePath(): string {
    return this.#database.path;
  }

  /** The configuration is that of the snapshot: the state machine starts from there and applies the log again. */
  initialState(): InitialState {
    return { hardState: this.#hardState, configuration: this.#configuration };
  }

  get hardState(): HardState {
    return this.#hardState;
  }

  firstIndex(): Index {
    return this.#compactedIndex + 1;
  }

  lastIndex(): Index {
    return this.#lastIndex;
  }

  /** The size of the data of all entries in the log, in bytes. */
  get logBytes(): number {
    return this.#logBytes;
  }

  term(index: Index): Term {
    invariant(
      index >= this.#compactedIndex && index <= this.#lastIndex,
      () => `term of ${index} asked, the log holds ${this.firstIndex()}..${this.#lastIndex}`,
    );
    if (index === this.#compactedIndex) {
      return this.#compactedTerm;
    }
    const held = this.#tail.get(index);
    return held?.term ?? this.#must(this.#statements.readPosition.get(index), `entry ${index}`).term;
  }

  entries(low: Index, high: Index, maxBytes: number): readonly Entry[] {
    invariant(
      low > this.#compactedIndex && low < high && high <= this.#lastIndex + 1,
      () => `entries [${low}, ${high}) asked, the log holds ${this.firstIndex()}..${this.#lastIndex}`,
    );
    const tailFirst = this.#tail.firstIndex ?? this.#lastIndex + 1;
    const found: Entry[] = [];
    let bytes = 0;
    // Entries that are no longer in memory are read from the file, row by row, so that a long log is not read
    // completely for a short answer.
    for (let index = low; index < high; index += 1) {
      const entry = this.#must(
        index >= tailFirst ? this.#tail.get(index) : this.#readEntry(index), `entry ${index}`,
      );
      bytes += entryBytes(entry);
      if (bytes > maxBytes && found.length > 0) {
        break;
      }
      found.push(entry);
    }
    return found;
  }

  /** The index before the last entries up to `index`: at most `entriesMax`, with at most `bytesMax` of data. */
  indexBefore(index: Index, entriesMax: number, bytesMax: number): Index {
    const lowest = Math.max(this.#compactedIndex, index - entriesMax);
    let before = index;
    for (let bytes = 0; before > lowest; before -= 1) {
      bytes += this.#tail.get(before)?.data.length
        ?? this.#must(this.#statements.readSize.get(before), `entry ${before}`).total;
      if (bytes > bytesMax) {
        break;
      }
    }
    return before;
  }

  /** Undefined before the first snapshot. Its bytes stay in the file: see `snapshots`. */
  snapshot(): Snapshot | undefined {
    const { current } = this.snapshots;
    return current.lastIncludedIndex === 0 ? undefined : asRaftSnapshot(current);
  }

  /**
   * Writes one Ready in one transaction, on stable storage when it returns (LogStore).
   * @throws {LabError} `disk-full`, `disk-error`, `corrupt-file`: the storage must then be closed and the node stopped
   */
  write(change: DurableChange, written?: (report: WriteReport) => void): void {
    const startedAtMs = performance.now();
    this.#database.transact(() => this.#writeRows(change));
    this.#remember(change);
    written?.({ durationMs: performance.now() - startedAtMs, entryBytes: dataBytes(change.entries) });
  }

  /**
   * Discards a part of the entries up to `index`, which the snapshot covers (Raft §7): as many as one short transaction
   * deletes.
   * @returns whether all of them are gone
   * @throws {LabError} as `write`
   */
  discardLogTo(index: Index): boolean {
    if (index <= this.#compactedIndex) {
      return true;
    }
    const { lastIncludedIndex } = this.snapshots.current;
    invariant(
      index <= lastIncludedIndex && index <= this.#hardState.commitIndex,
      () => `the log is to be discarded up to ${index}, with a snapshot at ${lastIncludedIndex} and commit index `
        + `${this.#hardState.commitIndex} in the file`,
    );
    const { lastDiscarded, term } = this.#database.transact(() => {
      const { measureOldest, findDiscarded } = this.#statements;
      const oldest = this.#must(measureOldest.get(index), `the log up to ${index}`);
      const last = oldest.total < DISCARDED_AT_ONCE_BYTES
        ? oldest
        : this.#must(findDiscarded.get(index), `the log up to ${index}`);
      const discardedTerm = this.term(last.idx);
      this.#statements.deleteLogTo.run(last.idx);
      this.#statements.writeCompaction.run(last.idx, discardedTerm);
      return { lastDiscarded: last, term: discardedTerm };
    });
    this.#logBytes -= lastDiscarded.total;
    this.#compactedIndex = lastDiscarded.idx;
    this.#compactedTerm = term;
    return lastDiscarded.idx === index;
  }

  /** How this connection commits, according to SQLite. */
  durability(): Durability {
    return this.#database.durability();
  }

  /** The size of the file without its write-ahead log, in bytes. */
  fileBytes(): number {
    return this.#database.fileBytes();
  }

  /** Sets the file aside because its contents contradict each other. @throws {LabError} `corrupt-file`, always */
  condemn(problem: string): never {
    return this.#database.condemn(problem);
  }

  /** Closes the file (which copies the write-ahead log into it) and releases the folder. Safe to call twice. */
  close(): void {
    this.#database.close();
  }

  #readEntry(index: Index): Entry | undefined {
    const row = this.#statements.readEntry.get(index);
    if (row === undefined) {
      return undefined;
    }
    const { term, type, data, crc32 } = row;
    const entry = { index, term, type, data };
    // No checksum: the entry is older than format 3.
    if (crc32 !== null && crc32 !== entryChecksum(entry)) {
      this.#database.condemn(`the checksum of entry ${index} does not match it`);
    }
    return entry;
  }

  /** For rows that existed when the file was opened. @throws {LabError} `corrupt-file` when they are missing now */
  #must<Value>(value: Value | undefined, what: string): Value {
    return value ?? this.#database.condemn(`${what} is missing, the log is to hold ${this.firstIndex()} to `
      + `${this.#lastIndex}`);
  }

  #writeRows(change: DurableChange): void {
    const { entries } = change;
    const statements = this.#statements;
    let lastIndex = this.#lastIndex;
    if (change.snapshot !== undefined) {
      // The snapshot replaces everything up to its last entry, whatever the log held (Raft §7, InstallSnapshot
      // step 7).
      this.snapshots.writeInstalled(change.snapshot);
      statements.deleteLog.run();
      statements.writeCompaction.run(change.snapshot.lastIncludedIndex, change.snapshot.lastIncludedTerm);
      lastIndex = change.snapshot.lastIncludedIndex;
    }
    const first = entries[0];
    if (first !== undefined) {
      invariant(first.index <= lastIndex + 1, () => `entry ${first.index} would leave a gap after ${lastIndex}`);
      const fixed = change.snapshot?.lastIncludedIndex ?? Math.max(this.#compactedIndex, this.#hardState.commitIndex);
      invariant(
        first.index > fixed,
        () => `entry ${first.index} would replace a committed one (commit index ${this.#hardState.commitIndex})`,
      );
      if (first.index <= lastIndex) {
        this.#logBytes -= this.#must(statements.sumFrom.get(first.index), 'the sum of the log').total;
        statements.deleteLogFrom.run(first.index);
      }
      lastIndex = first.index - 1;
    }
    for (const entry of entries) {
      invariant(entry.index === lastIndex + 1, () => `entry ${entry.index} does not follow on ${lastIndex}`);
      lastIndex = entry.index;
    }
    this.#insertEntries(entries);
    if (change.hardState !== undefined) {
      this.#writeHardState(change.hardState, lastIndex);
    }
  }

  /** Inserts several entries at once where possible: each call of a statement costs more than a row. */
  #insertEntries(entries: readonly Entry[]): void {
    const { insertEntry, insertEntries } = this.#statements;
    let at = 0;
    for (; at + ENTRIES_INSERTED_AT_ONCE <= entries.length; at += ENTRIES_INSERTED_AT_ONCE) {
      insertEntries.run(entries.slice(at, at + ENTRIES_INSERTED_AT_ONCE).flatMap(valuesOf));
    }
    for (const entry of entries.slice(at)) {
      insertEntry.run(valuesOf(entry));
    }
  }

  #writeHardState(hardState: HardState, lastIndex: Index): void {
    const before = this.#hardState;
    invariant(
      hardState.currentTerm >= before.currentTerm && hardState.commitIndex >= before.commitIndex,
      () => `hard state would go back from ${JSON.stringify(before)} to ${JSON.stringify(hardState)}`,
    );
    invariant(
      hardState.commitIndex <= lastIndex,
      () => `commit index ${hardState.commitIndex} is beyond the log's end ${lastIndex}`,
    );
    this.#statements.writeHardState.run(hardState.currentTerm, hardState.votedFor, hardState.commitIndex);
  }

  /** Updates the memory with what has been committed to the file. */
  #remember(change: DurableChange): void {
    const { entries } = change;
    if (change.snapshot !== undefined) {
      this.snapshots.rememberInstalled();
      this.#tail.clear();
      this.#compactedIndex = change.snapshot.lastIncludedIndex;
      this.#compactedTerm = change.snapshot.lastIncludedTerm;
      this.#configuration = change.snapshot.configuration;
      this.#lastIndex = change.snapshot.lastIncludedIndex;
      this.#logBytes = 0;
    }
    const first = entries[0];
    if (first !== undefined) {
      this.#tail.truncateFrom(first.index);
      this.#tail.append(entries);
      this.#lastIndex = first.index + entries.length - 1;
      this.#logBytes += dataBytes(entries);
    }
    this.#hardState = change.hardState ?? this.#hardState;
  }
}

function dataBytes(entries: readonly Entry[]): number {
  let bytes = 0;
  for (const entry of entries) {
    bytes += entry.data.length;
  }
  return bytes;
}
