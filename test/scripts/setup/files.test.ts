/** Files that another program has open are tried again on Windows, where that hinders. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { move, remove } from '../../../scripts/setup/files.mjs';

/** A move that is refused some times before it succeeds. */
function moveRefused(times: number, code: string, platform: string): { tries: number, waits: readonly number[] } {
  const waits: number[] = [];
  let tries = 0;
  move('from', 'to', {
    platform,
    rename: () => {
      tries += 1;
      if (tries <= times) throw Object.assign(new Error(`refused ${tries} times`), { code });
    },
    wait: (ms) => { waits.push(ms); },
  });
  return { tries, waits };
}

test.each(['EPERM', 'EACCES', 'EBUSY'])('%s on Windows: tried again, each time after longer', (code) => {
  expect(moveRefused(3, code, 'win32')).toEqual({ tries: 4, waits: [100, 200, 300] });
});

test('in the end it is an error', () => {
  expect(() => moveRefused(Infinity, 'EBUSY', 'win32')).toThrow('refused 11 times');
});

test('what does not pass by itself is an error at once', () => {
  expect(() => moveRefused(1, 'ENOENT', 'win32')).toThrow('refused 1 times');
  expect(() => moveRefused(1, 'EACCES', 'linux')).toThrow('refused 1 times');
});

test('files and folders are moved over older files, and removed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'raftlab-files-'));
  const path = join(folder, 'Zoë’s file');
  writeFileSync(path, 'old');
  writeFileSync(`${path}.new`, 'new');
  move(`${path}.new`, path);
  expect(readFileSync(path, 'utf8')).toBe('new');
  mkdirSync(join(folder, 'below'));
  remove(folder);
  remove(folder);
  expect(existsSync(folder)).toBe(false);
});
