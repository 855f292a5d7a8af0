/** A raft.db that has reached its limit: the true reason in words, and room again at the next start. */
import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { LabError } from '../../../src/contract/errors.ts';
import { KvStateMachine } from '../../../src/kv/index.ts';
import type { OpenDatabaseOptions } from '../../../src/node/storage/openDatabase.ts';
import { RaftStorage } from '../../../src/node/storage/raftStorage.ts';
import type { Entry } from '../../../src/raft/types.ts';
import { optionsFor, temporaryFolder, THREE_VOTERS } from './support.ts';

const KIB = 1024;
const ENTRY_BYTES = 32 * KIB;
const CONTENTS = new KvStateMachine().snapshot();

function open(options: OpenDatabaseOptions): RaftStorage {
  const storage = RaftStorage.open(options);
  onTestFinished(() => storage.close());
  return storage;
}

const big = (index: number): Entry => ({ index, term: 1, type: 'command', data: new Uint8Array(ENTRY_BYTES) });

/** Appends committed entries until it does not go on. @returns the last one written, and why the next was not */
function fill(storage: RaftStorage): { readonly last: number; readonly error: LabError } {
  for (let last = storage.lastIndex(); last < 10_000; last += 1) {
    try {
      const hardState = { currentTerm: 1, votedFor: 2, commitIndex: last };
      storage.write({ entries: [big(last + 1)], hardState, snapshot: undefined });
    } catch (error) {
      return { last, error: error instanceof LabError ? error : expect.unreachable(`raw: ${String(error)}`) };
    }
  }
  return expect.unreachable('it never filled');
}

function takeSnapshot(storage: RaftStorage, lastIncludedIndex: number): void {
  const contents = storage.snapshots.newContents();
  storage.snapshots.writePiece(contents, 0, CONTENTS);
  storage.snapshots.adopt({
    lastIncludedIndex, lastIncludedTerm: 1, configuration: THREE_VOTERS, bytes: CONTENTS.length,
    sha256: createHash('sha256').update(CONTENTS).digest(), contents,
  });
}

test('says that it is the limit of the file, not a full disk', () => {
  const directory = temporaryFolder();
  const { error } = fill(open(optionsFor(directory, { bytesMax: 2 * KIB * KIB })));
  expect(error.code).toBe('disk-full');
  expect(error.message).toContain('raft.db has reached its limit of 2 MiB: restart the node');
});

test('at its start gives up the log that the snapshot covers, and what was being taken or received', () => {
  const options = optionsFor(temporaryFolder(), { bytesMax: KIB * KIB });
  const before = open(options);
  before.write({ entries: [1, 2, 3].map(big), hardState: undefined, snapshot: undefined });
  fill(before);
  before.close();
  // As if it had been filled with a snapshot half taken and another half received, in an earlier Raftlab.
  const larger = open({ ...options, bytesMax: 16 * KIB * KIB });
  const half = larger.snapshots.newContents();
  larger.snapshots.writePiece(half, 0, new Uint8Array(300 * KIB));
  larger.snapshots.beginIncoming({
    lastIncludedIndex: 9000, lastIncludedTerm: 2, configuration: THREE_VOTERS, bytes: 10, sha256: new Uint8Array(32),
  });
  larger.snapshots.appendIncoming(new Uint8Array(5));
  const { hardState } = larger;
  takeSnapshot(larger, hardState.commitIndex - 2);
  const last = larger.lastIndex();
  larger.close();

  const after = open({ ...options, mayCreate: false });
  expect([after.firstIndex(), after.lastIndex()]).toEqual([hardState.commitIndex - 1, last]);
  expect(after.term(after.firstIndex() - 1)).toBe(1);
  expect(after.hardState).toEqual(hardState);
  expect(after.snapshots.incoming).toBeUndefined();
  expect(after.snapshots.read(half, 0, 10)).toHaveLength(0);
  expect(after.snapshots.read(after.snapshots.current.contents, 0, CONTENTS.length)).toEqual(Buffer.from(CONTENTS));
  expect(fill(after).last).toBeGreaterThan(last + 15);
  after.close();
  open({ ...options, mayCreate: false });
});

test('at its start gets a little above its limit where no snapshot covers its log, so that one can be taken', () => {
  const options = optionsFor(temporaryFolder(), { bytesMax: KIB * KIB });
  const before = open(options);
  const { last } = fill(before);
  before.close();

  const after = open({ ...options, mayCreate: false });
  expect([after.firstIndex(), after.lastIndex()]).toEqual([1, last]);
  after.snapshots.writePiece(after.snapshots.newContents(), 0, new Uint8Array(5 * ENTRY_BYTES));
  takeSnapshot(after, last - 1);
  while (!after.discardLogTo(last - 1)) {
    // a part at a time
  }
  expect(fill(after).last).toBeGreaterThan(last + 15);
});

test('keeps its log when there is room enough', () => {
  const options = optionsFor(temporaryFolder(), { bytesMax: KIB * KIB });
  const before = open(options);
  before.write({
    entries: [1, 2, 3, 4].map(big), hardState: { currentTerm: 1, votedFor: 1, commitIndex: 4 }, snapshot: undefined,
  });
  takeSnapshot(before, 3);
  before.close();
  expect(open({ ...options, mayCreate: false }).firstIndex()).toBe(1);
});

test('trailing entries are found by number and by bytes, in memory and in the file', () => {
  const options = optionsFor(temporaryFolder());
  const storage = open(options);
  const entries = Array.from({ length: 20 }, (_, at) => big(at + 1));
  storage.write({ entries, hardState: { currentTerm: 1, votedFor: 2, commitIndex: 0 }, snapshot: undefined });
  const check = (asked: RaftStorage): void => {
    expect(asked.indexBefore(18, 5, Infinity)).toBe(13);
    expect(asked.indexBefore(18, 1000, 3 * ENTRY_BYTES)).toBe(15);
    expect(asked.indexBefore(18, 1000, 3 * ENTRY_BYTES - 1)).toBe(16);
    expect(asked.indexBefore(18, 1000, Infinity)).toBe(0);
    expect(asked.indexBefore(18, 1000, 0)).toBe(18);
  };
  check(storage);
  storage.close();
  check(open(options));
});
