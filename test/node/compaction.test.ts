/** Compaction on a real file: what a snapshot holds, what is discarded, and what becomes of one that is overtaken. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { LabErrorData } from '../../src/contract/errors.ts';
import { encodeKvEntry, KvStateMachine } from '../../src/kv/index.ts';
import { MACHINE } from '../../src/node/machine.ts';
import { RaftStorage } from '../../src/node/storage/raftStorage.ts';
import { Compaction } from '../../src/server/snapshots/compaction.ts';
import type { NodeTraceBody } from '../../src/server/protocol.ts';
import { COMPACTION_DEFAULTS } from '../../src/server/snapshots/compactionPolicy.ts';
import type { CompactionSettings } from '../../src/server/snapshots/compactionPolicy.ts';
import { restoreStateMachine } from '../../src/server/snapshots/snapshotLoader.ts';
import { RaftNode } from '../../src/raft/index.ts';
import type { Entry } from '../../src/raft/index.ts';
import { asRaftSnapshot } from '../../src/server/logStore.ts';
import { progressOf, TestTrace } from '../server/support.ts';
import { optionsFor, temporaryFolder, THREE_VOTERS } from './storage/support.ts';

const STEP_BYTES = 256 * 1024;

/** What is kept of a log, and of the snapshots behind it, by a node that applies entries. */
class Node {
  readonly directory = temporaryFolder();
  readonly storage = RaftStorage.open(optionsFor(this.directory));
  readonly trace = new TestTrace();
  readonly compaction: Compaction;
  /** Tells that the commit index is written, which was asked for; undefined: it is told at once. */
  slowDisk: (() => void)[] | undefined;
  stateMachine = new KvStateMachine();
  indexNeeded = Infinity;
  contentsInUse: readonly number[] = [];
  lastApplied = 0;

  constructor(settings: Partial<CompactionSettings> = {}) {
    onTestFinished(() => this.storage.close());
    const { storage } = this;
    const id = 3;
    const raft = new RaftNode({
      id, electionTimeoutTicks: 10, heartbeatTicks: 1, randomizedElectionTimeout: (ticks) => ticks, storage,
    });
    this.compaction = new Compaction({
      world: { ...MACHINE, store: storage, trace: this.trace },
      settings: { ...COMPACTION_DEFAULTS, afterEntries: 100, trailingEntries: 10, ...settings },
      stepBytes: STEP_BYTES,
      raft: {
        id,
        configuration: THREE_VOTERS,
        status: () => ({
          ...raft.status(),
          progress: [progressOf(id, { matchIndex: 0 }), progressOf(2, { matchIndex: this.indexNeeded })],
        }),
      },
      applier: this,
      writer: {
        writeWaiting: (written) => {
          const hardState = { ...storage.hardState, commitIndex: this.lastApplied };
          storage.write({ entries: [], hardState, snapshot: undefined }, () => {
            if (this.slowDisk === undefined) written();
            else this.slowDisk.push(written);
          });
        },
      },
      contentsInUse: () => this.contentsInUse,
    });
  }

  /** What was told. */
  get told(): readonly NodeTraceBody[] {
    return this.trace.told;
  }

  /** The state machine as the node's snapshot has it. */
  restored(): KvStateMachine {
    return restoreStateMachine({ ...MACHINE, store: this.storage }, STEP_BYTES);
  }

  /**
   * So many more entries are appended and applied; each puts a value of `valueLength` characters, under a key of its
   * own or under `key`.
   */
  apply(count: number, valueLength = 10, key?: number): void {
    const from = this.storage.lastIndex() + 1;
    const entries = Array.from({ length: count }, (_, at): Entry => ({
      index: from + at, term: 1, type: 'command', data: encodeKvEntry(from + at === 1
        ? { kind: 'register', client: 'c', request: 'r' }
        : {
          kind: 'request', client: 'c', session: 1, sequence: from + at, acknowledgedBelow: from + at,
          command: { op: 'put', key: `key ${key ?? from + at}`, value: 'x'.repeat(valueLength) },
        }),
    }));
    this.storage.write({ entries, hardState: undefined, snapshot: undefined });
    for (const { index, data } of entries) {
      this.stateMachine.apply(index, data);
      this.lastApplied = index;
    }
    this.compaction.onApplied(entries);
  }

  /** A leader's snapshot takes the place of the state machine and of the log. */
  install(lastIncludedIndex: number): void {
    const contents = new KvStateMachine().snapshot();
    const sha256 = createHash('sha256').update(contents).digest();
    const head = {
      lastIncludedIndex, lastIncludedTerm: 2, configuration: THREE_VOTERS, bytes: contents.length, sha256,
    };
    this.storage.snapshots.beginIncoming(head);
    this.storage.snapshots.appendIncoming(contents);
    const hardState = { currentTerm: 2, votedFor: 0, commitIndex: lastIncludedIndex };
    this.storage.write({ entries: [], hardState, snapshot: asRaftSnapshot(head) });
    this.compaction.onInstalled();
    this.stateMachine = KvStateMachine.restore(contents);
    this.lastApplied = lastIncludedIndex;
  }

