/** A simulated disk: what is on stable storage, the one write that is under way, and the ways in which a disk fails. */
import { invariant } from '../raft/assert.ts';
import { type Entry, type HardState, type Index, MemoryStorage, type Term } from '../raft/index.ts';
import { asRaftSnapshot, type DurableChange, type SnapshotHead } from '../server/logStore.ts';
import { CheapDigest } from './cheapDigest.ts';
import { type DiskBeginning, SimulatedSnapshots, type SnapshotListener } from './simulatedSnapshots.ts';

/**
 * What a crash leaves of the write under way: nothing; all of it, although nobody was told; or a part, which is
 * detected when the disk is opened again.
 */
export type CrashOutcome = 'lost' | 'completed' | 'torn';

/** The disk holds a part of a write: a server that continued from it might forget a vote or an acknowledged entry. */
export class TornWriteError extends Error {
  override readonly name = 'TornWriteError';
}

/** Is told what has reached stable storage. */
export interface DiskListener extends SnapshotListener {
  onStored(change: DurableChange): void;
}

/** What a node's disk held when its last run had ended. */
export interface DiskContents {
  /** How often a server had opened it. */
  readonly boots: number;
  readonly hardState: HardState;
  /** The entry before the log; 0 and 0 while the log is whole. */
  readonly compacted: { readonly index: Index; readonly term: Term };
  readonly entries: readonly Entry[];
  /** The latest snapshot; at index 0 there is only the configuration before the first entry. */
  readonly snapshot: Omit<SnapshotHead, 'bytes' | 'sha256'> & { readonly data: Uint8Array };
}

/**
 * Like SQLite with synchronous=FULL: a write is on disk as a whole once it is done, and not at all before. Where the
 * machine breaks that promise, opening fails (docs/database.md: a corrupt file is never silently emptied). Pieces of
 * snapshots are written at once: only what refers to them matters.
 */
export class SimulatedDisk {
  readonly storage: MemoryStorage;
  readonly snapshots: SimulatedSnapshots;
  /** How often a server has opened it. */
  boots = 0;
  /** The size of the data of all entries in the log. */
  logBytes = 0;
  #underWay: DurableChange | undefined;
  #isTorn = false;
  /** While set, every write fails (SQLITE_FULL). */
  isFull = false;
  /** Multiplies the time of writes. */
  slowness = 1;
  listener: DiskListener | undefined;

  /** @param log where it is not just what follows the beginning */
  constructor(beginning: DiskBeginning, log?: MemoryStorage) {
    this.storage = log ?? new MemoryStorage('head' in beginning ? asRaftSnapshot(beginning.head) : beginning);
    this.snapshots = new SimulatedSnapshots(this, beginning);
  }

  /** A disk on which another run has left something. */
  static holding({ boots, hardState, compacted, entries, snapshot }: DiskContents): SimulatedDisk {
    const { data, ...position } = snapshot;
    const digest = new CheapDigest();
    digest.update(data);
    const head = { ...position, bytes: data.length, sha256: digest.digest(), contents: 0 };
    // The log begins at or before the snapshot's last entry (docs/database.md).
    const log = new MemoryStorage(asRaftSnapshot({
      ...head, lastIncludedIndex: compacted.index, lastIncludedTerm: compacted.term,
    }));
    log.persist({ hardState, entries, snapshot: undefined });
    log.saveSnapshot(asRaftSnapshot(head));
    const disk = new SimulatedDisk(head.lastIncludedIndex === 0 ? head.configuration : { head, data }, log);
    disk.boots = boots;
    disk.logBytes = dataBytes(entries);
    return disk;
  }

  get hardState(): HardState {
    return this.storage.initialState().hardState;
  }

  get isWriting(): boolean {
    return this.#underWay !== undefined;
  }

  /** @throws {TornWriteError} when a write was torn; the server must not start */
  open(): void {
    if (this.#isTorn) {
      throw new TornWriteError('a write was torn: the checksums do not fit');
    }
    this.boots += 1;
  }

  begin(change: DurableChange): void {
    invariant(this.#underWay === undefined, () => 'a write was begun while another was under way');
    this.#underWay = change;
  }

  /** The write is on stable storage. */
  finish(): void {
    const change = this.#underWay;
    if (change === undefined) {
      throw new Error('no write is under way');
    }
    this.#underWay = undefined;
    if (change.snapshot !== undefined) {
      this.snapshots.install(change.snapshot);
    }
    this.#countLog(change);
    this.storage.persist(change);
    this.listener?.onStored(change);
  }

  /** Discards the entries up to `index`. */
  discardLogTo(index: Index): void {
    this.logBytes -= dataBytes(this.#entries(this.storage.firstIndex(), index));
    this.storage.compact(index + 1);
  }

  #countLog({ entries, snapshot }: DurableChange): void {
    if (snapshot !== undefined) {
      this.logBytes = 0;
    }
    const [first] = entries;
    if (first !== undefined) {
      const replaced = snapshot === undefined ? this.#entries(first.index, this.storage.lastIndex()) : [];
      this.logBytes += dataBytes(entries) - dataBytes(replaced);
    }
  }

  #entries(low: Index, last: Index): readonly Entry[] {
    return low > last ? [] : this.storage.entries(low, last + 1, Infinity);
  }

  /** The machine stops. */
  crash(outcome: CrashOutcome): void {
    if (this.#underWay !== undefined && outcome === 'completed') {
      this.finish();
    }
    this.#isTorn = this.#underWay !== undefined && outcome === 'torn';
    this.#underWay = undefined;
  }

  /** The term of a stored entry; undefined outside the stored log. */
  termAt(index: Index): Term | undefined {
    const { storage } = this;
    return index >= storage.firstIndex() - 1 && index <= storage.lastIndex() ? storage.term(index) : undefined;
  }

  /** Whether the entry is stored, or was before it was compacted: only committed and applied entries are compacted. */
  has(index: Index, term: Term): boolean {
    return index < this.storage.firstIndex() - 1 || this.termAt(index) === term;
  }
}

/** The size of the entries' data. */
export function dataBytes(entries: readonly Entry[]): number {
  return entries.reduce((bytes, { data }) => bytes + data.length, 0);
}
