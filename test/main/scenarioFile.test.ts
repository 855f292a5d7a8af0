// Main reads a scenario for the window: the file that the person chose, bounded, and nothing else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ScenarioChooser } from '../../src/main/scenarioFile.ts';
import { temporaryFolder } from './support.ts';

test('the chosen file comes with its name and without its folder; no choice is no file', async () => {
  const path = join(temporaryFolder(), 'élection.lab');
  writeFileSync(path, 'put farbe grün\n');
  expect(await new ScenarioChooser(() => Promise.resolve(path)).choose())
    .toEqual({ name: 'élection.lab', text: 'put farbe grün\n' });
  expect(await new ScenarioChooser(() => Promise.resolve(null)).choose()).toBeNull();
});

test('256 KiB are read, and not a byte more; a folder is not a file', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'large.lab');
  const chooser = new ScenarioChooser(() => Promise.resolve(path));
  writeFileSync(path, '#'.repeat(256 * 1024));
  expect((await chooser.choose())?.text).toHaveLength(256 * 1024);
  writeFileSync(path, '#'.repeat(256 * 1024 + 1));
  await expect(chooser.choose()).rejects.toMatchObject({ code: 'too-large', message: /^large\.lab is too large/ });
  await expect(new ScenarioChooser(() => Promise.resolve(folder)).choose())
    .rejects.toMatchObject({ code: 'disk-error', message: expect.not.stringContaining(folder) as unknown });
});

test('while the question stands, it is not asked again', async () => {
  let answer = (_path: null): void => undefined;
  let asked = 0;
  const chooser = new ScenarioChooser(() => new Promise((resolve) => {
    asked += 1;
    answer = resolve;
  }));
  const first = chooser.choose();
  expect(await chooser.choose()).toBeNull();
  answer(null);
  await first;
  expect(asked).toBe(1);
});
