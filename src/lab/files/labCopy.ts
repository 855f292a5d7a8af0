/** Makes another lab of a lab's files. Why it is another one, and not the same twice: docs/decisions/0082. */
import { constants } from 'node:fs';
import { copyFile, mkdir, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../contract/errors.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';
import { removeAll, untilLetGo } from '../../node/storage/heldByOthers.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { DatabaseReader } from '../disk/databaseReader.ts';
import { BEGINNING_FILE } from './beginningFile.ts';
import { onDisk } from './diskError.ts';
import { labFileIn } from './labFile.ts';
import type { LabFile } from './labFile.ts';

const MIB = 1024 * 1024;
/** What is copied within seconds; a lab of a lesson is a thousandth of it. */
const BYTES_MAX = 1024 * MIB;
/** A node's database. The shared memory beside it is made anew by whoever opens it. */
const DATABASE = 'raft.db';
const COPIED = [DATABASE, `${DATABASE}-wal`] as const;

/** Gives a copied raft.db, which nobody has open, to another lab. */
export type Adopter = Pick<DatabaseReader, 'adopt'>;

export interface LabCopyOptions {
  /** The folders of the lab, which is open nowhere, and of its copy, which is not there. */
  readonly from: string;
  readonly to: string;
  readonly reader: Adopter;
  readonly signal: AbortSignal;
}

/** The lab.json of a copy. Its nodes get ports of their own: both labs may be open at once, in two Raftlabs. */
export function copyOf(file: LabFile, own: Pick<LabFile, 'labId' | 'name' | 'createdAtMs'>): LabFile {
  return { ...file, ...own, openedAtMs: 0, nodes: file.nodes.map((node) => ({ ...node, port: 0 })) };
}

/**
 * Copies the nodes' databases and gives them to the new lab; nothing is left of them when that fails.
 * @throws {LabError} `refused` when a node's file is on another machine, or the copy was called off; `too-large`;
 *   `disk-full`, `disk-error`; `corrupt-file` when a database is not this lab's or cannot be read
 */
export async function copyLab(file: LabFile, copy: LabFile, options: LabCopyOptions): Promise<void> {
  const { from, to } = options;
  checkIsHere(file);
  const what = `the lab “${file.name}” cannot be copied`;
  try {
    await onDisk(what, to, async () => {
      await checkSize(file, from);
      if (file.simulated !== undefined) {
        await copySimulated(from, to);
        return;
      }
      for (const node of file.nodes) {
        await copyNode(nodeNameOf(node.number), { from: file.labId, to: copy.labId }, options);
      }
    });
    // Last: without its lab.json, what a crash leaves behind is not a lab.
    await labFileIn(to).write(copy);
  } catch (error) {
    await removeAll(to).catch(() => undefined); // why it was not made is what is told
    throw error;
  }
}

function checkIsHere({ name, nodes }: LabFile): void {
  const away = nodes.find(({ machine }) => machine !== null);
  if (away !== undefined) {
    throw new LabError(
      'refused', `the lab “${name}” cannot be copied: the file of n${away.number} is on ${away.machine?.name ?? '?'}. `
      + `Remove n${away.number} from the cluster first`,
    );
  }
}

async function checkSize({ name, nodes }: LabFile, from: string): Promise<void> {
  const paths = nodes.flatMap(({ number }) => COPIED.map((part) => join(from, nodeNameOf(number), part)));
  const sizes = await Promise.all(paths.map((path) => stat(path).then(({ size }) => size, orIfMissing(0))));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  if (bytes > BYTES_MAX) {
    throw new LabError(
      'too-large', `the lab “${name}” cannot be copied: its databases take ${Math.ceil(bytes / MIB)} MiB, `
      + `and up to ${BYTES_MAX / MIB} MiB are copied. Make a new lab instead`,
    );
  }
}

async function copyNode(
  nodeName: NodeName, lab: { readonly from: string; readonly to: string }, { from, to, reader, signal }: LabCopyOptions,
): Promise<void> {
  await mkdir(join(to, nodeName), { recursive: true });
  for (const part of COPIED) {
    if (signal.aborted) {
      throw new LabError('refused', 'the copy was cancelled by a later command');
    }
    const isThere = await copyToDisk(join(from, nodeName, part), join(to, nodeName, part));
    if (!isThere && part === DATABASE) {
      return; // a node that never ran, or has lost its file, is in the copy what it was
    }
  }
  await reader.adopt({ nodeName, databasePath: join(to, nodeName, DATABASE), ...lab });
}

/** Its nodes have no databases. */
async function copySimulated(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await copyToDisk(join(from, BEGINNING_FILE), join(to, BEGINNING_FILE));
}

/** @returns false when there is no such file */
async function copyToDisk(from: string, to: string): Promise<boolean> {
  try {
    await untilLetGo(() => copyFile(from, to, constants.COPYFILE_FICLONE));
  } catch (error) {
    return orIfMissing(false)(error);
  }
  const copied = await untilLetGo(() => open(to, 'r+'));
  try {
    await copied.sync();
  } finally {
    await copied.close();
  }
  return true;
}

/** For what may not be there. */
function orIfMissing<Value>(otherwise: Value): (error: unknown) => Value {
  return (error) => {
    if (errorCodeOf(error) !== 'ENOENT') {
      throw error;
    }
    return otherwise;
  };
}