  /** Does all that there is to do. @returns in how many steps */
  work(): number {
    let steps = 1;
    while (this.compaction.step()) {
      steps += 1;
    }
    return steps;
  }

  /** Asks for a compaction. @returns what was said when it was settled, one item for each time */
  compactNow(): (LabErrorData | 'done')[] {
    const said: (LabErrorData | 'done')[] = [];
    this.compaction.compactNow((error) => said.push(error ?? 'done'));
    return said;
  }

  get snapshotIndex(): number {
    return this.storage.snapshots.current.lastIncludedIndex;
  }

  /** The contents of which there are pieces in the file. */
  get contentsInFile(): unknown[] {
    const reader = new Database(join(this.directory, 'raft.db'), { readonly: true });
    const found = reader.prepare('SELECT DISTINCT contents FROM snapshot_contents ORDER BY contents').pluck().all();
    reader.close();
    return found;
  }
}

test('a snapshot is taken after so many entries, and again after as many more', () => {
  const node = new Node();
  node.apply(99);
  node.work();
  expect([node.snapshotIndex, node.storage.firstIndex(), node.told]).toEqual([0, 1, []]);
  node.apply(1);
  node.work();
  expect([node.snapshotIndex, node.storage.firstIndex()]).toEqual([100, 91]);
  expect(node.told).toMatchObject([
    { type: 'snapshotTaken', lastIncludedIndex: 100, lastIncludedTerm: 1, bytes: node.storage.snapshots.current.bytes },
    { type: 'logCompacted', firstIndex: 91 },
  ]);
  expect(node.restored().snapshot()).toEqual(node.stateMachine.snapshot());
  node.apply(99);
  node.work();
  expect(node.snapshotIndex).toBe(100);
  node.apply(1);
  node.work();
  expect([node.snapshotIndex, node.contentsInFile]).toEqual([200, [node.storage.snapshots.current.contents]]);
});

test('a snapshot is taken after so many bytes', () => {
  const node = new Node({ afterBytes: 5000 });
  node.apply(2, 2000);
  node.work();
  expect(node.snapshotIndex).toBe(0);
  node.apply(2, 2000);
  node.work();
  expect(node.snapshotIndex).toBe(4);
  node.apply(1, 2000);
  node.work();
  expect(node.snapshotIndex, 'bytes are counted anew').toBe(4);
});

test('a large one is taken in many steps, and holds what was there at the first, whatever is applied meanwhile', () => {
  const node = new Node({ afterEntries: 30 });
  node.apply(30, 100_000);
  const expected = node.stateMachine.snapshot();
  expect(node.compaction.step(), 'there is more to do').toBe(true);
  node.apply(29);
  expect(node.work()).toBeGreaterThan(5);
  expect(node.snapshotIndex).toBe(30);
  expect(Buffer.compare(node.restored().snapshot(), expected)).toBe(0);
  node.apply(1);
  node.work();
  expect(node.snapshotIndex, 'what was applied meanwhile counts for the next one').toBe(60);
});

test('followers that are catching up hold back the log, not the snapshot', () => {
  const node = new Node();
  node.indexNeeded = 40;
  node.apply(100);
  node.work();
  expect([node.snapshotIndex, node.storage.firstIndex()]).toEqual([100, 41]);
});

test('what a follower is being sent is kept until it is released', () => {
  const node = new Node();
  node.apply(100);
  node.work();
  const { contents } = node.storage.snapshots.current;
  node.contentsInUse = [contents];
  node.apply(100);
  node.work();
  expect(node.contentsInFile).toEqual([contents, node.storage.snapshots.current.contents]);
  node.contentsInUse = [];
  expect(node.work(), 'nothing is known to be of no use').toBe(1);
  node.compaction.onContentsReleased();
  node.work();
  expect(node.contentsInFile).toEqual([node.storage.snapshots.current.contents]);
});

test('one is taken before it is due when a follower needs it', () => {
  const node = new Node();
  node.apply(11);
  node.compaction.want();
  node.work();
  expect([node.snapshotIndex, node.storage.firstIndex()]).toEqual([11, 2]);
});

test('one that is being taken will do for a follower; a compaction that is asked for is settled by it, too', () => {
  const node = new Node({ afterEntries: 30 });
  node.apply(30, 100_000);
  node.compaction.step();
  node.apply(1);
  node.compaction.want();
  const said = node.compactNow();
  node.work();
  expect([node.snapshotIndex, node.storage.firstIndex(), said]).toEqual([30, 31, ['done']]);
});

