/** Builds a state machine from a snapshot in the node's file, a piece at a time, and checks that it is intact. */
import { KvStateMachine, SnapshotError } from '../../kv/index.ts';
import { equalBytes } from '../bytes.ts';
import type { SnapshotStore, StoredSnapshot } from '../logStore.ts';
import type { ServerWorld, Sha256 } from '../world.ts';

export class SnapshotLoader {
  readonly #store: SnapshotStore;
  readonly #snapshot: StoredSnapshot;
  readonly #reader = KvStateMachine.reader();
  readonly #hash: Sha256;
  readonly #stepBytes: number;
  #offset = 0;

  /** @param stepBytes how much is read and decoded in one step */
  constructor(
    { store, newSha256 }: Pick<ServerWorld, 'newSha256' | 'store'>, snapshot: StoredSnapshot, stepBytes: number,
  ) {
    this.#store = store.snapshots;
    this.#hash = newSha256();
    this.#stepBytes = stepBytes;
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
    const piece = this.#store.read(contents, this.#offset, this.#stepBytes);
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
    if (!equalBytes(this.#hash.digest(), sha256)) {
      throw new SnapshotError(`the checksum of a snapshot of ${bytes} bytes does not match its contents`);
    }
    return this.#reader.finish();
  }
}

/**
 * The state machine as it was at the node's latest snapshot; an empty one where there is none.
 * @throws {LabError} `corrupt-file` when the snapshot is not what was written: the file is then set aside
 */
export function restoreStateMachine(
  world: Pick<ServerWorld, 'newSha256' | 'store'>, stepBytes: number,
): KvStateMachine {
  const { store } = world;
  const { current } = store.snapshots;
  if (current.lastIncludedIndex === 0) {
    return new KvStateMachine();
  }
  const loader = new SnapshotLoader(world, current, stepBytes);
  for (;;) {
    try {
      const stateMachine = loader.step();
      if (stateMachine !== undefined) {
        return stateMachine;
      }
    } catch (error) {
      if (error instanceof SnapshotError) {
        store.condemn(error.message);
      }
      throw error;
    }
  }
}
