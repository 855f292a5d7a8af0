/** Damage that a node meets while it runs ends as at a start: the file is set aside, in words. */
import {
  closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync,
  truncateSync, writeFileSync, writeSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LabError } from '../../../src/contract/errors.ts';
import { entryChecksum } from '../../../src/node/storage/logStatements.ts';
import { RaftStorage } from '../../../src/node/storage/raftStorage.ts';
import type { Entry } from '../../../src/raft/types.ts';
import { optionsFor, temporaryFolder } from './support.ts';

/** More than SQLite's cache of 16 MB holds. */
const ENTRIES = 72;
const ENTRY_BYTES = 256 * 1024;
const PAGE_BYTES = 4096;

function bigEntry(index: number): Entry {
  return { index, term: 1, type: 'command', data: new Uint8Array(ENTRY_BYTES).fill(index) };
}

interface Case {
  readonly directory: string;
  readonly path: string;
  readonly storage: RaftStorage;
}

/** More in the log and in a snapshot's pieces than SQLite's cache and the tail in memory hold. */
function running(): Case {
  const directory = temporaryFolder();
  const storage = RaftStorage.open(optionsFor(directory));
  onTestFinished(() => storage.close());
  for (let index = 1; index <= ENTRIES; index += 1) {
    storage.write({
      entries: [bigEntry(index)],
      hardState: { currentTerm: 1, votedFor: 2, commitIndex: index - 1 },
      snapshot: undefined,
    });
  }
  return { directory, path: join(directory, 'raft.db'), storage };
}

/** Writes into the file as a failing disk would, past the node and past SQLite. */
function overwrite(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  const file = openSync(path, 'r+');
  writeSync(file, bytes);
  closeSync(file);
}

/** As another program may do while the node runs. */
function checkpoint(path: string, mode: 'FULL' | 'TRUNCATE'): void {
  const database = new Database(path);
  database.pragma(`wal_checkpoint(${mode})`);
  database.close();
}

function errorOf(action: () => unknown): LabError {
  try {
    action();
  } catch (error) {
    return error instanceof LabError ? error : expect.unreachable(`raw: ${String(error)}`);
  }
  return expect.unreachable('nothing was thrown');
}

function expectSetAside({ directory, storage }: Case, error: LabError): void {
  expect(error.code).toBe('corrupt-file');
  expect(error.message).toMatch(/raft\.db of n3 is corrupt \(.+\) and was set aside as raft\.db\.corrupt-1.+wipe n3/);
  expect(existsSync(join(directory, 'raft.db'))).toBe(false);
  expect(existsSync(join(directory, 'raft.db.corrupt-1'))).toBe(true);
  // Whatever is asked of the file next: nothing but the same answer.
  expect(errorOf(() => storage.durability())).toBe(error);
  expect(errorOf(() => storage.write({ entries: [], hardState: undefined, snapshot: undefined }))).toBe(error);
  storage.close();
  expect(errorOf(() => RaftStorage.open(optionsFor(directory, { mayCreate: false }))).message).toContain('corrupt-1');
}

