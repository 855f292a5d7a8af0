import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withLock } from '../../../scripts/setup/lock.mjs';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'raftlab-lock-'));
  path = join(directory, 'below', 'setup.lock');
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const noWait = () => {
  throw new Error('nobody else should hold the lock');
};

test('one holder at a time, the next one after it', async () => {
  const order: string[] = [];
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const first = withLock(path, noWait, async () => {
    order.push('first in');
    await held;
    order.push('first out');
  });
  // The second says that it waits only after it has found the lock taken; then the first may go on.
  await withLock(
    path,
    () => {
      order.push('second waits');
      release();
    },
    () => {
      order.push('second in');
      return Promise.resolve();
    },
  );
  await first;
  expect(order).toEqual(['first in', 'second waits', 'first out', 'second in']);
});

test('the lock is gone afterwards, also after an error, which passes through', async () => {
  expect(await withLock(path, noWait, () => Promise.resolve(7))).toBe(7);
  expect(existsSync(path)).toBe(false);
  await expect(withLock(path, noWait, () => Promise.reject(new Error('planted')))).rejects.toThrow('planted');
  expect(existsSync(path)).toBe(false);
});

test('a lock whose process has ended is taken over', async () => {
  await withLock(path, noWait, () => Promise.resolve()); // Makes the folder.
  const ended = spawnSync(process.execPath, ['--version']).pid;
  writeFileSync(path, JSON.stringify({ processId: ended, host: hostname() }));
  expect(await withLock(path, noWait, () => Promise.resolve('taken'))).toBe('taken');
});

test('a lock that nobody has touched for long is taken over, whoever holds it', async () => {
  await withLock(path, noWait, () => Promise.resolve());
  writeFileSync(path, JSON.stringify({ processId: 1, host: 'another machine' }));
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(path, longAgo, longAgo);
  expect(await withLock(path, noWait, () => Promise.resolve('taken'))).toBe('taken');
});
