/** The durable log on real SQLite files: what is written is there again, conflicts go, bad files are never trusted. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LabError } from '../../../src/contract/errors.ts';
import { RaftStorage } from '../../../src/node/storage/raftStorage.ts';
import { SCHEMA_VERSION } from '../../../src/node/storage/schema.ts';
import type { OpenDatabaseOptions } from '../../../src/node/storage/openDatabase.ts';
import type { Entry, HardState } from '../../../src/raft/types.ts';
import { entriesFrom, optionsFor, temporaryFolder, THREE_VOTERS } from './support.ts';

function open(options: OpenDatabaseOptions): RaftStorage {
  const storage = RaftStorage.open(options);
  onTestFinished(() => storage.close());
  return storage;
}

function write(storage: RaftStorage, entries: readonly Entry[], hardState?: HardState): void {
  storage.write({ entries, hardState, snapshot: undefined });
}

/** The error that `action` throws; fails the test when it throws none or another kind. */
function labErrorOf(action: () => unknown): LabError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(LabError);
    return error as LabError;
  }
  return expect.unreachable('nothing was thrown');
}

const hardState = (currentTerm: number, votedFor: number, commitIndex: number): HardState =>
  ({ currentTerm, votedFor, commitIndex });

describe('a new file', () => {
  test('is empty, in term 0, with the configuration that the cluster begins with', () => {
    const storage = open(optionsFor(temporaryFolder()));
    expect(storage.initialState()).toEqual({ hardState: hardState(0, 0, 0), configuration: THREE_VOTERS });
    expect([storage.firstIndex(), storage.lastIndex(), storage.term(0)]).toEqual([1, 0, 0]);
    expect(storage.snapshot()).toBeUndefined();
    expect(storage.boot).toBe(1);
  });

  test('is not made where the node has run before', () => {
    const error = labErrorOf(() => RaftStorage.open(optionsFor(temporaryFolder(), { mayCreate: false })));
    expect(error.code).toBe('corrupt-file');
    expect(error.message).toContain('raft.db of n3 is gone');
    expect(error.message).toContain('wipe n3');
  });
});

describe('reopened', () => {
  test('holds the same log, vote and term, and counts its boots', () => {
    const options = optionsFor(temporaryFolder());
    const before = open(options);
    write(before, entriesFrom(1, 3, 1), hardState(1, 2, 0));
    write(before, entriesFrom(4, 2, 2), hardState(2, 3, 3));
    before.close();

    const after = open({ ...options, mayCreate: false });
    expect(after.initialState().hardState).toEqual(hardState(2, 3, 3));
    expect(after.lastIndex()).toBe(5);
    expect([after.term(3), after.term(4)]).toEqual([1, 2]);
    expect(after.entries(1, 6, Infinity).map((entry) => new TextDecoder().decode(entry.data))).toEqual(
      ['entry 1', 'entry 2', 'entry 3', 'entry 4', 'entry 5'],
    );
    expect(after.boot).toBe(2);
  });

  test('is synchronous=FULL and WAL each time, also after a write', () => {
    // The trap: a connection that does not set it falls back to NORMAL after its first transaction in WAL mode.
    const options = optionsFor(temporaryFolder());
    for (const boot of [1, 2, 3]) {
      const storage = open(options);
      write(storage, entriesFrom(boot, 1, 1), hardState(1, 0, 0));
      expect(storage.durability()).toEqual({ journalMode: 'wal', synchronous: 2 });
      storage.close();
    }
  });
});

