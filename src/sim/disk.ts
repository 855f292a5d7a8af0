/** A simulated disk: what is on stable storage, the one write that is under way, and the ways in which a disk fails. */
import {
  type Configuration, type HardState, type Index, MemoryStorage, type Ready, type Snapshot, type Term,
} from '../raft/index.ts';

/** The parts of a Ready that go to disk, as one transaction. */
export type DiskWrite = Pick<Ready, 'hardState' | 'entries' | 'snapshot'>;

/**
 * Like SQLite with synchronous=FULL: a write is there as a whole once it is done, and not at all before. A crash
 * loses the
 * write that is under way, or finds it complete without anyone having been told.
 */
export class SimulatedDisk {
  readonly storage: MemoryStorage;
  #underWay: DiskWrite | undefined;
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

  /** The machine stops. @param completed whether the write under way reached the disk all the same; returns it then */
  crash(completed: boolean): DiskWrite | undefined {
    if (this.#underWay !== undefined && completed) {
      return this.finish();
    }
    this.#underWay = undefined;
    return undefined;
  }

  /** The term of a stored entry; undefined outside the stored log. */
  termAt(index: Index): Term | undefined {
    const { storage } = this;
    return index >= storage.firstIndex() - 1 && index <= storage.lastIndex() ? storage.term(index) : undefined;
  }
}
