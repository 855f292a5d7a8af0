/** Snapshots in a node's real SQLite file: taken, received, installed, sent from; and the log that they let go. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { KvStateMachine } from '../../../src/kv/index.ts';
import { MACHINE } from '../../../src/node/machine.ts';
import type { OpenDatabaseOptions } from '../../../src/node/storage/openDatabase.ts';
import { RaftStorage } from '../../../src/node/storage/raftStorage.ts';
import type { HardState } from '../../../src/raft/types.ts';
import { asRaftSnapshot } from '../../../src/server/logStore.ts';
import type { SnapshotHead, StoredSnapshot } from '../../../src/server/logStore.ts';
import { restoreStateMachine } from '../../../src/server/snapshots/snapshotLoader.ts';
import { entriesFrom, optionsFor, temporaryFolder, THREE_VOTERS } from './support.ts';

function open(options: OpenDatabaseOptions): RaftStorage {
  const storage = RaftStorage.open(options);
  onTestFinished(() => storage.close());
  return storage;
}

const hardState = (currentTerm: number, votedFor: number, commitIndex: number): HardState =>
  ({ currentTerm, votedFor, commitIndex });

const CONTENTS = new KvStateMachine().snapshot();

function headOf(contents: Uint8Array, lastIncludedIndex: number, lastIncludedTerm: number): SnapshotHead {
  return {
    lastIncludedIndex, lastIncludedTerm, configuration: THREE_VOTERS, bytes: contents.length,
    sha256: createHash('sha256').update(contents).digest(),
  };
}

/** Writes a snapshot in pieces and makes it the node's latest one. */
function take(storage: RaftStorage, index: number, term: number, contents: Uint8Array, pieceBytes = 7): StoredSnapshot {
  const number = storage.snapshots.newContents();
  for (let offset = 0; offset < contents.length; offset += pieceBytes) {
    storage.snapshots.writePiece(number, offset, contents.subarray(offset, offset + pieceBytes));
  }
  const snapshot = { ...headOf(contents, index, term), contents: number };
  storage.snapshots.adopt(snapshot);
  return snapshot;
}

function bytesOf(storage: RaftStorage, { contents, bytes }: StoredSnapshot): Uint8Array {
  return Uint8Array.from(storage.snapshots.read(contents, 0, bytes));
}

/** The state machine of the latest snapshot, read in small steps. */
function restored(storage: RaftStorage): KvStateMachine {
  return restoreStateMachine({ ...MACHINE, store: storage }, 10);
}