test('a compaction that is asked for takes a snapshot of now, and discards all of the log that it covers', () => {
  const node = new Node();
  node.indexNeeded = 2;
  node.apply(20);
  const [said, alsoSaid] = [node.compactNow(), node.compactNow()];
  node.compaction.step();
  expect(said).toEqual([]);
  node.work();
  expect([node.snapshotIndex, node.storage.firstIndex(), said, alsoSaid]).toEqual([20, 21, ['done'], ['done']]);
  const again = node.compactNow();
  node.work();
  expect([again, node.told.length], 'there is nothing new to take').toEqual([['done'], 2]);
});

test('a compaction that is asked for while the log is being discarded comes after that', () => {
  const node = new Node();
  node.apply(20);
  const first = node.compactNow();
  while (node.snapshotIndex === 0) {
    node.compaction.step();
  }
  node.apply(1);
  const second = node.compactNow();
  expect([first, second]).toEqual([[], []]);
  node.work();
  expect([node.snapshotIndex, node.storage.firstIndex(), first, second]).toEqual([21, 22, ['done'], ['done']]);
});

test('a leader’s snapshot that is installed meanwhile stays, and its own one is given up with all its pieces', () => {
  const node = new Node({ afterEntries: 30 });
  node.work();
  node.apply(30, 100_000);
  const state = node.stateMachine.freeze();
  const release = vi.spyOn(state, 'release');
  vi.spyOn(node.stateMachine, 'freeze').mockReturnValueOnce(state);
  const said = node.compactNow();
  node.compaction.step();
  node.compaction.step();
  expect(node.contentsInFile).toHaveLength(1);
  node.install(500);
  expect(said).toEqual(['done']);
  expect(release, 'the replaced state machine keeps nothing for it').toHaveBeenCalledOnce();
  node.work();
  expect(node.told).toEqual([]);
  expect([node.snapshotIndex, node.storage.firstIndex()]).toEqual([500, 501]);
  expect(node.contentsInFile).toEqual([node.storage.snapshots.current.contents]);
  node.apply(29);
  node.work();
  expect(node.snapshotIndex, 'entries are counted anew').toBe(500);
  node.apply(1);
  node.work();
  expect(node.snapshotIndex).toBe(530);
});

test('a snapshot counts when the commit index is written, on a slow disk not before that', () => {
  const node = new Node();
  node.slowDisk = [];
  node.apply(100);
  for (let step = 1; step <= 10; step += 1) node.compaction.step();
  expect([node.snapshotIndex, node.told, node.slowDisk.length]).toEqual([0, [], 1]);
  node.slowDisk.shift()?.();
  node.work();
  expect([node.snapshotIndex, node.storage.firstIndex()]).toEqual([100, 91]);
  expect(node.told.map(({ type }) => type)).toEqual(['snapshotTaken', 'logCompacted']);
});

test('a leader’s snapshot that is installed before the disk is done stays', () => {
  const node = new Node();
  node.slowDisk = [];
  node.apply(100);
  for (let step = 1; step <= 10; step += 1) node.compaction.step();
  node.install(500);
  node.slowDisk.shift()?.();
  node.work();
  expect([node.snapshotIndex, node.told]).toEqual([500, []]);
  expect(node.contentsInFile).toEqual([node.storage.snapshots.current.contents]);
});

test('what a crash left of a snapshot is deleted', () => {
  const node = new Node();
  const contents = node.storage.snapshots.newContents();
  node.storage.snapshots.writePiece(contents, 0, new Uint8Array(10));
  node.work();
  expect(node.contentsInFile).toEqual([]);
});

test('whoever waits when the node ends is told so, also while the log is being discarded', () => {
  const node = new Node();
  node.apply(20);
  const said = node.compactNow();
  node.compaction.step();
  node.compaction.close();
  expect(said).toMatchObject([{ code: 'node-stopped' }]);

  const other = new Node();
  other.apply(20);
  const alsoSaid = other.compactNow();
  while (other.snapshotIndex === 0) {
    other.compaction.step();
  }
  other.compaction.close();
  expect(alsoSaid).toMatchObject([{ code: 'node-stopped' }]);
});

test('the file holds two snapshots and as much of the log at most, however fast entries come', () => {
  const node = new Node({ afterBytes: 512 * 1024 });
  const keys = 8;
  const valueBytes = 512 * 1024;
  let mostBytes = 0;
  for (let count = 1; count <= 12 * keys; count += 1) {
    node.apply(1, valueBytes, count % keys);
    node.compaction.step();
    mostBytes = Math.max(mostBytes, node.storage.fileBytes());
  }
  expect(node.snapshotIndex).toBeGreaterThan(0);
  // The old snapshot and the new one, and entries of as much again.
  expect(mostBytes).toBeLessThan(4 * keys * valueBytes);
});
