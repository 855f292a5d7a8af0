// The data folder, on a real disk: made where it is missing, and a sentence where it cannot be.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { makeUsable } from '../../src/lab/files/dataFolder.ts';
import { temporaryFolder } from './support.ts';

test('a missing folder is made, and one that is there is left as it is', () => {
  const folder = join(temporaryFolder(), 'a', 'b');
  expect(makeUsable(folder)).toBeNull();
  expect(existsSync(folder)).toBe(true);
  expect(makeUsable(folder)).toBeNull();
});

test('a file in its place is told, with what to do', () => {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, '');
  expect(makeUsable(path)).toMatch(/cannot be used \(.+\)\. Free it, or start Raftlab with --data/);
});