describe('a snapshot of the node itself', () => {
  test('is there again, and the log before it goes in steps, trailing entries kept', () => {
    const options = optionsFor(temporaryFolder());
    const storage = open(options);
    storage.write({ entries: entriesFrom(1, 3000, 3), hardState: hardState(3, 0, 2900), snapshot: undefined });
    const bytesBefore = storage.logBytes;
    take(storage, 2500, 3, CONTENTS);
    let steps = 1;
    while (!storage.discardLogTo(2400)) {
      steps += 1;
    }
    expect(steps).toBeGreaterThan(1);
    expect([storage.firstIndex(), storage.lastIndex(), storage.term(2400)]).toEqual([2401, 3000, 3]);
    expect(storage.logBytes).toBe(600 * 'entry 2500'.length);
    expect(storage.logBytes).toBeLessThan(bytesBefore);
    storage.close();

    const after = open(options);
    expect([after.firstIndex(), after.lastIndex(), after.term(2400)]).toEqual([2401, 3000, 3]);
    expect(after.logBytes).toBe(600 * 'entry 2500'.length);
    expect(after.snapshot()).toEqual({
      lastIncludedIndex: 2500, lastIncludedTerm: 3, configuration: THREE_VOTERS, data: new Uint8Array(),
    });
    expect(bytesOf(after, after.snapshots.current)).toEqual(CONTENTS);
    expect(restored(after).snapshot()).toEqual(CONTENTS);
  });

  test('counts from the row that names it on: pieces without a row are nobody\'s, and are deleted', () => {
    const options = optionsFor(temporaryFolder());
    const storage = open(options);
    storage.write({ entries: entriesFrom(1, 5, 1), hardState: hardState(1, 0, 5), snapshot: undefined });
    const first = take(storage, 3, 1, CONTENTS);
    storage.snapshots.writePiece(storage.snapshots.newContents(), 0, new Uint8Array(100));
    storage.close(); // as a crash would, in the middle of the next one

    const after = open(options);
    expect(after.snapshots.current.contents).toBe(first.contents);
    expect(after.snapshots.newContents()).toBeGreaterThan(first.contents + 1);
    while (after.snapshots.deleteUnused([])) {
      // until nothing is left to delete
    }
    expect(bytesOf(after, after.snapshots.current)).toEqual(CONTENTS);
  });

  test('takes the place of the one before, which stays as long as somebody is being sent it', () => {
    const storage = open(optionsFor(temporaryFolder()));
    storage.write({ entries: entriesFrom(1, 9, 1), hardState: hardState(1, 0, 9), snapshot: undefined });
    const first = take(storage, 3, 1, CONTENTS);
    const second = take(storage, 6, 1, CONTENTS);
    expect(storage.snapshots.deleteUnused([first.contents])).toBe(false);
    expect(bytesOf(storage, first)).toEqual(CONTENTS);
    while (storage.snapshots.deleteUnused([])) {
      // until nothing is left to delete
    }
    expect(storage.snapshots.read(first.contents, 0, 10)).toHaveLength(0);
    expect(bytesOf(storage, second)).toEqual(CONTENTS);
  });

  test('is read from any offset on, whatever its pieces are', () => {
    const storage = open(optionsFor(temporaryFolder()));
    storage.write({ entries: entriesFrom(1, 3, 1), hardState: hardState(1, 0, 3), snapshot: undefined });
    const contents = Uint8Array.from({ length: 100 }, (_, at) => at);
    const snapshot = take(storage, 2, 1, contents, 9);
    for (const [offset, length] of [[0, 100], [0, 5], [8, 2], [50, 30], [99, 50]] as const) {
      expect([...storage.snapshots.read(snapshot.contents, offset, length)])
        .toEqual([...contents.subarray(offset, offset + length)]);
    }
    expect(storage.snapshots.read(snapshot.contents, 100, 10)).toHaveLength(0);
  });

  test('cannot let go of entries that it does not cover, nor of those that are not committed', () => {
    for (const [snapshotIndex, commitIndex, to] of [[5, 9, 6], [8, 6, 7]] as const) {
      const storage = open(optionsFor(temporaryFolder()));
      const write = { entries: entriesFrom(1, 9, 1), hardState: hardState(1, 0, commitIndex), snapshot: undefined };
      storage.write(write);
      take(storage, snapshotIndex, 1, CONTENTS);
      expect(() => storage.discardLogTo(to)).toThrow('the log is to be discarded up to');
    }
  });

  test('whose bytes are damaged makes the file corrupt: it is set aside', () => {
    const directory = temporaryFolder();
    const storage = open(optionsFor(directory));
    storage.write({ entries: entriesFrom(1, 3, 1), hardState: hardState(1, 0, 3), snapshot: undefined });
    take(storage, 2, 1, CONTENTS, 1000);
    storage.close();
    const database = new Database(join(directory, 'raft.db'));
    database.exec('UPDATE snapshot_contents SET data = zeroblob(length(data))');
    database.close();
    expect(() => restored(open(optionsFor(directory)))).toThrow('set aside as raft.db.corrupt-1');

    const other = temporaryFolder();
    const shortened = open(optionsFor(other));
    shortened.write({ entries: entriesFrom(1, 3, 1), hardState: hardState(1, 0, 3), snapshot: undefined });
    take(shortened, 2, 1, CONTENTS);
    shortened.close();
    const edited = new Database(join(other, 'raft.db'));
    edited.exec('DELETE FROM snapshot_contents WHERE offset = 7');
    edited.close();
    expect(() => open(optionsFor(other))).toThrow('the snapshot lacks a part');
  });
});

describe('a snapshot of a leader', () => {
  test('is received over a restart, and replaces the whole log; entries follow on it', () => {
    const options = optionsFor(temporaryFolder());
    const storage = open(options);
    storage.write({ entries: entriesFrom(1, 30, 1), hardState: hardState(1, 0, 5), snapshot: undefined });
    const head = headOf(CONTENTS, 20, 3);
    storage.snapshots.beginIncoming(head);
    storage.snapshots.appendIncoming(CONTENTS.subarray(0, 10));
    storage.close();

    const resumed = open(options);
    expect(resumed.snapshots.incoming).toMatchObject({ lastIncludedIndex: 20, lastIncludedTerm: 3 });
    expect(resumed.snapshots.receivedBytes).toBe(10);
    expect(resumed.lastIndex()).toBe(30);
    resumed.snapshots.appendIncoming(CONTENTS.subarray(10));
    resumed.write({ snapshot: asRaftSnapshot(head), entries: entriesFrom(21, 2, 3), hardState: hardState(3, 0, 20) });
    resumed.close();

    const after = open(options);
    expect([after.firstIndex(), after.lastIndex(), after.term(20), after.term(21)]).toEqual([21, 22, 3, 3]);
    expect(after.snapshots.incoming).toBeUndefined();
    expect(bytesOf(after, after.snapshots.current)).toEqual(CONTENTS);
    expect(after.initialState().configuration).toEqual(THREE_VOTERS);
  });

  test('is installed only when all of it was received', () => {
    const storage = open(optionsFor(temporaryFolder()));
    const head = headOf(CONTENTS, 20, 3);
    storage.snapshots.beginIncoming(head);
    storage.snapshots.appendIncoming(CONTENTS.subarray(0, 10));
    expect(() => storage.write({ snapshot: asRaftSnapshot(head), entries: [], hardState: hardState(3, 0, 20) }))
      .toThrow(`received were 10 of ${CONTENTS.length} bytes`);
  });

  test('that another takes the place of, or that is dropped, leaves nothing behind', () => {
    const directory = temporaryFolder();
    const storage = open(optionsFor(directory));
    storage.snapshots.beginIncoming(headOf(CONTENTS, 20, 3));
    storage.snapshots.appendIncoming(CONTENTS.subarray(0, 10));
    storage.snapshots.beginIncoming(headOf(CONTENTS, 25, 3));
    expect(storage.snapshots.receivedBytes).toBe(0);
    storage.snapshots.appendIncoming(CONTENTS);
    storage.snapshots.dropIncoming();
    while (storage.snapshots.deleteUnused([])) {
      // until nothing is left to delete
    }
    const reader = new Database(join(directory, 'raft.db'), { readonly: true });
    expect(reader.prepare('SELECT count(*) FROM snapshot_contents').pluck().get()).toBe(0);
    reader.close();
  });
});