describe('pages that were overwritten', () => {
  test('under the log, met by a follower that is behind', () => {
    const node = running();
    overwrite(node.path, (bytes) => bytes.fill(0xa5, 2 * PAGE_BYTES));
    expectSetAside(node, errorOf(() => node.storage.entries(1, ENTRIES, Infinity)));
  });

  test('with another value in the place of the one that was written, which SQLite does not notice', () => {
    const node = running();
    overwrite(node.path, (bytes) => {
      // The middle of a page in the middle of the first entry's data: no structure of SQLite's is there.
      const at = bytes.indexOf(Buffer.alloc(2 * PAGE_BYTES - 64, 1).subarray(0, 1024));
      bytes.fill(7, at + 100, at + 200);
    });
    const error = errorOf(() => node.storage.entries(1, 2, Infinity));
    expect(error.message).toContain('the checksum of entry 1 does not match');
    expectSetAside(node, error);
  });

  test('under a snapshot, met when it is sent', () => {
    const node = running();
    const { snapshots } = node.storage;
    const contents = snapshots.newContents();
    for (let offset = 0; offset < 16 * ENTRY_BYTES; offset += ENTRY_BYTES) {
      snapshots.writePiece(contents, offset, new Uint8Array(ENTRY_BYTES).fill(99));
    }
    snapshots.read(contents, 15 * ENTRY_BYTES, 10);
    const more = Array.from({ length: 16 }, (_, at) => bigEntry(ENTRIES + 1 + at));
    node.storage.write({ entries: more, hardState: undefined, snapshot: undefined });
    overwrite(node.path, (bytes) => {
      const at = bytes.indexOf(Buffer.alloc(1024, 99));
      bytes.fill(7, at + 100, at + 200);
    });
    const error = errorOf(() => snapshots.read(contents, 0, ENTRY_BYTES));
    expect(error.message).toContain('the checksum of a snapshot');
    expectSetAside(node, error);
  });

  test('under the log, met when it is discarded', () => {
    const node = running();
    const { snapshots } = node.storage;
    const contents = snapshots.newContents();
    snapshots.writePiece(contents, 0, new Uint8Array(1));
    const configuration = { voters: [3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false };
    snapshots.adopt({
      lastIncludedIndex: 50, lastIncludedTerm: 1, configuration, bytes: 1, sha256: new Uint8Array(32), contents,
    });
    overwrite(node.path, (bytes) => bytes.fill(0xa5, 2 * PAGE_BYTES));
    expectSetAside(node, errorOf(() => {
      while (!node.storage.discardLogTo(50)) {
        // until the damage is met
      }
    }));
  });
});

test('a row that another program deleted, or put there, is corruption and not a mistake of Raftlab', () => {
  const edit = (path: string, sql: string): void => {
    const database = new Database(path);
    database.exec(sql);
    database.close();
  };
  const deleted = running();
  edit(deleted.path, 'DELETE FROM log WHERE idx = 5');
  expectSetAside(deleted, errorOf(() => deleted.storage.entries(4, 7, Infinity)));

  const added = running();
  edit(added.path, `INSERT INTO log (idx, term, type, data) VALUES (${ENTRIES + 1}, 1, 'no-op', x'')`);
  expectSetAside(added, errorOf(() => added.storage.write({
    entries: [bigEntry(ENTRIES + 1)], hardState: undefined, snapshot: undefined,
  })));

  const changed = running();
  edit(changed.path, 'PRAGMA ignore_check_constraints = ON; UPDATE log SET term = -1 WHERE idx = 5');
  expectSetAside(changed, errorOf(() => changed.storage.term(5)));

  const renamed = running();
  edit(renamed.path, "UPDATE log SET type = 'no-op' WHERE idx = 5");
  expectSetAside(renamed, errorOf(() => renamed.storage.entries(5, 6, Infinity)));
});

test('the checksum of an entry covers each of its columns', () => {
  const entry: Entry = { index: 5, term: 2, type: 'command', data: new Uint8Array([1]) };
  const others: readonly Entry[] = [
    { ...entry, index: 6, term: 1 }, { ...entry, index: 52 }, { ...entry, type: 'no-op' },
    { ...entry, data: new Uint8Array([2]) }, { ...entry, data: new Uint8Array([1, 0]) },
  ];
  expect(new Set([entry, ...others].map(entryChecksum)).size).toBe(others.length + 1);
});

describe.skipIf(process.platform === 'win32')('files changed in place under the node (not on Windows)', () => {
  const writeEntries = (storage: RaftStorage, ...entries: readonly Entry[]): void => {
    storage.write({ entries, hardState: undefined, snapshot: undefined });
  };
  const smallEntry = (index: number): Entry => ({ ...bigEntry(index), data: new Uint8Array([index]) });
  const small = (): Case => {
    const directory = temporaryFolder();
    const storage = RaftStorage.open(optionsFor(directory));
    onTestFinished(() => storage.close());
    writeEntries(storage, smallEntry(1));
    writeEntries(storage, smallEntry(2));
    return { directory, path: join(directory, 'raft.db'), storage };
  };

  test.each([
    ['the write-ahead log emptied', ({ path }: Case) => truncateSync(`${path}-wal`, 0)],
    ['the write-ahead log cut short', ({ path }: Case) => {
      truncateSync(`${path}-wal`, statSync(`${path}-wal`).size - 9);
    }],
    ['the write-ahead log overwritten', ({ path }: Case) => overwrite(`${path}-wal`, (bytes) => bytes.fill(0xff))],
    ['raft.db emptied', ({ path }: Case) => {
      checkpoint(path, 'FULL');
      truncateSync(path, 0);
    }],
    ['raft.db cut short', ({ path, storage }: Case) => {
      checkpoint(path, 'FULL');
      writeEntries(storage, smallEntry(3));
      truncateSync(path, statSync(path).size - PAGE_BYTES);
    }],
  ])('%s: nothing more is acknowledged', (_what, damage) => {
    const node = small();
    damage(node);
    expectSetAside(node, errorOf(() => writeEntries(node.storage, smallEntry(node.storage.lastIndex() + 1))));
  });

  test('what SQLite does to its files goes on unnoticed: a log that begins again, is cut back, or emptied', () => {
    const { path, storage } = small();
    const bytes = (): number => statSync(`${path}-wal`).size;
    writeEntries(storage, ...Array.from({ length: ENTRIES }, (_, at) => bigEntry(3 + at)));
    const stretched = bytes();
    writeEntries(storage, smallEntry(storage.lastIndex() + 1));
    expect(bytes()).toBeLessThan(stretched);
    checkpoint(path, 'TRUNCATE');
    checkpoint(path, 'TRUNCATE');
    expect(bytes()).toBe(0);
    writeEntries(storage, smallEntry(storage.lastIndex() + 1));
    writeEntries(storage, smallEntry(storage.lastIndex() + 1));
    expect(storage.lastIndex()).toBe(ENTRIES + 5);
  });
});

describe.skipIf(process.platform === 'win32')('files deleted under the node (not on Windows: open files stay)', () => {
  const writeOne = (storage: RaftStorage): void => {
    storage.write({ entries: [bigEntry(ENTRIES + 1)], hardState: undefined, snapshot: undefined });
  };

  test.each(['-wal', '-shm'])('raft.db%s: nothing is lost, and the node stops', (suffix) => {
    const { directory, path, storage } = running();
    // While another program has the file open, closing it does not bring the write-ahead log into it.
    const reader = new Database(path, { readonly: true });
    onTestFinished(() => {
      reader.close();
    });
    reader.prepare('SELECT max(idx) FROM log').get();
    rmSync(`${path}${suffix}`);
    const error = errorOf(() => writeOne(storage));
    expect(error.code).toBe('disk-error');
    expect(error.message).toContain('Nothing was lost: restart n3');
    const copy = temporaryFolder();
    for (const name of readdirSync(directory).filter((file) => file.startsWith('raft.db'))) {
      writeFileSync(join(copy, name), readFileSync(join(directory, name)));
    }
    const after = RaftStorage.open(optionsFor(copy, { mayCreate: false }));
    onTestFinished(() => after.close());
    expect([after.lastIndex(), after.hardState]).toEqual(
      [ENTRIES + 1, { currentTerm: 1, votedFor: 2, commitIndex: ENTRIES - 1 }],
    );
  });

  test('raft.db itself: nothing more is acknowledged', () => {
    const gone = running();
    rmSync(gone.path);
    expect(errorOf(() => writeOne(gone.storage)).message).toContain('was deleted, moved or replaced');
    gone.storage.close();

    const moved = running();
    renameSync(moved.path, `${moved.path}.away`);
    writeFileSync(moved.path, readFileSync(`${moved.path}.away`));
    expect(errorOf(() => writeOne(moved.storage)).code).toBe('corrupt-file');
    expect(statSync(moved.path).size).toBeGreaterThan(0);
  });
});