describe('entries', () => {
  test('that conflict are deleted with everything after them, also in the file', () => {
    const options = optionsFor(temporaryFolder());
    const storage = open(options);
    write(storage, entriesFrom(1, 10, 1), hardState(1, 0, 4));
    write(storage, entriesFrom(6, 2, 2), hardState(2, 0, 4));
    expect(storage.lastIndex()).toBe(7);
    expect([5, 6, 7].map((index) => storage.term(index))).toEqual([1, 2, 2]);
    storage.close();
    const after = open(options);
    expect(after.entries(1, 8, Infinity).map((entry) => entry.term)).toEqual([1, 1, 1, 1, 1, 2, 2]);
  });

  test('are in the file when their write is said to be done, once and before the call returns', () => {
    const directory = temporaryFolder();
    const storage = open(optionsFor(directory));
    const reader = new Database(join(directory, 'raft.db'), { readonly: true });
    onTestFinished(() => void reader.close());
    const found: unknown[] = [];
    storage.write({ entries: entriesFrom(1, 3, 1), hardState: undefined, snapshot: undefined }, ({ entryBytes }) => {
      const stored = reader.prepare('SELECT count(*) FROM log').pluck().get();
      found.push({ entryBytes, stored, lastIndex: storage.lastIndex() });
    });
    expect(found).toEqual([{ entryBytes: 3 * 'entry 1'.length, stored: 3, lastIndex: 3 }]);
  });

  test('are cut to the bytes asked for, but at least one', () => {
    const storage = open(optionsFor(temporaryFolder()));
    write(storage, entriesFrom(1, 9, 1), hardState(1, 0, 0));
    expect(storage.entries(3, 10, 1).map((entry) => entry.index)).toEqual([3]);
    expect(storage.entries(3, 10, 3 * (7 + 16)).map((entry) => entry.index)).toEqual([3, 4, 5]);
  });

  test('older than what memory holds are read from the file', () => {
    const storage = open(optionsFor(temporaryFolder()));
    for (let first = 1; first <= 10_000; first += 1000) {
      write(storage, entriesFrom(first, 1000, 1), hardState(1, 0, 0));
    }
    expect(storage.entries(1, 10_001, Infinity).map((entry) => entry.index)).toEqual(
      Array.from({ length: 10_000 }, (_, position) => position + 1),
    );
    expect(storage.term(1)).toBe(1);
  });

  test('never leave a gap, never replace a committed one; hard state never goes back', () => {
    const broken: readonly ((storage: RaftStorage) => void)[] = [
      (storage) => write(storage, entriesFrom(5, 1, 1)),
      (storage) => write(storage, entriesFrom(2, 1, 2), hardState(2, 0, 2)),
      (storage) => write(storage, [], hardState(0, 0, 2)),
      (storage) => write(storage, [], hardState(1, 0, 1)),
      (storage) => write(storage, [], hardState(1, 0, 4)),
    ];
    for (const action of broken) {
      const storage = open(optionsFor(temporaryFolder()));
      write(storage, entriesFrom(1, 3, 1), hardState(1, 0, 2));
      expect(labErrorOf(() => action(storage)).code).toBe('internal');
    }
  });
});

describe('a second owner', () => {
  test('in this process is refused, and welcome once the first has closed', () => {
    const options = optionsFor(temporaryFolder());
    const first = open(options);
    expect(labErrorOf(() => RaftStorage.open(options)).code).toBe('lab-in-use');
    write(first, entriesFrom(1, 1, 1), hardState(1, 0, 0));
    first.close();
    expect(open(options).lastIndex()).toBe(1);
  });

  test('is welcome after the first one\'s thread was terminated where it stood', async () => {
    const options = optionsFor(temporaryFolder());
    for (let round = 1; round <= 5; round += 1) {
      const worker = new Worker(new URL('./ownerThread.ts', import.meta.url), { workerData: options });
      await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      expect(labErrorOf(() => RaftStorage.open(options)).code).toBe('lab-in-use');
      await worker.terminate();
      const storage = RaftStorage.open(options);
      expect(storage.boot).toBe(2 * round);
      storage.close();
    }
  });
});

describe('other programs', () => {
  test('read the file while its node writes', () => {
    const directory = temporaryFolder();
    const storage = open(optionsFor(directory));
    const reader = new Database(join(directory, 'raft.db'), { readonly: true });
    onTestFinished(() => {
      reader.close();
    });
    const count = reader.prepare<[], number>('SELECT count(*) FROM log').pluck();
    for (let index = 1; index <= 5; index += 1) {
      write(storage, entriesFrom(index, 1, 1), hardState(1, 0, index));
      expect(count.get()).toBe(index);
    }
  });
});

