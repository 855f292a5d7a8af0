/** What the inspector's reader says about files that a node would refuse. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DatabaseReader } from '../../src/lab/disk/databaseReader.ts';
import { workerUrls } from './support.ts';

test('a raft.db of 0 bytes is said to be empty, and its write-ahead log is left alone', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'raftlab-reader-'));
  const reader = new DatabaseReader(workerUrls.databaseReader);
  onTestFinished(async () => {
    await reader.close();
    rmSync(directory, { recursive: true, force: true });
  });
  const databasePath = join(directory, 'raft.db');
  writeFileSync(databasePath, '');
  writeFileSync(`${databasePath}-wal`, 'what was written last');
  await expect(reader.read({ nodeName: 'n3', databasePath, fromIndex: undefined, count: 10 })).rejects.toMatchObject({
    code: 'corrupt-file', message: expect.stringContaining('raft.db of n3 is empty') as unknown,
  });
  expect(readFileSync(`${databasePath}-wal`, 'utf8')).toBe('what was written last');
});
