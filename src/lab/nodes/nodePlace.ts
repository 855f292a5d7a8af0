/** Where a node's thread and file are: on this machine, or on one that joined the lab. */
import { lstat, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../contract/errors.ts';
import { errorCodeOf, folderProblem } from '../../node/storage/errors.ts';
import { removeAll, removeFile, untilLetGo } from '../../node/storage/heldByOthers.ts';
import type { NodeId } from '../../raft/types.ts';
import type { NodeName } from '../../trace/names.ts';
import type { DatabaseReader } from '../disk/databaseReader.ts';
import type { LaunchNode, NodePlan } from './nodeLink.ts';
import type { DataState } from '../../membership/votersData.ts';
import { launchWorker } from './workerLink.ts';

/** The files of a node's database. The first one is deleted first: without it the others are useless. */
const DATABASE_FILES = ['raft.db', 'raft.db-wal', 'raft.db-shm'] as const;

export interface NodePlace {
  /** The address at which the node's socket is reached. */
  readonly address: string;
  launch(plan: NodePlan): LaunchNode;
  /** Whether the node's thread runs there already, so that launching connects to it. */
  runs(id: NodeId): boolean;
  /**
   * Whether the node's own database exists and can be read. Never throws.
   * @param isRunning whether the node runs, and so has its file open
   */
  dataOf(name: NodeName, id: NodeId, isRunning: boolean): Promise<DataState>;
  /** Makes room for a new node: deletes what an earlier one of its name has left. @throws {Error} */
  prepare(name: NodeName): Promise<void>;
  /** Deletes the node's database because it is wiped. @throws {Error} */
  erase(name: NodeName): Promise<void>;
  /** Deletes all files of a removed node. @throws {Error} */
  remove(name: NodeName): Promise<void>;
}

export interface LocalPlaceOptions {
  readonly workerUrl: URL | string;
  readonly labId: string;
  /** Holds a folder for each node. */
  readonly folder: string;
  readonly address: string;
  readonly reader: Pick<DatabaseReader, 'read'>;
}

/** A place on this machine. */
export function localPlace({ workerUrl, labId, folder, address, reader }: LocalPlaceOptions): NodePlace {
  const makeRoom = async (name: NodeName): Promise<void> => {
    await untilLetGo(() => mkdir(join(folder, name), { recursive: true }));
    await eraseDatabase(join(folder, name));
  };
  return {
    address,
    launch: (plan) => launchWorker(workerUrl, plan, join(folder, plan.name)),
    runs: () => false,
    dataOf: async (name, id, isRunning) => {
      const databasePath = join(folder, name, DATABASE_FILES[0]);
      if (!await isFile(databasePath)) {
        return 'lost';
      }
      try {
        const { identity } = await reader.read({ nodeName: name, databasePath, fromIndex: undefined, count: 0 });
        return identity.id === id && identity.labId === labId ? 'held' : 'lost';
      } catch (error) {
        const isUseless = error instanceof LabError && (error.code === 'corrupt-file' || error.code === 'lab-newer');
        // A running node notices by itself, at its next write, when its file was replaced.
        return isUseless ? 'lost' : isRunning ? 'held' : 'unknown';
      }
    },
    prepare: makeRoom,
    erase: makeRoom,
    remove: (name) => removeAll(join(folder, name)),
  };
}

/**
 * Deletes a database that nobody has open, and leaves the other files in its folder.
 * @throws {LabError} when one of its files cannot be deleted; if one is a folder, nothing is deleted
 */
export async function eraseDatabase(folder: string): Promise<void> {
  const paths = DATABASE_FILES.map((name) => join(folder, name));
  try {
    const found = await Promise.all(paths.map((path) => lstat(path).catch(absentOrThrow)));
    if (found.some((file) => file?.isDirectory() === true)) {
      throw Object.assign(new Error('a folder under the name of a file'), { code: 'EISDIR' });
    }
    for (const path of paths) {
      await removeFile(path);
    }
  } catch (error) {
    throw folderProblem(error, folder);
  }
}

function absentOrThrow(error: unknown): undefined {
  if (errorCodeOf(error) !== 'ENOENT') {
    throw error;
  }
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then((file) => file.isFile(), () => false);
}
