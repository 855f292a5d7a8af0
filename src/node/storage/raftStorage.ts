/** A node's durable state: one SQLite file, written one transaction a Ready, read through memory by the core. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { LabError } from '../../contract/errors.ts';
import { invariant } from '../../raft/assert.ts';
import { entryBytes } from '../../raft/storage.ts';
import type { InitialState, LogStorage } from '../../raft/storage.ts';
import type { Configuration, Entry, EntryType, HardState, Index, Snapshot, Term } from '../../raft/types.ts';
import { parseConfiguration } from './configurationText.ts';
import { isCorruption, storageError } from './errors.ts';
import { LogTail } from './logTail.ts';
import { tryLockFolder } from './lock.ts';
import type { FolderLock } from './lock.ts';
import { DATABASE_FILE, durabilityOf, openDatabase, setAside } from './openDatabase.ts';
import type { DatabaseIdentity, Durability, OpenDatabaseOptions } from './openDatabase.ts';

export const LOCK_FILE = 'raft.lock';

/** What one Ready leaves to write. */
export interface DurableChange {
  readonly hardState: HardState | undefined;
  readonly entries: readonly Entry[];
  readonly snapshot: Snapshot | undefined;
}

/** What a write did, for the trace. */
export interface WriteReport {
  readonly durationMs: number;
  readonly entryBytes: number;
}

// The tables are STRICT and were checked when the file was opened, so rows have these types.
interface LogRow {
  idx: number;
  term: number;
  type: EntryType;
  data: Buffer;
}
interface HardStateRow {
  current_term: number;
  voted_for: number;
  commit_index: number;
}
interface SnapshotRow {
  last_included_index: number;
  last_included_term: number;
  configuration: string;
  data: Buffer;
}

/**
 * Implements what the core reads (LogStorage) and writes what its Ready hands out. Everything is synchronous: when
 * `write`
 * returns, the change is on stable storage, and messages that depend on it may leave.
 *
 * After any error the storage is unusable: the node closes it and stops. `close` is the only call that is then allowed.
 */
export class RaftStorage implements LogStorage {
  readonly databasePath: string;
  /** How often this file has been opened by a node, this time included. */
  readonly boot: number;
  readonly #database: Database.Database;
  readonly #lock: FolderLock;
  readonly #directory: string;
  readonly #nodeName: string;
  readonly #tail = new LogTail();
  readonly #statements: Statements;
  #hardState: HardState;
  #configuration: Configuration;
  #compactedIndex: Index;
  #compactedTerm: Term;
  #lastIndex: Index;
  #failure: LabError | undefined;

  /**
   * Locks the node's folder and opens its file.
   * @throws {LabError} `lab-in-use` when another thread or process runs this node; `corrupt-file`, `lab-newer`,
   * `refused`,
   *   `disk-full`, `disk-error` with the reason
   */
  static open(options: OpenDatabaseOptions): RaftStorage {
    const { nodeName } = options.identity;
    let lock: FolderLock | undefined;
    let database: Database.Database | undefined;
    try {
      lock = tryLockFolder(options.directory, LOCK_FILE);
      if (lock === undefined) {
        throw new LabError(
          'lab-in-use',
          `${nodeName} is already running on the file in its folder: close the other Raftlab that has this lab open`,
        );
      }
      database = openDatabase(options);
      return new RaftStorage(database, lock, options.directory, options.identity);
    } catch (error) {
      database?.close();
      const reported = isCorruption(error)
        ? setAside(options.directory, nodeName, error)
        : storageError(error, nodeName);
      lock?.release();
      throw reported;
    }
  }

