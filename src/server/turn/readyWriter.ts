/** Writes what each Ready asks to be durable, and decides what may wait for the next write. */
import type { HardState, Ready } from '../../raft/index.ts';
import type { DurableChange, LogStore } from '../logStore.ts';
import type { Trace } from '../world.ts';

/** A commit index that no other write has included is written after this many ticks. */
const COMMIT_INDEX_LAG_TICKS = 5;

export class ReadyWriter {
  readonly #store: Pick<LogStore, 'lastIndex' | 'write'>;
  readonly #trace: Trace;
  /** The core's hard state that is not yet on disk, because only the commit index changed. */
  #waiting: HardState | undefined;
  #waitingSinceTick = 0;

  constructor(store: Pick<LogStore, 'lastIndex' | 'write'>, trace: Trace) {
    this.#store = store;
    this.#trace = trace;
  }

  /**
   * Writes a Ready in one transaction. A commit index alone waits for the next write, or for an idle moment: it may be
   * lost (Raft Figure 2 keeps it in memory), and a write for each would double the work of the disk.
   * @param written called when everything that must be is on stable storage
   * @throws {LabError} when the disk fails: the node must then stop
   */
  write({ hardState, entries, snapshot, mustSync }: Ready, tick: number, written: () => void): void {
    if (hardState !== undefined && this.#waiting === undefined) {
      this.#waitingSinceTick = tick;
    }
    this.#waiting = hardState ?? this.#waiting;
    if (mustSync) {
      this.#commit({ hardState: this.#waiting, entries, snapshot }, written);
    } else {
      written();
    }
  }

  /** Writes what has waited long enough. @param written as for `write` @throws {LabError} as `write` */
  writeOverdue(tick: number, written: () => void): void {
    if (tick - this.#waitingSinceTick >= COMMIT_INDEX_LAG_TICKS) {
      this.writeWaiting(written);
    } else {
      written();
    }
  }

  /** Writes what waits. @param written as for `write` @throws {LabError} as `write` */
  writeWaiting(written: () => void): void {
    if (this.#waiting === undefined) {
      written();
    } else {
      this.#commit({ hardState: this.#waiting, entries: [], snapshot: undefined }, written);
    }
  }

  #commit(change: DurableChange, written: () => void): void {
    this.#waiting = undefined;
    this.#store.write(change, ({ durationMs, entryBytes }) => {
      this.#trace.add({
        type: 'persisted',
        entryCount: change.entries.length,
        bytes: entryBytes,
        hardStateChanged: change.hardState !== undefined,
        lastIndex: this.#store.lastIndex(),
        durationMs,
      });
      written();
    });
  }
}
