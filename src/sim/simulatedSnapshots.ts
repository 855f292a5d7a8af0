/** The snapshots on a simulated disk, and their bytes in pieces. */
import { LabError } from '../contract/errors.ts';
import { invariant } from '../raft/assert.ts';
import { type Configuration, EMPTY_CONFIGURATION, type MemoryStorage, type Snapshot } from '../raft/index.ts';
import {
  asRaftSnapshot, type SnapshotHead, type SnapshotStore, type StoredSnapshot,
} from '../server/logStore.ts';
import { GrowingBytes } from './growingBytes.ts';

/** What a new disk holds: a snapshot with its bytes, or only a configuration. */
export type DiskBeginning = Configuration | { readonly head: StoredSnapshot; readonly data: Uint8Array };

/** Is told of snapshots that have reached stable storage. */
export interface SnapshotListener {
  /** A snapshot has become the latest one. */
  onSnapshot(head: SnapshotHead, data: Uint8Array): void;
  /** A part of the incoming snapshot. */
  onReceived(head: SnapshotHead, from: number, data: Uint8Array): void;
}

/** The disk that holds them. */
interface Disk {
  readonly storage: Pick<MemoryStorage, 'saveSnapshot'>;
  readonly isFull: boolean;
  readonly listener: SnapshotListener | undefined;
}

const NONE_YET: StoredSnapshot = {
  lastIncludedIndex: 0, lastIncludedTerm: 0, configuration: EMPTY_CONFIGURATION, bytes: 0, sha256: new Uint8Array(),
  contents: 0,
};

export class SimulatedSnapshots implements SnapshotStore {
  readonly #disk: Disk;
  readonly #contents = new Map<number, GrowingBytes>();
  #current: StoredSnapshot;
  #incoming: StoredSnapshot | undefined;
  #lastContents = 0;

  constructor(disk: Disk, beginning: DiskBeginning) {
    this.#disk = disk;
    if ('head' in beginning) {
      const contents = this.newContents();
      this.#contents.set(contents, new GrowingBytes(beginning.data));
      this.#current = { ...beginning.head, contents };
    } else {
      this.#current = { ...NONE_YET, configuration: beginning };
    }
  }

  get current(): StoredSnapshot {
    return this.#current;
  }

  get incoming(): StoredSnapshot | undefined {
    return this.#incoming;
  }

  get receivedBytes(): number {
    return this.#incoming === undefined ? 0 : this.#contents.get(this.#incoming.contents)?.length ?? 0;
  }

  newContents(): number {
    this.#lastContents += 1;
    return this.#lastContents;
  }

  writePiece(contents: number, offset: number, data: Uint8Array): void {
    this.#requireRoom();
    const before = this.#contents.get(contents) ?? new GrowingBytes();
    invariant(before.length === offset, () => `a piece at ${offset} after ${before.length} bytes of a snapshot`);
    before.append(data);
    this.#contents.set(contents, before);
  }

  adopt(snapshot: StoredSnapshot): void {
    this.#requireRoom();
    invariant(
      snapshot.lastIncludedIndex > this.#current.lastIncludedIndex,
      () => `a snapshot at ${snapshot.lastIncludedIndex} after one at ${this.#current.lastIncludedIndex}`,
    );
    this.#current = snapshot;
    this.#disk.storage.saveSnapshot(asRaftSnapshot(snapshot));
    this.#disk.listener?.onSnapshot(snapshot, this.#bytesOf(snapshot.contents));
  }

  beginIncoming(head: SnapshotHead): StoredSnapshot {
    this.#requireRoom();
    this.#incoming = { ...head, contents: this.newContents() };
    return this.#incoming;
  }

  appendIncoming(data: Uint8Array): void {
    const incoming = this.#incoming;
    invariant(
      incoming !== undefined && this.receivedBytes + data.length <= incoming.bytes,
      () => `${data.length} bytes after ${this.receivedBytes} of ${String(incoming?.bytes)} of a snapshot`,
    );
    const { receivedBytes } = this;
    this.writePiece(incoming.contents, receivedBytes, data);
    this.#disk.listener?.onReceived(incoming, receivedBytes, data);
  }

  dropIncoming(): void {
    this.#requireRoom();
    this.#incoming = undefined;
  }

  /** Makes the incoming snapshot the node's latest one, within the write that replaces the log by it. */
  install({ lastIncludedIndex, lastIncludedTerm }: Snapshot): void {
    const incoming = this.#incoming;
    invariant(
      incoming?.lastIncludedIndex === lastIncludedIndex && incoming.lastIncludedTerm === lastIncludedTerm
      && incoming.bytes === this.receivedBytes,
      () => `a snapshot at ${lastIncludedIndex} of term ${lastIncludedTerm} is to be installed, received were `
        + `${this.receivedBytes} of ${String(incoming?.bytes)} bytes of one at ${String(incoming?.lastIncludedIndex)}`,
    );
    this.#current = incoming;
    this.#incoming = undefined;
    this.#disk.listener?.onSnapshot(incoming, this.#bytesOf(incoming.contents));
  }

  read(contents: number, offset: number, length: number): Uint8Array {
    return this.#contents.get(contents)?.subarray(offset, offset + length) ?? new Uint8Array();
  }

  deleteUnused(inUse: readonly number[]): boolean {
    const used = new Set([this.#current.contents, this.#incoming?.contents, ...inUse]);
    const unused = [...this.#contents.keys()].find((contents) => !used.has(contents));
    if (unused === undefined) {
      return false;
    }
    this.#requireRoom();
    return this.#contents.delete(unused);
  }

  #bytesOf(contents: number): Uint8Array {
    return this.#contents.get(contents)?.subarray(0, Infinity) ?? new Uint8Array();
  }

  #requireRoom(): void {
    if (this.#disk.isFull) throw new LabError('disk-full', 'database or disk is full');
  }
}
