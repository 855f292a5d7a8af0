/** Labs that earlier versions have kept (scripts/lab-fixture.mjs) open and work; a newer one is left as it is. */
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { openService, temporaryFolder, TestLab } from './support.ts';

const FIXTURES = join(import.meta.dirname, '..', 'fixtures');
const kept = readdirSync(FIXTURES).filter((name) => name.startsWith('lab-v'));

/** A data folder with the one lab of a fixture. */
function copyOf(fixture: string): { readonly dataDirectory: string; readonly lab: string } {
  const dataDirectory = temporaryFolder();
  cpSync(join(FIXTURES, fixture), dataDirectory, { recursive: true });
  const [labId = ''] = readdirSync(join(dataDirectory, 'labs'));
  return { dataDirectory, lab: join(dataDirectory, 'labs', labId) };
}

/** A digest of each file below a folder, but for the locks, which hold nothing. */
function digests(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.lock'))
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((path) =>
    [path.slice(folder.length), createHash('sha256').update(readFileSync(path)).digest('hex')]));
}

test('labs of every format since the first are kept', () => {
  expect(kept.sort()).toEqual(['lab-v1', 'lab-v2', 'lab-v3']);
});

test.each(kept)('%s opens with all that it held, takes a write, and opens again', async (fixture) => {
  const { dataDirectory } = copyOf(fixture);
  const service = await openService(dataDirectory);
  const lab = await TestLab.follow(service, dataDirectory);
  await lab.leaderOf();
  const list = await lab.kv('n2', { op: 'list', prefix: '', limit: 100 });
  expect(list.result).toMatchObject({
    type: 'list',
    entries: [
      { key: 'colour', value: 'teal' },
      { key: 'größe', value: '大' },
      { key: 'long', value: 'x'.repeat(2000) },
      { key: 'visits', value: '42' },
    ],
  });
  await lab.put('n3', 'after', 'the update');
  await service.close();

  const again = await openService(dataDirectory);
  const reopened = await TestLab.follow(again, dataDirectory);
  await reopened.leaderOf();
  expect(await reopened.get('n1', 'after')).toBe('the update');
});

test('a lab.json that is newer is refused in words, and nothing in its folder is touched', async () => {
  const { dataDirectory, lab } = copyOf('lab-v2');
  const path = join(lab, 'lab.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace('"version": 2', '"version": 99'));
  const before = digests(lab);
  const service = await openService(dataDirectory);
  await expect(service.execute('lab:attach', {})).rejects.toMatchObject({ code: 'lab-newer' });
  const [summary] = await service.execute('lab:list', {});
  expect(summary).toMatchObject({ isOpen: false, problem: expect.stringContaining('newer Raftlab') as unknown });
  await service.close();
  expect(digests(lab)).toEqual(before);
});

test('a raft.db that is newer is refused in words, and not a byte of it changes', async () => {
  const { dataDirectory, lab } = copyOf('lab-v2');
  const path = join(lab, 'n1', 'raft.db');
  const database = new Database(path);
  database.pragma('user_version = 99');
  database.close();
  const before = digests(join(lab, 'n1'));
  const service = await openService(dataDirectory);
  const opened = await TestLab.follow(service, dataDirectory);
  const failed = await opened.until('n1 to have failed', () => opened.nodes.find(({ life }) => life === 'failed'));
  expect(failed).toMatchObject({ name: 'n1', failure: { code: 'lab-newer' } });
  // The two others are a majority and go on.
  await opened.putUntilAcknowledged('n2', 'after', 'without n1');
  await service.close();
  expect(digests(join(lab, 'n1'))).toEqual(before);
});
