/** The simulated disk: what a crash leaves of a write, what an unreadable disk does, and what a full one takes. */
import { describe, expect, it } from 'vitest';
import { configurationOf, type Entry, InvariantViolation } from '../../src/raft/index.ts';
import { asRaftSnapshot, type SnapshotHead } from '../../src/server/logStore.ts';
import { type DiskListener, SimulatedDisk, TornWriteError } from '../../src/sim/disk.ts';
import { SimulatedStore } from '../../src/sim/simulatedStore.ts';

const configuration = configurationOf([1, 2, 3]);
const entry: Entry = { index: 1, term: 1, type: 'no-op', data: new Uint8Array() };
const write = { hardState: { currentTerm: 1, votedFor: 2, commitIndex: 0 }, entries: [entry], snapshot: undefined };

function writing(): SimulatedDisk {
  const disk = new SimulatedDisk(configuration);
  disk.begin(write);
  return disk;
}

function listenTo(stored: unknown[]): DiskListener {
  const add = (...what: unknown[]) => void stored.push(...what);
  return { onStored: add, onSnapshot: add, onReceived: add };
}

/** A disk whose writes end when the test says so. */
function storeOn(disk: SimulatedDisk) {
  const ends: (() => void)[] = [];
  const store = new SimulatedStore(disk, (finish, goOn) => {
    ends.push(finish, goOn);
    return 250;
  });
  return { store, end: () => ends.splice(0).forEach((action) => action()) };
}

/** A store with `count` entries of `bytes` bytes each, of which all are committed. */
function filledStore(count: number, bytes = 10) {
  const disk = new SimulatedDisk(configuration);
  const { store, end } = storeOn(disk);
  const entries = Array.from({ length: count }, (_, position): Entry => (
    { index: position + 1, term: 1, type: 'command', data: new Uint8Array(bytes) }));
  store.write({ hardState: { currentTerm: 1, votedFor: 1, commitIndex: count }, entries, snapshot: undefined },
    () => undefined);
  end();
  return { disk, store };
}

const head = (lastIncludedIndex: number, bytes: number): SnapshotHead => (
  { lastIncludedIndex, lastIncludedTerm: 1, configuration, bytes, sha256: new Uint8Array(32) });

describe('a simulated disk', () => {
  it('has nothing of a write before it is done, and all of it then', () => {
    const disk = writing();
    expect(disk.hardState.votedFor).toBe(0);
    expect(disk.has(1, 1)).toBe(false);
    disk.finish();
    expect(disk.hardState.votedFor).toBe(2);
    expect(disk.has(1, 1)).toBe(true);
  });

  it('tells of what is stored when it is, also where a crash has completed it', () => {
    const stored: unknown[] = [];
    for (const end of [(disk: SimulatedDisk) => disk.finish(), (disk: SimulatedDisk) => disk.crash('completed')]) {
      const disk = writing();
      disk.listener = listenTo(stored);
      end(disk);
    }
    const lost = writing();
    lost.listener = listenTo(stored);
    lost.crash('lost');
    expect(stored).toEqual([write, write]);
  });

  it('loses the write under way in a crash, or finds it complete', () => {
    const lost = writing();
    lost.crash('lost');
    lost.open();
    expect(lost.storage.lastIndex()).toBe(0);
    const completed = writing();
    completed.crash('completed');
    completed.open();
    expect(completed.storage.lastIndex()).toBe(1);
    expect([completed.isWriting, completed.boots]).toEqual([false, 1]);
  });

  it('refuses to open after a torn write', () => {
    const disk = writing();
    disk.crash('torn');
    expect(() => disk.open()).toThrow(TornWriteError);
  });

  it('cannot tear what was not being written', () => {
    const disk = writing();
    disk.finish();
    disk.crash('torn');
    disk.open();
    expect(disk.storage.lastIndex()).toBe(1);
  });

  it('does one write at a time', () => {
    expect(() => writing().begin(write)).toThrow('while another was under way');
    expect(() => new SimulatedDisk(configuration).finish()).toThrow('no write is under way');
  });
});

