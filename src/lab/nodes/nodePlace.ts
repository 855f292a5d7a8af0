/** Where a node's thread and file are: on this machine, or on one that joined the lab. */
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeId } from '../../raft/types.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LaunchNode, NodePlan } from './nodeLink.ts';
import type { DataState } from '../membership/votersData.ts';
import { launchWorker } from './workerLink.ts';

/** The files of a node's database. The first to go is the one without which the others are nothing. */
const DATABASE_FILES = ['raft.db', 'raft.db-wal', 'raft.db-shm'] as const;
/** How a database file begins (sqlite.org/fileformat.html §1.3). */
const SQLITE_MAGIC = 'SQLite format 3\0';

export interface NodePlace {
  /** The address at which the node's socket is reached. */
  readonly address: string;
  launch(plan: NodePlan): LaunchNode;
  /** Whether the node's thread runs there already, so that launching takes hold of it. */
  runs(id: NodeId): boolean;
  /**
   * Whether the node's database is there. Never throws.
   * @param isRunning whether the node runs, and so has its file open
   */
  dataOf(name: NodeName, id: NodeId, isRunning: boolean): Promise<DataState>;
  /** Makes room for a new node: nothing of an earlier one of its name is left. @throws {Error} */
  prepare(name: NodeName): Promise<void>;
  /** Deletes the node's database because it is wiped. @throws {Error} */
  erase(name: NodeName): Promise<void>;
  /** Deletes all that there is of a node that is no more. @throws {Error} */
  remove(name: NodeName): Promise<void>;
}

/** A place on this machine. @param folder holds a folder for each node */
export function localPlace(workerUrl: URL | string, folder: string, address: string): NodePlace {
  const makeRoom = async (name: NodeName): Promise<void> => {
    await mkdir(join(folder, name), { recursive: true });
    await eraseDatabase(join(folder, name));
  };
  return {
    address,
    launch: (plan) => launchWorker(workerUrl, plan, join(folder, plan.name)),
    runs: () => false,
    dataOf: async (name, _id, isRunning) => {
      const path = join(folder, name, DATABASE_FILES[0]);
      return await (isRunning ? exists(path) : isDatabase(path)) ? 'held' : 'lost';
    },
    prepare: makeRoom,
    erase: makeRoom,
    remove: (name) => rm(join(folder, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** Deletes a database that nobody has open, and leaves what else is in its folder. */
export async function eraseDatabase(folder: string): Promise<void> {
  for (const name of DATABASE_FILES) {
    await rm(join(folder, name), { force: true });
  }
}

/** For a file that a node has open: on POSIX, opening and closing it here would drop the locks of SQLite on it. */
function exists(path: string): Promise<boolean> {
  return stat(path).then((file) => file.isFile(), () => false);
}

async function isDatabase(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(SQLITE_MAGIC.length), 0, SQLITE_MAGIC.length, 0);
      return buffer.toString('latin1', 0, bytesRead) === SQLITE_MAGIC;
    } finally {
      await file.close();
    }
  } catch {
    return false;
  }
}
