import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { taker, withLock } from '../../../scripts/setup/lock.mjs';

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

test('a lock that another has taken over meanwhile stays the other’s', async () => {
  const others = JSON.stringify({ processId: process.pid + 1, host: hostname() });
  await withLock(path, noWait, () => {
    writeFileSync(path, others);
    return Promise.resolve();
  });
  expect(readFileSync(path, 'utf8')).toBe(others);
});

describe('a refusal to make the file', () => {
  const refused = (code: string, times: number) => {
    let left = times;
    return () => {
      left -= 1;
      if (left >= 0) throw Object.assign(new Error('planted'), { code });
    };
  };

  test.each(['EPERM', 'EACCES', 'EBUSY'])('%s passes on Windows: somebody still has the last one open', (code) => {
    const take = taker(path, { platform: 'win32', write: refused(code, 2) });
    expect([take(), take(), take()]).toEqual([false, false, true]);
  });

  test('one that does not pass is an error in the end', () => {
    const take = taker(path, { platform: 'win32', write: refused('EPERM', Infinity) });
    let tries = 0;
    expect(() => {
      for (; tries < 1000; tries += 1) take();
    }).toThrow('planted');
    expect(tries).toBe(40);
  });

  test('elsewhere, and for other reasons, it is one at once', () => {
    expect(taker(path, { platform: 'linux', write: refused('EACCES', 1) })).toThrow('planted');
    expect(taker(path, { platform: 'win32', write: refused('ENOSPC', 1) })).toThrow('planted');
  });
});