describe('a store on it', () => {
  it('says that a change is written when it is, and how long it took', () => {
    const { store, end } = storeOn(new SimulatedDisk(configuration));
    const reports: unknown[] = [];
    store.write({ ...write, entries: [{ ...entry, data: new Uint8Array(7) }] }, (report) => reports.push(report));
    expect([reports, store.lastIndex()]).toEqual([[], 0]);
    end();
    expect([reports, store.lastIndex()]).toEqual([[{ durationMs: 0.25, entryBytes: 7 }], 1]);
  });

  it('takes nothing while the disk is full', () => {
    const { disk, store } = filledStore(3);
    disk.isFull = true;
    const { snapshots } = store;
    for (const action of [
      () => store.write(write, () => undefined),
      () => snapshots.writePiece(1, 0, new Uint8Array(1)),
      () => snapshots.beginIncoming(head(9, 9)),
      () => snapshots.adopt({ ...head(3, 0), contents: 1 }),
      () => snapshots.dropIncoming(),
    ]) {
      expect(action).toThrow('disk is full');
    }
    expect(disk.isWriting).toBe(false);
  });

  it('counts the bytes of its log, through appending, replacing and discarding', () => {
    const { disk, store } = filledStore(4);
    expect(store.logBytes).toBe(40);
    const { store: next, end } = storeOn(disk);
    next.write({
      hardState: { currentTerm: 2, votedFor: 0, commitIndex: 2 },
      entries: [{ index: 3, term: 2, type: 'command', data: new Uint8Array(1) }], snapshot: undefined,
    }, () => undefined);
    end();
    expect([next.logBytes, store.logBytes]).toEqual([21, 21]);
    next.snapshots.adopt({ ...head(2, 0), contents: 1 });
    expect(next.discardLogTo(1)).toBe(true);
    expect(next.logBytes).toBe(11);
  });

  it('discards nothing that its snapshot does not cover, or that is not known to be committed', () => {
    const { store } = filledStore(4);
    expect(() => store.discardLogTo(1)).toThrow(InvariantViolation);
    store.snapshots.adopt({ ...head(4, 0), contents: 1 });
    expect(store.discardLogTo(4)).toBe(true);
    expect(() => store.discardLogTo(5)).toThrow(InvariantViolation);
    expect(store.firstIndex()).toBe(5);
  });

  it('discards a long log in several steps', () => {
    const { store } = filledStore(20);
    store.snapshots.adopt({ ...head(20, 0), contents: 1 });
    expect(store.discardLogTo(20)).toBe(false);
    expect(store.firstIndex()).toBeGreaterThan(1);
    expect(store.firstIndex()).toBeLessThan(20);
    while (!store.discardLogTo(20)) {
      // a step more
    }
    expect(store.firstIndex()).toBe(21);
  });

  it('finds the index before the last entries, by their number and their bytes', () => {
    const { store } = filledStore(10, 100);
    expect(store.indexBefore(8, 3, Infinity)).toBe(5);
    expect(store.indexBefore(8, 100, 250)).toBe(6);
    expect(store.indexBefore(8, 100, Infinity)).toBe(0);
  });
});

describe('the snapshots on it', () => {
  it('are written piece by piece, without gaps', () => {
    const { snapshots } = filledStore(3).store;
    const contents = snapshots.newContents();
    snapshots.writePiece(contents, 0, new Uint8Array([1, 2]));
    expect(() => snapshots.writePiece(contents, 3, new Uint8Array([4]))).toThrow(InvariantViolation);
    snapshots.writePiece(contents, 2, new Uint8Array([3]));
    expect([...snapshots.read(contents, 1, 5)]).toEqual([2, 3]);
  });

  it('are installed when all bytes have come, in the write that replaces the log', () => {
    const { disk, store } = filledStore(3);
    store.snapshots.beginIncoming(head(9, 2));
    store.snapshots.appendIncoming(new Uint8Array([1]));
    const install = () => {
      const { store: next, end } = storeOn(disk);
      next.write({ hardState: undefined, entries: [], snapshot: asRaftSnapshot(head(9, 2)) }, () => undefined);
      end();
    };
    expect(install).toThrow(InvariantViolation);
    disk.crash('lost');
    expect(store.snapshots.receivedBytes, 'what was received outlasts the crash').toBe(1);
    store.snapshots.appendIncoming(new Uint8Array([2]));
    expect(() => store.snapshots.appendIncoming(new Uint8Array([3]))).toThrow(InvariantViolation);
    install();
    expect(store.snapshots.current.lastIncludedIndex).toBe(9);
    expect([store.snapshots.incoming, store.firstIndex(), store.logBytes]).toEqual([undefined, 10, 0]);
  });

  it('keep the bytes that are in use, and delete the others one after the other', () => {
    const { snapshots } = filledStore(3).store;
    const [current, sent, unused] = [1, 2, 3].map((byte) => {
      const contents = snapshots.newContents();
      snapshots.writePiece(contents, 0, new Uint8Array([byte]));
      return contents;
    });
    snapshots.adopt({ ...head(3, 1), contents: current ?? 0 });
    while (snapshots.deleteUnused([sent ?? 0])) {
      // one more
    }
    expect([current, sent, unused].map((contents) => snapshots.read(contents ?? 0, 0, 9).length)).toEqual([1, 1, 0]);
  });

  it('only ever become newer', () => {
    const { snapshots } = filledStore(3).store;
    snapshots.adopt({ ...head(2, 0), contents: 1 });
    expect(() => snapshots.adopt({ ...head(2, 0), contents: 2 })).toThrow(InvariantViolation);
  });
});
