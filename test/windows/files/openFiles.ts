// Runs on Windows: labs that are renamed, copied and deleted while another program has their files open. Prints what
// happened.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../../src/node/storage/connect.ts';
import type { Adopter } from '../../../src/lab/files/labCopy.ts';
import { LabStore } from '../../../src/lab/files/labStore.ts';
import { adoptDatabase } from '../../../src/node/storage/adoptDatabase.ts';
import { RaftStorage } from '../../../src/node/storage/raftStorage.ts';
import { hold, outcomeOf, whileHeld } from './hold.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
const folder = process.argv[2] ?? '';
mkdirSync(folder, { recursive: true });
const store = new LabStore(folder, quiet);

async function newLab() {
  const { labId } = await store.create('Room 12', 2, 'fast');
  const path = join(store.folderOf(labId), 'n2', 'raft.db');
  const database = connect(path, {});
  database.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
  return { labId, path, database };
}

const namesListed = async () => (await store.list()).labs.map(({ name }) => name);

/** As a person has it who looks at a node's file with an SQLite tool. */
async function openElsewhere() {
  const { labId, database } = await newLab();
  const refused = await outcomeOf(() => store.remove(labId));
  const listed = await namesListed();
  database.close();
  await store.remove(labId);
  return { refused, listed, isThere: existsSync(store.folderOf(labId)) };
}

async function heldElsewhere() {
  const { labId, path, database } = await newLab();
  database.close();
  const held = hold(path);
  const refused = await held.then(() => outcomeOf(() => store.remove(labId)));
  const listed = await namesListed();
  await (await held).release();
  const renamed = (await store.rename(labId, 'Room 13')).name;
  const removed = await whileHeld(path, () => store.remove(labId));
  return { refused, listed, renamed, removed, isThere: existsSync(store.folderOf(labId)) };
}

/** Renamed and copied while another program reads a node's file: that is what a person sees who looks at it. */
async function keptOpen() {
  const { labId } = await store.create('Room 14', 1, 'fast');
  const directory = join(store.folderOf(labId), 'n1');
  RaftStorage.open({
    directory, identity: { labId, nodeName: 'n1', nodeId: 1, incarnation: 1 },
    initialConfiguration: { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
    mayCreate: true, bytesMax: 2 ** 30,
  }).close();
  const reader = connect(join(directory, 'raft.db'), { readonly: true });
  reader.prepare('SELECT * FROM identity').all();
  await store.rename(labId, 'Room 15');
  const adopt: Adopter['adopt'] = ({ databasePath, from, to }) => {
    adoptDatabase(databasePath, { from, to });
    return Promise.resolve();
  };
  const copy = await store.copy(labId, 'Copy', { adopt }, new AbortController().signal);
  const listed = await namesListed();
  reader.close();
  await store.remove(labId);
  await store.remove(copy.labId);
  return listed.toSorted();
}

process.stdout.write(JSON.stringify({
  keptOpen: await keptOpen(),
  openElsewhere: await openElsewhere(), heldElsewhere: await heldElsewhere(), left: await namesListed(),
}));
