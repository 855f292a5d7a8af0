/** The snapshots on a simulated disk, and their bytes in pieces. */
import { LabError } from '../contract/errors.ts';
import { invariant } from '../raft/assert.ts';
import { EMPTY_CONFIGURATION, type Snapshot } from '../raft/index.ts';
import {
  asRaftSnapshot, type SnapshotHead, type SnapshotStore, type StoredSnapshot,
} from '../server/logStore.ts';
import type { DiskBeginning, SimulatedDisk } from './disk.ts';

const NONE_YET: StoredSnapshot = {
  lastIncludedIndex: 0, lastIncludedTerm: 0, configuration: EMPTY_CONFIGURATION, bytes: 0, sha256: new Uint8Array(),
  contents: 0,
};

export class SimulatedSnapshots implements SnapshotStore {
  readonly #disk: SimulatedDisk;
  readonly #contents = new Map<number, Uint8Array>();
  #current: StoredSnapshot;
  #incoming: StoredSnapshot | undefined;
  #lastContents = 0;

  constructor(disk: SimulatedDisk, beginning: DiskBeginning) {
    this.#disk = disk;
    if ('head' in beginning) {
      const contents = this.newContents();
      this.#contents.set(contents, beginning.data);
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
    return this.#incoming === undefined ? 0 : this.#bytesOf(this.#incoming.contents).length;
  }

  newContents(): number {
    this.#lastContents += 1;
    return this.#lastContents;
  }

  writePiece(contents: number, offset: number, data: Uint8Array): void {
    this.#requireRoom();
    const before = this.#bytesOf(contents);
    invariant(before.length === offset, () => `a piece at ${offset} after ${before.length} bytes of a snapshot`);
    this.#contents.set(contents, appended(before, data));
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

  beginIncoming(head: SnapshotHead): void {
    this.#requireRoom();
    this.#incoming = { ...head, contents: this.newContents() };
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
    return this.#bytesOf(contents).subarray(offset, offset + length);
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
    return this.#contents.get(contents) ?? new Uint8Array();
  }

  #requireRoom(): void {
    if (this.#disk.isFull) throw new LabError('disk-full', 'database or disk is full');
  }
}

/** Both, one after the other: in the room that is kept behind what grows, so that a piece costs what it is long. */
function appended(before: Uint8Array, data: Uint8Array): Uint8Array {
  const length = before.length + data.length;
  if (before.buffer.byteLength >= length) {
    const grown = new Uint8Array(before.buffer, 0, length);
    grown.set(data, before.length);
    return grown;
  }
  const grown = new Uint8Array(Math.max(1024, 2 * length)).subarray(0, length);
  grown.set(before);
  grown.set(data, before.length);
  return grown;
}
