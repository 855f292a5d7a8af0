/** A simulated disk: what is on stable storage, the one write that is under way, and the ways in which a disk fails. */
import {
  type Configuration, type HardState, type Index, MemoryStorage, type Ready, type Snapshot, type Term,
} from '../raft/index.ts';

/** The parts of a Ready that go to disk, as one transaction. */
export type DiskWrite = Pick<Ready, 'hardState' | 'entries' | 'snapshot'>;

/**
 * What a crash leaves of the write under way: nothing; all of it, although nobody was told; or a part, which is
 * detected when the disk is opened again.
 */
export type CrashOutcome = 'lost' | 'completed' | 'torn';

/** The disk holds a part of a write: a server that continued from it might forget a vote or an acknowledged entry. */
export class TornWriteError extends Error {
  override readonly name = 'TornWriteError';
}

/**
 * Like SQLite with synchronous=FULL: a write is on disk as a whole once it is done, and not at all before. Where the
 * machine breaks that promise, opening fails (docs/database.md: a corrupt file is never silently emptied).
 */
export class SimulatedDisk {
  readonly storage: MemoryStorage;
  #underWay: DiskWrite | undefined;
  #isTorn = false;
  /** While set, every write fails (SQLITE_FULL). */
  isFull = false;
  /** Multiplies the time of writes. */
  slowness = 1;

  constructor(initial: Snapshot | Configuration) {
    this.storage = new MemoryStorage(initial);
  }

  get hardState(): HardState {
    return this.storage.initialState().hardState;
  }

  get isWriting(): boolean {
    return this.#underWay !== undefined;
  }

  /**
   * What a server starts from.
   * @throws {TornWriteError} when a write was torn; the server must not start
   */
  open(): MemoryStorage {
    if (this.#isTorn) {
      throw new TornWriteError('a write was torn: the checksums do not fit');
    }
    return this.storage;
  }

  /** @returns false when the disk is full: nothing was written, and the server must stop */
  begin(write: DiskWrite): boolean {
    if (this.#underWay !== undefined) {
      throw new Error('a write was begun while another was under way');
    }
    if (this.isFull) {
      return false;
    }
    this.#underWay = write;
    return true;
  }

  /** The write is on stable storage. */
  finish(): DiskWrite {
    const write = this.#underWay;
    if (write === undefined) {
      throw new Error('no write is under way');
    }
    this.#underWay = undefined;
    this.storage.persist(write);
    return write;
  }

  /** The machine stops. @returns the write that still reached the disk */
  crash(outcome: CrashOutcome): DiskWrite | undefined {
    if (this.#underWay !== undefined && outcome === 'completed') {
      return this.finish();
    }
    this.#isTorn = this.#underWay !== undefined && outcome === 'torn';
    this.#underWay = undefined;
    return undefined;
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
