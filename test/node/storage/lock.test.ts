/** The lock of a folder: it leaves one file there, whatever becomes of its owner. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { tryLockFolder } from '../../../src/node/storage/lock.ts';

test('a lock is held once, and has no file beside it that a crash would leave and nobody could delete', () => {
  const folder = mkdtempSync(join(tmpdir(), 'raftlab-lock-test-'));
  onTestFinished(() => { rmSync(folder, { recursive: true }); });
  const lock = tryLockFolder(folder, 'lab.lock');
  expect(readdirSync(folder)).toEqual(['lab.lock']);
  expect(tryLockFolder(folder, 'lab.lock')).toBeUndefined();
  lock?.release();
  const again = tryLockFolder(folder, 'lab.lock');
  expect(again).toBeDefined();
  again?.release();
});
