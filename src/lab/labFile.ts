/** lab.json: what a lab is when it is opened again. Read with a schema, written whole or not at all. */
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { labIdSchema, LAB_NODES_MAX, linkFaultsSchema, nodeNameSchema, paceSchema } from '../contract/commands.ts';
import { LabError } from '../contract/errors.ts';
import { MACHINE_NAME_MAX } from '../contract/lan.ts';
import type { CompactionSettings } from '../node/compactionPolicy.ts';
import { NODE_NUMBER_MAX } from '../trace/names.ts';

const LAB_FILE = 'lab.json';
/** 2: nodes come and go (`member`, `replaces`, `former`), and lease reads. A file of version 1 is read as it is. */
const LAB_FILE_VERSION = 2;
/** A lab.json is a few kilobytes; what is longer is none. */
const LAB_FILE_BYTES_MAX = 1024 * 1024;

const nodeSchema = z.strictObject({
  number: z.int().min(1).max(NODE_NUMBER_MAX),
  /** 1 for the first life of the node's disk, one more after each wipe (trace/names.ts). */
  incarnation: z.int().min(1).max(1_000_000),
  /** The UDP port that it had last; 0 before it ever ran. */
  port: z.int().min(0).max(65_535),
  /** Whether this incarnation has ever run, and so has a raft.db that must not be made anew. */
  hasRun: z.boolean(),
  state: z.enum(['running', 'paused', 'crashed']),
  /** What the node is to be: the lab brings the cluster's configuration there, step by step (membership.ts). */
  member: z.enum(['voter', 'learner', 'leaving']).default('voter'),
  /** The number of the node whose place it is to take, while that has not happened. */
  replaces: z.int().min(1).max(NODE_NUMBER_MAX).nullable().default(null),
  /** The machine of the LAN that it runs on; null: this one. */
  machine: z.strictObject({ id: z.uuid(), name: z.string().max(MACHINE_NAME_MAX) }).nullable().default(null),
});

const compactionSchema = z.strictObject({
  afterEntries: z.int().min(1).max(1_000_000),
  afterBytes: z.int().min(1).max(256 * 1024 * 1024),
  trailingEntries: z.int().min(0).max(1_000_000),
}) satisfies z.ZodType<CompactionSettings>;

const labFileSchema = z.strictObject({
  version: z.literal([1, LAB_FILE_VERSION]).transform(() => LAB_FILE_VERSION),
  labId: labIdSchema,
  name: z.string().min(1).max(60),
  createdAtMs: z.number().nonnegative(),
  openedAtMs: z.number().nonnegative(),
  pace: paceSchema,
  leaseReads: z.boolean().default(false),
  nodes: z.array(nodeSchema).min(1).max(LAB_NODES_MAX),
  /** Nodes that were removed, with their last incarnation: a Raft id is never used twice. */
  former: z.array(nodeSchema.pick({ number: true, incarnation: true })).max(NODE_NUMBER_MAX).default([]),
  /** The Raft ids of the voters that the cluster began with: the configuration before the first log entry. */
  initialVoters: z.array(z.int().positive()).min(1).max(LAB_NODES_MAX),
  /** When nodes take snapshots and how much log they keep (node/compactionPolicy.ts). Absent: as usual. */
  compaction: compactionSchema.optional(),
  /** Links with a fault. A partition's cuts are not among them. */
  links: z.array(z.strictObject({ from: nodeNameSchema, to: nodeNameSchema, faults: linkFaultsSchema })),
  partition: z.array(z.array(nodeNameSchema)).nullable(),
});

export type LabFile = z.output<typeof labFileSchema>;
export type LabFileNode = LabFile['nodes'][number];

export function newLabFile(
  lab: Pick<LabFile, 'labId' | 'name' | 'pace' | 'createdAtMs' | 'compaction'>, nodeCount: number,
): LabFile {
  const numbers = Array.from({ length: nodeCount }, (_, position) => position + 1);
  return {
    version: LAB_FILE_VERSION,
    ...lab,
    openedAtMs: lab.createdAtMs,
    leaseReads: false,
    nodes: numbers.map((number) => newLabFileNode(number, 1, 'voter')),
    former: [],
    initialVoters: numbers,
    links: [],
    partition: null,
  };
}

/** A node that has never run. */
export function newLabFileNode(number: number, incarnation: number, member: LabFileNode['member']): LabFileNode {
  return { number, incarnation, port: 0, hasRun: false, state: 'running', member, replaces: null, machine: null };
}

/**
 * Reads the lab.json of a lab's folder. The file is never changed by this.
 * @throws {LabError} `unknown-lab` when there is none, `lab-newer`, `corrupt-file` when it is not what it should be
 */
export async function readLabFile(folder: string): Promise<LabFile> {
  let text: string;
  try {
    text = await readFile(join(folder, LAB_FILE), 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new LabError('unknown-lab', 'there is no such lab: it may have been deleted');
    }
    throw new LabError('disk-error', `the lab's file lab.json cannot be read (${code})`);
  }
  const value = text.length > LAB_FILE_BYTES_MAX ? undefined : parseJson(text);
  const version = z.looseObject({ version: z.int() }).safeParse(value);
  if (version.success && version.data.version > LAB_FILE_VERSION) {
    throw new LabError(
      'lab-newer',
      `this lab was made by a newer Raftlab (format ${version.data.version}, this one knows ${LAB_FILE_VERSION}): `
      + 'open it with that version',
    );
  }
  const parsed = labFileSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
    throw new LabError(
      'corrupt-file',
      `the lab's file lab.json is damaged${where}: put a good copy in its place, or delete the lab`,
    );
  }
  return parsed.data;
}

/**
 * Writes lab.json beside the old one, brings it to the disk and swaps the two: a crash leaves the old or the new one.
 */
export async function writeLabFile(folder: string, lab: LabFile): Promise<void> {
  const temporary = join(folder, `${LAB_FILE}.new`);
  const file = await open(temporary, 'w');
  try {
    await file.writeFile(`${JSON.stringify(lab, null, 2)}\n`, 'utf8');
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(folder, LAB_FILE));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
