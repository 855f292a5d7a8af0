// Runs on Windows: a lab, settings and a lock in a folder where the disk refuses. Prints what happened.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { LabStore } from '../../../src/lab/files/labStore.ts';
import { SettingsStore } from '../../../src/main/settings.ts';
import { tryLockFolder } from '../../../src/node/storage/lock.ts';
import { outcomeOf } from './hold.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const folder = process.argv[2] ?? '';

const create = await outcomeOf(() => new LabStore(folder, quiet).create('Room 12', 1, 'fast'));
const settings = new SettingsStore(folder, quiet);
const change = await outcomeOf(() => settings.change({ theme: 'dark' }));
const lock = await outcomeOf(() => tryLockFolder(folder, 'lan.lock') === undefined ? 'taken' : 'locked');
process.stdout.write(JSON.stringify({
  create, change, lock, kept: new SettingsStore(folder, quiet).current.theme,
  files: readdirSync(join(folder)).filter((name) => !name.startsWith('filler')).sort(),
}));
