/** Builds a state machine from a snapshot in the node's file, a piece at a time, and checks that it is intact. */
import { createHash } from 'node:crypto';
import { KvStateMachine, SnapshotError } from '../../kv/index.ts';
import type { RaftStorage } from '../storage/raftStorage.ts';
import type { SnapshotStore, StoredSnapshot } from '../storage/snapshotStore.ts';

/** What is read and decoded in one step: a few milliseconds of the node's thread. */
const STEP_BYTES = 256 * 1024;

export class SnapshotLoader {
  readonly #store: SnapshotStore;
  readonly #snapshot: StoredSnapshot;
  readonly #reader = KvStateMachine.reader();
  readonly #hash = createHash('sha256');
  #offset = 0;

  constructor(store: SnapshotStore, snapshot: StoredSnapshot) {
    this.#store = store;
    this.#snapshot = snapshot;
  }

  /**
   * Reads a little more.
   * @returns the state machine when the end is reached
   * @throws {SnapshotError} when the bytes are not those that were written, or are not a snapshot
   * @throws {LabError} when the file cannot be read
   */
  step(): KvStateMachine | undefined {
    const { contents, bytes, sha256 } = this.#snapshot;
    const piece = this.#store.read(contents, this.#offset, STEP_BYTES);
    if (piece.length === 0) {
      throw new SnapshotError(`of ${bytes} bytes of a snapshot, those from ${this.#offset} on are missing`);
    }
    this.#hash.update(piece);
    this.#offset += piece.length;
    // The reader's own checks find most damage; the checksum finds the rest.
    this.#reader.push(piece);
    if (this.#offset < bytes) {
      return undefined;
    }
    if (Buffer.compare(this.#hash.digest(), sha256) !== 0) {
      throw new SnapshotError(`the checksum of a snapshot of ${bytes} bytes does not match its contents`);
    }
    return this.#reader.finish();
  }
}

/**
 * The state machine as it was at the node's latest snapshot; an empty one where there is none.
 * @throws {LabError} `corrupt-file` when the snapshot is not what was written: the file is then set aside
 */
export function restoreStateMachine(storage: RaftStorage): KvStateMachine {
  const { current } = storage.snapshots;
  if (current.lastIncludedIndex === 0) {
    return new KvStateMachine();
  }
  const loader = new SnapshotLoader(storage.snapshots, current);
  for (;;) {
    try {
      const stateMachine = loader.step();
      if (stateMachine !== undefined) {
        return stateMachine;
      }
    } catch (error) {
      if (error instanceof SnapshotError) {
        storage.condemn(error.message);
      }
      throw error;
    }
  }
}
