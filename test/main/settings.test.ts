// The settings file, on a real disk: kept whole, checked when read, never in the way of starting.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { DEFAULT_SETTINGS, SettingsStore } from '../../src/main/settings.ts';
import { readableLog, temporaryFolder } from './support.ts';

vi.mock('node:fs', { spy: true });

test('with no file there are the defaults, and none is written', () => {
  const folder = temporaryFolder();
  const log = readableLog();
  expect(new SettingsStore(folder, log).current).toEqual(DEFAULT_SETTINGS);
  expect(readdirSync(folder)).toEqual([]);
  expect(log.lines).toEqual([]);
});

test('a change is kept for the next start, and leaves the rest as it was', async () => {
  const folder = temporaryFolder();
  const store = new SettingsStore(folder, readableLog());
  await store.change({ theme: 'dark' });
  expect(await store.change({ scale: 1.5 })).toEqual({ theme: 'dark', scale: 1.5, introductionSeen: false });
  expect(new SettingsStore(folder, readableLog()).current).toEqual(store.current);
  expect(readdirSync(folder)).toEqual(['settings.json']);
});

test('changes that are made at once end with the last one', async () => {
  const folder = temporaryFolder();
  const store = new SettingsStore(folder, readableLog());
  await Promise.all([1, 1.1, 1.2, 1.3, 1.4].map((scale) => store.change({ scale })));
  expect(new SettingsStore(folder, readableLog()).current.scale).toBe(1.4);
});

test('listeners hear each change until they stop', async () => {
  const store = new SettingsStore(temporaryFolder(), readableLog());
  const heard: number[] = [];
  const stop = store.onChanged(({ scale }) => { heard.push(scale); });
  await store.change({ scale: 2 });
  stop();
  await store.change({ scale: 1 });
  expect(heard).toEqual([2]);
});

test.each([
  ['no JSON', '{"theme": "dark"'],
  ['a value outside its range', '{"theme":"dark","scale":40}'],
  ['another type', '[]'],
  ['nothing', ''],
])('a file with %s is kept beside, and the defaults are used', async (_what, text) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'settings.json'), text);
  const log = readableLog();
  const store = new SettingsStore(folder, log);
  expect(store.current).toEqual(DEFAULT_SETTINGS);
  expect(log.lines.map((line) => line.level)).toEqual(['warn']);
  await store.change({ theme: 'dark' });
  expect(readFileSync(join(folder, 'settings.json.bad'), 'utf8')).toBe(text);
  expect(new SettingsStore(folder, readableLog()).current.theme).toBe('dark');
});

test('keys of a newer version are let through', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'settings.json'), '{"theme":"light","language":"fr"}');
  expect(new SettingsStore(folder, readableLog()).current).toEqual({ ...DEFAULT_SETTINGS, theme: 'light' });
});

test('a disk that refuses the file is told as an error, and the change holds meanwhile', async () => {
  const folder = temporaryFolder();
  // A folder stands where the file would be written: no user, not even root, can open it for writing.
  mkdirSync(join(folder, `settings.json.${process.pid}.new`));
  const store = new SettingsStore(folder, readableLog());
  await expect(store.change({ theme: 'dark' })).rejects.toBeInstanceOf(LabError);
  expect(store.current.theme).toBe('dark');
});

test('a file that is held at the start is not replaced by defaults, but changed once it can be read', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'settings.json');
  writeFileSync(path, '{"theme":"light","scale":1.5,"introductionSeen":true}');
  const held = vi.mocked(readFileSync).mockImplementation(() => {
    throw Object.assign(new Error('held'), { code: 'EBUSY', path }); // as Windows does while another program has it
  });
  const store = new SettingsStore(folder, readableLog());
  held.mockRestore();
  expect(store.current).toEqual(DEFAULT_SETTINGS);
  expect(await store.change({ theme: 'dark' })).toEqual({ theme: 'dark', scale: 1.5, introductionSeen: true });
  expect(new SettingsStore(folder, readableLog()).current).toEqual(store.current);
  expect(readdirSync(folder)).toEqual(['settings.json']);
});
