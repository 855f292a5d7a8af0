// Runs on Windows: a node's database and its lock while another program holds them. Prints what happened.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eraseDatabase } from '../../../src/lab/nodes/nodePlace.ts';
import { tryLockFolder } from '../../../src/node/storage/lock.ts';
import { setAside } from '../../../src/node/storage/openDatabase.ts';
import { RaftStorage } from '../../../src/node/storage/raftStorage.ts';
import { hold, outcomeOf, whileHeld } from './hold.ts';

const folder = process.argv[2] ?? '';
mkdirSync(folder, { recursive: true });
const path = join(folder, 'raft.db');

const open = (mayCreate = false): string => {
  RaftStorage.open({
    directory: folder, identity: { labId: 'lab', nodeName: 'n1', nodeId: 1, incarnation: 1 },
    initialConfiguration: { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
    mayCreate, bytesMax: 2 ** 30,
  }).close();
  return 'open';
};
const lock = (): string => {
  const taken = tryLockFolder(folder, 'raft.lock');
  taken?.release();
  return taken === undefined ? 'taken' : 'locked';
};

async function ofDatabase() {
  const opened = await whileHeld(path, () => open());
  const held = await hold(path);
  const openHeld = await outcomeOf(() => open());
  await held.release();
  return { opened, openHeld, after: open(), files: readdirSync(folder).sort() };
}

async function ofLock() {
  const locked = await whileHeld(join(folder, 'raft.lock'), lock);
  const held = await hold(join(folder, 'raft.lock'));
  const lockHeld = await outcomeOf(lock);
  await held.release();
  return { locked, lockHeld, after: lock() };
}

async function ofErasing() {
  const held = await hold(path);
  const eraseHeld = await outcomeOf(() => eraseDatabase(folder));
  await held.release();
  return { eraseHeld, erased: await whileHeld(path, () => eraseDatabase(folder)) };
}

open(true);
const database = await ofDatabase();
const lockFile = await ofLock();
const erasing = await ofErasing();
writeFileSync(path, 'not a database');
const aside = await whileHeld(path, () => (
  /was set aside as ([^ ]+)\. /.exec(setAside(folder, 'n1', new Error('broken')).message)?.[1]
));
process.stdout.write(JSON.stringify({ database, lockFile, erasing, aside, files: readdirSync(folder).sort() }));
