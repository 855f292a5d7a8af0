/** A node's durable state, as its server uses it: hard state, log and snapshots. Real nodes keep it in raft.db. */
import type { Configuration, Entry, HardState, Index, LogStorage, Snapshot } from '../raft/index.ts';
import type { SnapshotIdentity } from '../wire/index.ts';
import { equalBytes } from './bytes.ts';

/** What one Ready asks to write. */
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

/** A snapshot without its contents. */
export interface SnapshotHead extends SnapshotIdentity {
  readonly configuration: Configuration;
}

/** A snapshot whose bytes are in the store. */
export interface StoredSnapshot extends SnapshotHead {
  /** The number under which its bytes are kept; 0 at index 0, where there are none. */
  readonly contents: number;
}

/** The most that one call of `deleteUnused` deletes: short enough to go unnoticed. */
export const DELETED_AT_ONCE_BYTES = 1024 * 1024;

const NO_DATA = new Uint8Array();

/** Whether both are the same snapshot. */
export function isSameSnapshot(a: SnapshotIdentity, b: SnapshotIdentity): boolean {
  return a.lastIncludedIndex === b.lastIncludedIndex && a.lastIncludedTerm === b.lastIncludedTerm
    && a.bytes === b.bytes && equalBytes(a.sha256, b.sha256);
}

/** What the core knows about a snapshot: everything but its bytes, which never pass through the core. */
export function asRaftSnapshot({ lastIncludedIndex, lastIncludedTerm, configuration }: SnapshotHead): Snapshot {
  return { lastIncludedIndex, lastIncludedTerm, configuration, data: NO_DATA };
}

/**
 * Implements what the core reads (LogStorage) and writes what its Ready hands out.
 *
 * After any error the store is unusable: the node closes it and stops. Every method that writes or reads throws a
 * LabError (`disk-full`, `disk-error`, `corrupt-file`) when the disk fails.
 */
export interface LogStore extends LogStorage {
  /** How often a node has opened it, including this time. */
  readonly boot: number;
  /** Where a person finds it. */
  readonly databasePath: string;
  readonly hardState: HardState;
  /** The size of the data of all entries in the log, in bytes. */
  readonly logBytes: number;
  readonly snapshots: SnapshotStore;

  /**
   * Writes one Ready in one transaction. Entries that conflict with the new ones are deleted in it (Raft §5.3). A
   * snapshot is the one that `snapshots` has received; its bytes are in the store already.
   * @param written called once, when the change is on stable storage: in a file before this call returns, on a
   * simulated disk maybe later. Until then the server does nothing, like a thread that waits for its disk.
   */
  write(change: DurableChange, written: (report: WriteReport) => void): void;

  /**
   * Discards a part of the entries up to `index`, which the snapshot covers (Raft §7): as many as one short transaction
   * deletes.
   * @returns whether all of them are gone
   */
  discardLogTo(index: Index): boolean;

  /** The index before the last entries up to `index`: at most `entriesMax`, with at most `bytesMax` of data. */
  indexBefore(index: Index, entriesMax: number, bytesMax: number): Index;

  /** Sets the store aside because its contents contradict each other. @throws {LabError} `corrupt-file`, always */
  condemn(problem: string): never;
}

/**
 * The node's latest snapshot, the one that a leader is sending, and their bytes. Large ones are written in many small
 * transactions: first the pieces, which nothing refers to yet, then what refers to them. A crash in between leaves
 * pieces that nobody needs; `deleteUnused` deletes them. Everything is on stable storage when a call returns.
 */
export interface SnapshotStore {
  /** The latest snapshot; at index 0 there is none yet. */
  readonly current: StoredSnapshot;
  /** The snapshot that a leader is sending. */
  readonly incoming: StoredSnapshot | undefined;
  /** How much of the incoming snapshot is on stable storage, from its beginning on. */
  readonly receivedBytes: number;

  /** A number for the contents of a new snapshot, never used before. */
  newContents(): number;
  /** Writes a piece of a snapshot that is being taken. */
  writePiece(contents: number, offset: number, data: Uint8Array): void;
  /** Makes a snapshot whose pieces are all written the node's latest one. */
  adopt(snapshot: StoredSnapshot): void;

  /** Begins to receive a snapshot instead of any that was being received. */
  beginIncoming(head: SnapshotHead): StoredSnapshot;
  /** Appends to what has been received. */
  appendIncoming(data: Uint8Array): void;
  /** Forgets the incoming snapshot: it is bad, or no longer needed. */
  dropIncoming(): void;

  /** `length` bytes of a snapshot from `offset` on, or as many as there are. */
  read(contents: number, offset: number, length: number): Uint8Array;
  /**
   * Deletes a few of the pieces that belong neither to `current` nor to `incoming` nor to those in `inUse`.
   * @returns whether there may be more
   */
  deleteUnused(inUse: readonly number[]): boolean;
}
