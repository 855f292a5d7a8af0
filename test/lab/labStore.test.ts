/** The list of the labs, where reading one of them takes its time. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LabStore } from '../../src/lab/files/labStore.ts';
import { temporaryFolder } from './support.ts';

const SILENT = { info: () => undefined, warn: () => undefined, error: () => undefined };

const hasNamedPipes = process.platform !== 'win32';
const whyNot = hasNamedPipes ? '' : ' (skipped: Windows has no named pipes among its files)';

test.skipIf(!hasNamedPipes)(`labs are read side by side: one that is waited for keeps no other${whyNot}`, async () => {
  const folder = temporaryFolder();
  const files = ['one', 'two'].map((labId) => {
    mkdirSync(join(folder, 'labs', labId), { recursive: true });
    return join(folder, 'labs', labId, 'lab.json');
  });
  // A named pipe is read only when somebody writes to it, and this opens for writing only when somebody reads it.
  for (const file of files) execFileSync('mkfifo', [file]);
  const list = new LabStore(folder, SILENT).list();
  const writers = await Promise.all(files.map((file) => open(file, 'w')));
  for (const writer of writers) await writer.close();
  const { damaged } = await list;
  expect(damaged.map(({ labId }) => labId).sort()).toEqual(['one', 'two']);
});