test('the pages of what was let go are used again: the file does not grow with the number of snapshots', () => {
  const storage = open(optionsFor(temporaryFolder()));
  const contents = new Uint8Array(300_000).fill(7);
  const sizes: number[] = [];
  for (let round = 1; round <= 12; round += 1) {
    const first = (round - 1) * 200 + 1;
    storage.write({
      entries: entriesFrom(first, 200, 1).map((entry) => ({ ...entry, data: new Uint8Array(1000) })),
      hardState: hardState(1, 0, first + 199), snapshot: undefined,
    });
    take(storage, first + 199, 1, contents, 65_536);
    while (!storage.discardLogTo(first + 189) || storage.snapshots.deleteUnused([])) {
      // until all is gone
    }
    sizes.push(storage.fileBytes());
  }
  expect(Math.max(...sizes)).toBeLessThan(4 * 1024 * 1024);
  expect(sizes.at(-1)).toBe(sizes.at(-5));
});

test('a file of format 1, which had no snapshots, is brought up to date with everything in it', () => {
  const directory = temporaryFolder();
  const storage = open(optionsFor(directory));
  storage.write({ entries: entriesFrom(1, 4, 1), hardState: hardState(1, 2, 3), snapshot: undefined });
  storage.close();
  const database = new Database(join(directory, 'raft.db'));
  database.exec(`
    ALTER TABLE log DROP COLUMN crc32;
    DROP TABLE snapshot; DROP TABLE incoming_snapshot; DROP TABLE snapshot_contents;
    CREATE TABLE snapshot (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      last_included_index INTEGER NOT NULL CHECK (last_included_index >= 0),
      last_included_term INTEGER NOT NULL CHECK (last_included_term >= 0),
      configuration TEXT NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    PRAGMA user_version = 1;`);
  database.prepare("INSERT INTO snapshot VALUES (1, 0, 0, ?, x'')").run(JSON.stringify(THREE_VOTERS));
  database.close();

  const after = open(optionsFor(directory, { mayCreate: false }));
  expect(after.initialState()).toEqual({ hardState: hardState(1, 2, 3), configuration: THREE_VOTERS });
  expect(after.lastIndex()).toBe(4);
  expect(after.snapshot()).toBeUndefined();
});

test('a file of format 2, which had no checksums, is brought up to date; what it holds is believed without', () => {
  const directory = temporaryFolder();
  const storage = open(optionsFor(directory));
  storage.write({ entries: entriesFrom(1, 4, 1), hardState: hardState(1, 2, 3), snapshot: undefined });
  take(storage, 3, 1, CONTENTS);
  storage.close();
  const database = new Database(join(directory, 'raft.db'));
  database.exec(`
    ALTER TABLE log DROP COLUMN crc32;
    ALTER TABLE snapshot_contents DROP COLUMN crc32;
    PRAGMA user_version = 2;`);
  database.close();

  const after = open(optionsFor(directory, { mayCreate: false }));
  expect(after.entries(1, 5, Infinity)).toEqual(entriesFrom(1, 4, 1).map((entry) => ({
    ...entry, data: Buffer.from(entry.data),
  })));
  expect(restored(after).snapshot()).toEqual(CONTENTS);
  after.write({ entries: entriesFrom(5, 1, 1), hardState: undefined, snapshot: undefined });
  after.close();
  expect(open(optionsFor(directory, { mayCreate: false })).lastIndex()).toBe(5);
});