describe('a file that cannot be trusted', () => {
  function filled(directory: string): void {
    const storage = RaftStorage.open(optionsFor(directory));
    write(storage, entriesFrom(1, 200, 1), hardState(1, 2, 100));
    storage.close();
  }
  function edit(directory: string, sql: string): void {
    const database = new Database(join(directory, 'raft.db'));
    database.exec(sql);
    database.close();
  }

  test.each([
    ['is no database', (directory: string) => writeFileSync(join(directory, 'raft.db'), 'not SQLite'.repeat(99))],
    ['has a torn page', (directory: string) => {
      const bytes = readFileSync(join(directory, 'raft.db'));
      bytes.fill(0xa5, bytes.length - 4096, bytes.length - 2048);
      bytes.fill(0xa5, 4096 * 2, 4096 * 2 + 200);
      writeFileSync(join(directory, 'raft.db'), bytes);
    }],
    ['has a gap in its log', (directory: string) => edit(directory, 'DELETE FROM log WHERE idx = 50')],
    ['has terms that go back', (directory: string) => edit(directory, 'UPDATE log SET term = 9 WHERE idx = 50')],
    ['lost its vote', (directory: string) => edit(directory, 'DELETE FROM hard_state')],
    ['lost its end', (directory: string) => edit(directory, 'DELETE FROM log WHERE idx > 90')],
    ['was altered', (directory: string) => edit(directory, 'ALTER TABLE log ADD COLUMN note TEXT')],
    ['has a trigger', (directory: string) => edit(
      directory, 'CREATE TRIGGER forget AFTER INSERT ON log BEGIN DELETE FROM hard_state; END',
    )],
    ['has a view', (directory: string) => edit(directory, 'CREATE VIEW latest AS SELECT max(idx) FROM log')],
    ['has another table', (directory: string) => edit(directory, 'CREATE TABLE note (x)')],
    ['has another index', (directory: string) => edit(directory, 'CREATE UNIQUE INDEX one_term ON log (term, idx)')],
    ['has no configuration', (directory: string) => edit(directory, "UPDATE snapshot SET configuration = '{}'")],
  ])('because it %s is set aside, whole, and not made anew', (_what, damage) => {
    const directory = temporaryFolder();
    filled(directory);
    damage(directory);
    const bytes = readFileSync(join(directory, 'raft.db'));

    const error = labErrorOf(() => RaftStorage.open(optionsFor(directory, { mayCreate: false })));
    expect(error.code).toBe('corrupt-file');
    expect(error.message).toContain('set aside as raft.db.corrupt-1');
    expect(readFileSync(join(directory, 'raft.db.corrupt-1')).length).toBe(bytes.length);
    expect(existsSync(join(directory, 'raft.db'))).toBe(false);

    const again = labErrorOf(() => RaftStorage.open(optionsFor(directory, { mayCreate: false })));
    expect(again.code).toBe('corrupt-file');
    expect(again.message).toContain('raft.db.corrupt-1');
    expect(existsSync(join(directory, 'raft.db'))).toBe(false);
  });

  test('because it is newer is refused untouched', () => {
    const directory = temporaryFolder();
    filled(directory);
    edit(directory, `PRAGMA user_version = ${SCHEMA_VERSION + 1}; CREATE TABLE future (x)`);
    const bytes = readFileSync(join(directory, 'raft.db'));
    expect(labErrorOf(() => RaftStorage.open(optionsFor(directory))).code).toBe('lab-newer');
    expect(readFileSync(join(directory, 'raft.db')).equals(bytes)).toBe(true);
  });

  test('because it is another node\'s is refused untouched', () => {
    const directory = temporaryFolder();
    filled(directory);
    const other = optionsFor(directory, {
      identity: { labId: 'lab-a', nodeName: 'n3', nodeId: 1003, incarnation: 2 },
    });
    const error = labErrorOf(() => RaftStorage.open(other));
    expect(error.code).toBe('refused');
    expect(open(optionsFor(directory)).lastIndex()).toBe(200);
  });

  test('because it was emptied is not taken for a new one', () => {
    const directory = temporaryFolder();
    filled(directory);
    for (const name of readdirSync(directory).filter((file) => file.startsWith('raft.db'))) {
      rmSync(join(directory, name));
    }
    writeFileSync(join(directory, 'raft.db'), '');
    expect(labErrorOf(() => RaftStorage.open(optionsFor(directory, { mayCreate: false }))).code).toBe('corrupt-file');
  });
});

describe('a full disk', () => {
  test('ends the storage with `disk-full`; what was written before is there again', () => {
    const directory = temporaryFolder();
    const storage = open(optionsFor(directory, { bytesMax: 64 * 1024 }));
    const big = (index: number): Entry => ({ index, term: 1, type: 'command', data: new Uint8Array(8192).fill(index) });
    write(storage, [], hardState(1, 0, 0));
    let written = 0;
    const error = labErrorOf(() => {
      for (let index = 1; index < 100; index += 1) {
        write(storage, [big(index)]);
        written = index;
      }
    });
    expect(error.code).toBe('disk-full');
    expect(written).toBeGreaterThan(0);
    expect(labErrorOf(() => write(storage, entriesFrom(1, 1, 1))).code).toBe('disk-full');
    storage.close();
    expect(open(optionsFor(directory, { mayCreate: false })).lastIndex()).toBe(written);
  });
});
