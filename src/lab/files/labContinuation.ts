/** Makes a simulated lab that continues a live one, from what the disks of its nodes hold. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from '../../contract/errors.ts';
import { DEFAULT_SIMULATION } from '../../contract/time.ts';
import { removeAll } from '../../node/storage/heldByOthers.ts';
import type { NodeId } from '../../raft/types.ts';
import { DOOR_CLOSED } from '../../trace/door.ts';
import type { DiskContents } from '../../sim/disk.ts';
import type { LabBeginning } from '../../sim/lab/labBeginning.ts';
import { newLabRecord } from '../../sim/lab/labRecord.ts';
import { nodeIdOf, nodeNameOf } from '../../trace/names.ts';
import type { DatabaseReader } from '../disk/databaseReader.ts';
import { BEGINNING_BYTES_MAX, readBeginning, writeBeginning } from './beginningFile.ts';
import type { Disks } from './beginningFile.ts';
import { onDisk } from './diskError.ts';
import { labFileIn } from './labFile.ts';
import type { LabFile, LabFileNode } from './labFile.ts';

/** Reads all that the database of a node that has ended keeps. */
export type ContentsReader = Pick<DatabaseReader, 'contents'>;

/** The lab.json of the simulated lab: its nodes, links and membership are those of the live one. */
export function continuationOf(
  file: LabFile, own: Pick<LabFile, 'labId' | 'name' | 'createdAtMs'>, seed: number,
): LabFile {
  const { nodes, pace, variant, leaseReads } = file;
  return {
    ...file,
    ...own,
    openedAtMs: own.createdAtMs,
    leaseReads: false, // may change while the lab runs, and is in its record
    door: DOOR_CLOSED,
    nodes: nodes.map((node) => ({ ...node, port: 0, doorPort: 0 })),
    simulated: newLabRecord({
      nodeCount: nodes.length, pace, variant, leaseReads, simulation: { ...DEFAULT_SIMULATION, seed },
    }),
    isContinued: true,
  };
}

/** @throws {LabError} `refused` when a node's file is on another machine */
export function checkCanContinue({ name, nodes }: Pick<LabFile, 'name' | 'nodes'>): void {
  const away = nodes.find(({ machine }) => machine !== null);
  if (away !== undefined) {
    throw new LabError(
      'refused', `the lab “${name}” cannot be continued in the simulator: the file of n${away.number} is on `
      + `${away.machine?.name ?? '?'}. Remove n${away.number} from the cluster first`,
    );
  }
}

/**
 * Reads the disks of a lab that is open nowhere, so that all are from one moment, and makes the simulated lab; nothing
 * is left of it when that fails.
 * @throws {LabError} as `checkCanContinue`; `too-large`; `disk-full`, `disk-error`; `corrupt-file`
 */
export async function continueLab(
  file: LabFile, lab: LabFile, { from, to, reader }: {
    readonly from: string; readonly to: string; readonly reader: ContentsReader;
  },
): Promise<void> {
  checkCanContinue(file);
  const disks = await disksOf(file, from, reader);
  try {
    await onDisk(`the lab “${lab.name}” cannot be made`, to, () => mkdir(to, { recursive: true }));
    await writeBeginning(to, disks);
    // Last: without its lab.json, what a crash leaves behind is not a lab.
    await labFileIn(to).write(lab);
  } catch (error) {
    await removeAll(to).catch(() => undefined); // why it was not made is what is told
    throw error;
  }
}

async function disksOf({ labId, nodes }: LabFile, folder: string, reader: ContentsReader): Promise<Disks> {
  const disks = new Map<NodeId, DiskContents>();
  let bytesLeft = BEGINNING_BYTES_MAX;
  for (const node of nodes.filter(({ hasRun }) => hasRun)) {
    const nodeName = nodeNameOf(node.number);
    const id = idOf(node);
    const disk = await reader.contents({
      nodeName, databasePath: join(folder, nodeName, 'raft.db'), labId, id, bytesMax: bytesLeft,
    }).catch(orSayWhatFits);
    bytesLeft -= disk.entries.reduce((sum, { data }) => sum + data.length, disk.snapshot.data.length);
    disks.set(id, disk);
  }
  return disks;
}

function orSayWhatFits(error: unknown): never {
  if (!(error instanceof LabError) || error.code !== 'too-large') throw error;
  throw new LabError(
    'too-large', `the simulator continues labs of up to ${BEGINNING_BYTES_MAX / 1024 ** 2} MiB of logs and snapshots `
    + `on all nodes together, and this one is larger (${error.message}): compact its nodes, or delete keys first`,
  );
}

/** What a lab begins with that continues a live one; undefined for any other. @throws {LabError} as readBeginning */
export async function beginningOf(file: LabFile, folder: string): Promise<LabBeginning | undefined> {
  if (!file.isContinued) return undefined;
  const disks = await readBeginning(folder);
  const { nodes, former, initialVoters, links, partition } = file;
  return {
    nodes: nodes.map((node) => ({
      id: idOf(node),
      member: node.member,
      replaces: idOfNumber(nodes, node.replaces),
      state: node.state,
      disk: disks.get(idOf(node)) ?? null,
    })),
    former: former.map(({ number, incarnation }) => nodeIdOf(number, incarnation)),
    initialVoters, links, partition,
  };
}

function idOf({ number, incarnation }: LabFileNode): NodeId {
  return nodeIdOf(number, incarnation);
}

function idOfNumber(nodes: readonly LabFileNode[], number: number | null): NodeId | null {
  const node = nodes.find((candidate) => candidate.number === number);
  return node === undefined ? null : idOf(node);
}
