// Runs on Windows: lab.json, lan.json and settings.json while another program holds them. Prints what happened.
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { labFileIn } from '../../../src/lab/files/labFile.ts';
import { LabStore } from '../../../src/lab/files/labStore.ts';
import { LanFileKeeper } from '../../../src/lan/lanFile.ts';
import { SettingsStore } from '../../../src/main/settings.ts';
import { hold, outcomeOf, whileHeld } from './hold.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const folder = process.argv[2] ?? '';
mkdirSync(folder, { recursive: true });

async function labJson() {
  const store = new LabStore(folder, quiet);
  const lab = await store.create('Room 12', 1, 'fast');
  const labFolder = store.folderOf(lab.labId);
  const path = join(labFolder, 'lab.json');
  const file = labFileIn(labFolder);
  const nameRead = async () => (await store.read(lab.labId)).name;
  const read = await whileHeld(path, nameRead);
  const write = await whileHeld(path, async () => {
    await file.write({ ...lab, name: 'Room 13' });
    return nameRead();
  });
  const held = await hold(path);
  const [readHeld, listHeld, writeHeld] = await Promise.all([
    outcomeOf(nameRead),
    store.list().then(({ labs, damaged }) => ({ labs, codes: damaged.map(({ problem }) => problem.code) })),
    outcomeOf(() => file.write({ ...lab, name: 'Room 14' })),
  ]);
  await held.release();
  const after = { name: await nameRead(), files: readdirSync(labFolder) };
  return { read, write, readHeld, listHeld, writeHeld, after };
}

async function lanJson() {
  const path = join(folder, 'lan.json');
  const keeper = new LanFileKeeper(path);
  const key = await keeper.privateKey();
  const isSameKey = async () => await keeper.privateKey() === key;
  const read = await whileHeld(path, isSameKey);
  const permit = async () => (await keeper.change((file) => ({ ...file, permits: true }))).permits;
  const write = await whileHeld(path, permit);
  const held = await hold(path);
  const another = new LanFileKeeper(path);
  const [readHeld, changeHeld] = await Promise.all([
    outcomeOf(isSameKey), outcomeOf(() => another.change((file) => ({ ...file, permits: false }))),
  ]);
  await held.release();
  const { permits } = await keeper.read();
  return { read, write, readHeld, changeHeld, after: { isSameKey: await isSameKey(), permits } };
}

async function settingsJson() {
  const path = join(folder, 'settings.json');
  const kept = { theme: 'light', scale: 1.5, introductionSeen: true } as const;
  await new SettingsStore(folder, quiet).change(kept);
  const read = await whileHeld(path, () => new SettingsStore(folder, quiet).current);
  const write = await whileHeld(path, () => new SettingsStore(folder, quiet).change({ scale: 2 }));
  const held = await hold(path);
  const store = new SettingsStore(folder, quiet);
  const readHeld = store.current;
  const changeHeld = await outcomeOf(() => store.change({ theme: 'dark' }));
  await held.release();
  const after = await store.change({ introductionSeen: false });
  return { read, write, readHeld, changeHeld, after, kept: new SettingsStore(folder, quiet).current };
}

const outcomes = { lab: await labJson(), lan: await lanJson(), settings: await settingsJson() };
process.stdout.write(JSON.stringify({ ...outcomes, files: readdirSync(folder).sort() }));
