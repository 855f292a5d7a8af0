/** A simulated disk as one run of a server uses it: writes take a while, and fail where the disk is full. */
import { LabError } from '../contract/errors.ts';
import { invariant } from '../raft/assert.ts';
import type { Entry, HardState, Index, InitialState, Snapshot, Term } from '../raft/index.ts';
import { asRaftSnapshot, type DurableChange, type LogStore, type WriteReport } from '../server/logStore.ts';
import { dataBytes, type SimulatedDisk } from './disk.ts';
import type { SimulatedSnapshots } from './simulatedSnapshots.ts';
import type { Micros } from './schedule.ts';

/** As in raft.db, a long log is discarded in several steps. */
const DISCARDED_AT_ONCE = 8;

/**
 * Lets the time of a write pass, unless the server crashes meanwhile.
 * @param finish the write is on stable storage
 * @param goOn the server goes on, as soon as its thread runs
 * @returns how long it takes
 */
export type LetWrite = (finish: () => void, goOn: () => void) => Micros;

export class SimulatedStore implements LogStore {
  readonly boot: number;
  readonly databasePath = '';
  readonly #disk: SimulatedDisk;
  readonly #letWrite: LetWrite;

  /**
   * @param disk has been opened
   */
  constructor(disk: SimulatedDisk, letWrite: LetWrite) {
    this.boot = disk.boots;
    this.#disk = disk;
    this.#letWrite = letWrite;
  }

  get snapshots(): SimulatedSnapshots {
    return this.#disk.snapshots;
  }

  get hardState(): HardState {
    return this.#disk.hardState;
  }

  get logBytes(): number {
    return this.#disk.logBytes;
  }

  /** The configuration is that of the snapshot: the state machine starts from there and applies the log again. */
  initialState(): InitialState {
    return { hardState: this.hardState, configuration: this.snapshots.current.configuration };
  }

  firstIndex(): Index {
    return this.#disk.storage.firstIndex();
  }

  lastIndex(): Index {
    return this.#disk.storage.lastIndex();
  }

  term(index: Index): Term {
    return this.#disk.storage.term(index);
  }

  entries(low: Index, high: Index, maxBytes: number): readonly Entry[] {
    return this.#disk.storage.entries(low, high, maxBytes);
  }

  snapshot(): Snapshot | undefined {
    const { current } = this.snapshots;
    return current.lastIncludedIndex === 0 ? undefined : asRaftSnapshot(current);
  }

  write(change: DurableChange, written: (report: WriteReport) => void): void {
    if (this.#disk.isFull) {
      throw new LabError('disk-full', 'database or disk is full');
    }
    this.#disk.begin(change);
    const durationMicros = this.#letWrite(() => this.#disk.finish(), () => {
      written({ durationMs: durationMicros / 1000, entryBytes: dataBytes(change.entries) });
    });
  }

  discardLogTo(index: Index): boolean {
    const { storage, snapshots, hardState } = this.#disk;
    const { lastIncludedIndex } = snapshots.current;
    invariant(
      index <= lastIncludedIndex && index <= hardState.commitIndex,
      () => `the log is to be discarded up to ${index}, with a snapshot at ${lastIncludedIndex} and commit index `
        + `${hardState.commitIndex} on disk`,
    );
    const firstIndex = storage.firstIndex();
    const last = Math.min(index, firstIndex + DISCARDED_AT_ONCE - 1);
    if (last >= firstIndex) {
      this.#disk.discardLogTo(last);
    }
    return last >= index;
  }

  indexBefore(index: Index, entriesMax: number, bytesMax: number): Index {
    const { storage } = this.#disk;
    const lowest = Math.max(storage.firstIndex() - 1, index - entriesMax);
    let before = index;
    for (let bytes = 0; before > lowest; before -= 1) {
      bytes += storage.entries(before, before + 1, Infinity)[0]?.data.length ?? 0;
      if (bytes > bytesMax) {
        break;
      }
    }
    return before;
  }

  condemn(problem: string): never {
    throw new LabError('corrupt-file', problem);
  }
}