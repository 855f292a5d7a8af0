import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { digestOfFiles } from '../../../scripts/run/build.mjs';

let root: string;
let sources: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raftlab-build-'));
  sources = join(root, 'src');
  mkdirSync(join(sources, 'main'), { recursive: true });
  writeFileSync(join(sources, 'main', 'index.ts'), 'one');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const digest = () => digestOfFiles([sources, join(root, 'missing')], root);

test('stays the same while nothing changes', () => {
  expect(digest()).toBe(digest());
});

test('changes when a file is added, grown or touched', () => {
  const digests = [digest()];
  writeFileSync(join(sources, 'main', 'more.ts'), '');
  digests.push(digest());
  writeFileSync(join(sources, 'main', 'more.ts'), 'grown');
  digests.push(digest());
  utimesSync(join(sources, 'main', 'more.ts'), 1, 1);
  digests.push(digest());
  expect(new Set(digests).size).toBe(digests.length);
});
