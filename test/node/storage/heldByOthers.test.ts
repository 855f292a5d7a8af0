/** Files that another program holds: tried again until it lets go, for a while, and only where that can help. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { mayBeHeld, removeAll, removeFile, untilLetGo, untilLetGoNow } from '../../../src/node/storage/heldByOthers.ts';
import { temporaryFolder } from './support.ts';

const errorWith = (code: string): Error => Object.assign(new Error(code), { code });
const held = errorWith('EBUSY');
const full = errorWith('ENOSPC');

/** An action that fails as often as there are errors, and counts how often it was tried. */
function failing(errors: readonly Error[]) {
  const tried = { times: 0 };
  const act = (): string => {
    const error = errors[tried.times];
    tried.times += 1;
    if (error !== undefined) throw error;
    return 'done';
  };
  return { act, tried };
}

/** Both forms: the one that waits, and the one that stands still. */
const forms: readonly [string, (act: () => string, waitsMs: readonly number[]) => Promise<string>][] = [
  ['waiting', (act, waitsMs) => untilLetGo(() => Promise.resolve().then(act), waitsMs)],
  ['standing still', (act, waitsMs) => Promise.resolve().then(() => untilLetGoNow(act, waitsMs))],
];

test.each(forms)('what is held is tried again until it is let go (%s)', async (_form, run) => {
  const { act, tried } = failing([held, held]);
  expect(await run(act, [0, 1, 0])).toBe('done');
  expect(tried.times).toBe(3);
});

test.each(forms)('the last try tells its error, and there is no further one (%s)', async (_form, run) => {
  const last = errorWith('EBUSY');
  const { act, tried } = failing([held, held, last]);
  await expect(run(act, [0, 0])).rejects.toBe(last);
  expect(tried.times).toBe(3);
});

test.each(forms)('what no further try can change is told at once (%s)', async (_form, run) => {
  const { act, tried } = failing([full]);
  await expect(run(act, [0, 0])).rejects.toBe(full);
  expect(tried.times).toBe(1);
});

test('on Windows more codes than elsewhere may come from another program', () => {
  const codes = ['EBUSY', 'EPERM', 'EACCES', 'UNKNOWN', 'ENOTEMPTY', 'ENOENT', 'ENOSPC', 'EROFS'];
  const heldOn = (platform: NodeJS.Platform) => codes.filter((code) => mayBeHeld(errorWith(code), platform));
  expect(heldOn('win32')).toEqual(['EBUSY', 'EPERM', 'EACCES', 'UNKNOWN', 'ENOTEMPTY']);
  expect(heldOn('linux')).toEqual(['EBUSY']);
  expect(heldOn('darwin')).toEqual(['EBUSY']);
});

test('a deletion of what is not there is none, and a folder is deleted only as one', async () => {
  const folder = join(temporaryFolder(), 'folder');
  await removeAll(folder);
  await removeFile(folder);
  mkdirSync(folder);
  writeFileSync(join(folder, 'file'), '');
  await expect(removeFile(folder)).rejects.toThrow();
  await removeAll(folder);
  expect(existsSync(folder)).toBe(false);
});