  private constructor(
    database: Database.Database, lock: FolderLock, directory: string, identity: DatabaseIdentity,
  ) {
    this.#database = database;
    this.#lock = lock;
    this.#directory = directory;
    this.#nodeName = identity.nodeName;
    this.databasePath = join(directory, DATABASE_FILE);
    this.#statements = prepareStatements(database);
    this.boot = must(database.prepare<[], number>('SELECT boot_count FROM identity').pluck().get());
    const hardState = must(this.#statements.readHardState.get());
    this.#hardState = {
      currentTerm: hardState.current_term, votedFor: hardState.voted_for, commitIndex: hardState.commit_index,
    };
    const compaction = must(this.#statements.readCompaction.get());
    this.#compactedIndex = compaction.idx;
    this.#compactedTerm = compaction.term;
    this.#configuration = parseConfiguration(must(this.#statements.readSnapshot.get()).configuration);
    this.#lastIndex = database.prepare<[], number | null>('SELECT max(idx) FROM log').pluck().get() ?? compaction.idx;
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

  term(index: Index): Term {
    invariant(
      index >= this.#compactedIndex && index <= this.#lastIndex,
      () => `term of ${index} asked, the log holds ${this.firstIndex()}..${this.#lastIndex}`,
    );
    if (index === this.#compactedIndex) {
      return this.#compactedTerm;
    }
    const held = this.#tail.get(index);
    return held?.term ?? must(this.#statements.readTerm.get(index));
  }

  entries(low: Index, high: Index, maxBytes: number): readonly Entry[] {
    invariant(
      low > this.#compactedIndex && low < high && high <= this.#lastIndex + 1,
      () => `entries [${low}, ${high}) asked, the log holds ${this.firstIndex()}..${this.#lastIndex}`,
    );
    const tailFirst = this.#tail.firstIndex ?? this.#lastIndex + 1;
    const found: Entry[] = [];
    let bytes = 0;
    // From the file as far as memory does not reach back; row by row, so that a long log is not read whole for a
    // short answer.
    for (let index = low; index < high; index += 1) {
      const entry = index >= tailFirst ? this.#tail.get(index) : this.#readEntry(index);
      invariant(
        entry !== undefined,
        () => `entry ${index} is missing, the log holds ${this.firstIndex()}..${this.#lastIndex}`,
      );
      bytes += entryBytes(entry);
      if (bytes > maxBytes && found.length > 0) {
        break;
      }
      found.push(entry);
    }
    return found;
  }

  /** Undefined before the first snapshot: the whole log is still there. */
  snapshot(): Snapshot | undefined {
    const row = must(this.#statements.readSnapshot.get());
    return row.last_included_index === 0 ? undefined : snapshotOf(row);
  }

  /**
   * Writes one Ready in one transaction, on stable storage when it returns. Entries that conflict with the new ones are
   * deleted in the same transaction (Raft §5.3).
   * @throws {LabError} `disk-full`, `disk-error`, `corrupt-file`: the storage must then be closed and the node stopped
   */
  write(change: DurableChange): WriteReport {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    const startedAtMs = performance.now();
    const { entries } = change;
    try {
      this.#statements.begin.run();
      this.#writeRows(change);
      this.#statements.commit.run();
    } catch (error) {
      this.#failure = this.#giveUp(error);
      throw this.#failure;
    }
    this.#remember(change);
    let bytes = 0;
    for (const entry of entries) {
      bytes += entry.data.length;
    }
    return { durationMs: performance.now() - startedAtMs, entryBytes: bytes };
  }

  /**
   * Stores a snapshot of the state machine at an applied index, and deletes the entries before `compactIndex + 1`
   * (Raft §7).
   * @throws {LabError} as `write`
   */
  compact(snapshot: Snapshot, compactIndex: Index): void {
    invariant(
      compactIndex >= this.#compactedIndex && compactIndex <= snapshot.lastIncludedIndex
      && snapshot.lastIncludedIndex <= this.#lastIndex,
      () => `compaction to ${compactIndex} with a snapshot at ${snapshot.lastIncludedIndex}, the log holds `
        + `${this.firstIndex()}..${this.#lastIndex}`,
    );
    const term = this.term(compactIndex);
    try {
      this.#statements.begin.run();
      this.#writeSnapshot(snapshot);
      this.#statements.deleteLogTo.run(compactIndex);
      this.#statements.writeCompaction.run(compactIndex, term);
      this.#statements.commit.run();
    } catch (error) {
      this.#failure = this.#giveUp(error);
      throw this.#failure;
    }
    this.#compactedIndex = compactIndex;
    this.#compactedTerm = term;
  }

  /** How this connection commits, asked of SQLite. */
  durability(): Durability {
    return durabilityOf(this.#database);
  }

  /** The size of the file without its write-ahead log, in bytes. */
  fileBytes(): number {
    return statSync(this.databasePath).size;
  }

  /** Closes the file (which copies the write-ahead log into it) and releases the folder. Safe to call twice. */
  close(): void {
    if (this.#database.open) {
      this.#database.close();
    }
    this.#lock.release();
  }

  #readEntry(index: Index): Entry | undefined {
    const row = this.#statements.readEntry.get(index);
    return row === undefined ? undefined : { index: row.idx, term: row.term, type: row.type, data: row.data };
  }

  #writeRows(change: DurableChange): void {
    const { entries } = change;
    const statements = this.#statements;
    let lastIndex = this.#lastIndex;
    if (change.snapshot !== undefined) {
      // The snapshot stands for everything up to its last entry, whatever the log held (Raft §7, InstallSnapshot
      // step 7).
      this.#writeSnapshot(change.snapshot);
      statements.deleteLogFrom.run(0);
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
        statements.deleteLogFrom.run(first.index);
      }
      lastIndex = first.index - 1;
    }
    for (const entry of entries) {
      invariant(entry.index === lastIndex + 1, () => `entry ${entry.index} does not follow on ${lastIndex}`);
      statements.insertEntry.run(entry.index, entry.term, entry.type, entry.data);
      lastIndex = entry.index;
    }
    if (change.hardState !== undefined) {
      this.#writeHardState(change.hardState, lastIndex);
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

  #writeSnapshot(snapshot: Snapshot): void {
    this.#statements.writeSnapshot.run(
      snapshot.lastIncludedIndex, snapshot.lastIncludedTerm, JSON.stringify(snapshot.configuration), snapshot.data,
    );
  }

  /** Takes over in memory what has been committed to the file. */
  #remember(change: DurableChange): void {
    const { entries } = change;
    if (change.snapshot !== undefined) {
      this.#tail.clear();
      this.#compactedIndex = change.snapshot.lastIncludedIndex;
      this.#compactedTerm = change.snapshot.lastIncludedTerm;
      this.#configuration = change.snapshot.configuration;
      this.#lastIndex = change.snapshot.lastIncludedIndex;
    }
    const first = entries[0];
    if (first !== undefined) {
      this.#tail.truncateFrom(first.index);
      this.#tail.append(entries);
      this.#lastIndex = first.index + entries.length - 1;
    }
    this.#hardState = change.hardState ?? this.#hardState;
  }

  /** Closes after an error, sets a corrupt file aside, and gives the error to report. */
  #giveUp(error: unknown): LabError {
    // Closing rolls back what was begun. The lock stays until `close`, so that nobody else takes the folder meanwhile.
    this.#database.close();
    return isCorruption(error)
      ? setAside(this.#directory, this.#nodeName, error)
      : storageError(error, this.#nodeName);
  }
}

function snapshotOf(row: SnapshotRow): Snapshot {
  return {
    lastIncludedIndex: row.last_included_index,
    lastIncludedTerm: row.last_included_term,
    configuration: parseConfiguration(row.configuration),
    data: row.data,
  };
}

/** For rows that openDatabase has shown to exist. */
function must<Value>(value: Value | null | undefined): Value {
  invariant(value !== undefined && value !== null, () => 'a row that was there when raft.db was opened is missing');
  return value;
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: Database.Database) {
  return {
    begin: database.prepare('BEGIN IMMEDIATE'),
    commit: database.prepare('COMMIT'),
    readHardState: database.prepare<[], HardStateRow>('SELECT current_term, voted_for, commit_index FROM hard_state'),
    writeHardState: database.prepare<[Term, number, Index]>(
      'UPDATE hard_state SET current_term = ?, voted_for = ?, commit_index = ?',
    ),
    readSnapshot: database.prepare<[], SnapshotRow>(
      'SELECT last_included_index, last_included_term, configuration, data FROM snapshot',
    ),
    writeSnapshot: database.prepare<[Index, Term, string, Uint8Array]>(
      'UPDATE snapshot SET last_included_index = ?, last_included_term = ?, configuration = ?, data = ?',
    ),
    readCompaction: database.prepare<[], { idx: number; term: number }>('SELECT idx, term FROM compaction'),
    writeCompaction: database.prepare<[Index, Term]>('UPDATE compaction SET idx = ?, term = ?'),
    readEntry: database.prepare<[Index], LogRow>('SELECT idx, term, type, data FROM log WHERE idx = ?'),
    readTerm: database.prepare<[Index], Term>('SELECT term FROM log WHERE idx = ?').pluck(),
    insertEntry: database.prepare<[Index, Term, EntryType, Uint8Array]>(
      'INSERT INTO log (idx, term, type, data) VALUES (?, ?, ?, ?)',
    ),
    deleteLogFrom: database.prepare<[Index]>('DELETE FROM log WHERE idx >= ?'),
    deleteLogTo: database.prepare<[Index]>('DELETE FROM log WHERE idx <= ?'),
  };
}
