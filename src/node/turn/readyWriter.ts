/** Writes what each Ready asks to be durable, and decides what may wait for the next write. */
import type { HardState, Ready } from '../../raft/index.ts';
import type { NodeTraceBody } from '../protocol.ts';
import type { RaftStorage } from '../storage/raftStorage.ts';

/** A commit index that no other write has included is written after this many ticks. */
const COMMIT_INDEX_LAG_TICKS = 5;

type Change = Pick<Ready, 'hardState' | 'entries' | 'snapshot'>;

export class ReadyWriter {
  readonly #storage: RaftStorage;
  readonly #emit: (event: NodeTraceBody) => void;
  /** The core's hard state that is not yet on disk, because only the commit index changed. */
  #waiting: HardState | undefined;
  #waitingSinceTick = 0;

  constructor(storage: RaftStorage, emit: (event: NodeTraceBody) => void) {
    this.#storage = storage;
    this.#emit = emit;
  }

  /**
   * Writes a Ready in one transaction; it is on stable storage when this returns. A commit index alone waits for the
   * next write, or for an idle moment: it may be lost (Raft Figure 2 keeps it in memory), and a write for each would
   * double the work of the disk.
   * @throws {LabError} when the disk fails: the node must then stop
   */
  write({ hardState, entries, snapshot, mustSync }: Ready, tick: number): void {
    if (hardState !== undefined && this.#waiting === undefined) {
      this.#waitingSinceTick = tick;
    }
    this.#waiting = hardState ?? this.#waiting;
    if (mustSync) {
      this.#commit({ hardState: this.#waiting, entries, snapshot });
    }
  }

  /** Writes what has waited long enough. @throws {LabError} as `write` */
  writeOverdue(tick: number): void {
    if (tick - this.#waitingSinceTick >= COMMIT_INDEX_LAG_TICKS) {
      this.writeWaiting();
    }
  }

  /** Writes what waits. @throws {LabError} as `write` */
  writeWaiting(): void {
    if (this.#waiting !== undefined) {
      this.#commit({ hardState: this.#waiting, entries: [], snapshot: undefined });
    }
  }

  #commit(change: Change): void {
    const { durationMs, entryBytes } = this.#storage.write(change);
    this.#waiting = undefined;
    this.#emit({
      type: 'persisted',
      entryCount: change.entries.length,
      bytes: entryBytes,
      hardStateChanged: change.hardState !== undefined,
      lastIndex: this.#storage.lastIndex(),
      durationMs,
    });
  }
}
