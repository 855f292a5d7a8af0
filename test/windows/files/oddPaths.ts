// Runs on Windows: a lab's files in each of the folders that are named, with Windows' line ends. Prints what happened.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeUsable } from '../../../src/lab/files/dataFolder.ts';
import { LabStore } from '../../../src/lab/files/labStore.ts';
import { RaftStorage } from '../../../src/node/storage/raftStorage.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

async function inFolder(folder: string) {
  const problem = makeUsable(folder);
  const store = new LabStore(folder, quiet);
  const { labId } = await store.create('Übung 数据', 1, 'fast');
  const open = (mayCreate: boolean): number => {
    const storage = RaftStorage.open({
      directory: join(store.folderOf(labId), 'n1'), identity: { labId, nodeName: 'n1', nodeId: 1, incarnation: 1 },
      initialConfiguration: { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
      mayCreate, bytesMax: 2 ** 30,
    });
    storage.close();
    return store.folderOf(labId).length;
  };
  open(true);
  const length = open(false);
  // As an editor on Windows saves it.
  const path = join(store.folderOf(labId), 'lab.json');
  writeFileSync(path, `\u{FEFF}${readFileSync(path, 'utf8').replaceAll('\n', '\r\n')}`);
  const { file, lock } = await store.take(labId);
  lock.release();
  await store.remove(labId);
  return { problem, isLong: length > 260, name: file.name, left: (await store.list()).labs.length };
}

const outcomes = [];
for (const folder of process.argv.slice(2)) outcomes.push(await inFolder(folder));
process.stdout.write(JSON.stringify(outcomes));
