/** What a continued lab begins with, where its file is not what it was. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { BEGINNING_FILE, readBeginning } from '../../src/lab/files/beginningFile.ts';
import { temporaryFolder } from './support.ts';

test('a beginning that is missing or damaged is told apart, and never read in part', async () => {
  const folder = temporaryFolder();
  await expect(readBeginning(folder)).rejects.toThrow(`${BEGINNING_FILE} is missing: put a good copy in its place`);
  writeFileSync(join(folder, BEGINNING_FILE), 'no gzip');
  await expect(readBeginning(folder)).rejects.toThrow(`${BEGINNING_FILE} is damaged: put a good copy in its place`);
});
