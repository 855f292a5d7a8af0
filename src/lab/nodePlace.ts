/** Where a node's thread and file are: on this machine, or on one that joined the lab. */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { NodeId } from '../raft/types.ts';
import type { NodeName } from '../trace/names.ts';
import type { LaunchNode, NodePlan } from './nodeLink.ts';
import { launchWorker } from './workerLink.ts';

/** The files of a node's database. */
const DATABASE_FILES: ReadonlySet<string> = new Set(['raft.db', 'raft.db-wal', 'raft.db-shm']);

export interface NodePlace {
  /** The address at which the node's socket is reached. */
  readonly address: string;
  launch(plan: NodePlan): LaunchNode;
  /** Whether the node's thread runs there already, so that launching takes hold of it. */
  runs(id: NodeId): boolean;
  /** Makes room for a new node: nothing of an earlier one of its name is left. @throws {Error} */
  prepare(name: NodeName): Promise<void>;
  /** Deletes the node's database because it is wiped. @throws {Error} */
  erase(name: NodeName): Promise<void>;
  /** Deletes all that there is of a node that is no more. @throws {Error} */
  remove(name: NodeName): Promise<void>;
}

/** A place on this machine. @param folder holds a folder for each node */
export function localPlace(workerUrl: URL | string, folder: string, address: string): NodePlace {
  return {
    address,
    launch: (plan) => launchWorker(workerUrl, plan, join(folder, plan.name)),
    runs: () => false,
    prepare: async (name) => {
      await mkdir(join(folder, name), { recursive: true });
      await eraseDatabase(join(folder, name));
    },
    erase: (name) => eraseDatabase(join(folder, name)),
    remove: (name) => rm(join(folder, name), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

/** Deletes a database that nobody has open, and leaves what else is in its folder. */
export async function eraseDatabase(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (DATABASE_FILES.has(name)) {
      await rm(join(folder, name), { force: true });
    }
  }
}
