/** lab.json: what is kept of a lab until it is opened again. */
import { join } from 'node:path';
import { z } from 'zod';
import type { LabSummary } from '../../contract/answers.ts';
import {
  LAB_NAME_MAX, LAB_NODES_MAX, labIdSchema, linkFaultsSchema, nodeNameSchema, paceSchema,
} from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import { MACHINE_NAME_MAX } from '../../contract/lan.ts';
import { readableName } from '../../contract/names.ts';
import { DATA_BYTES_LEAST, DATA_BYTES_MAX } from '../../kv/commands.ts';
import type { CompactionSettings } from '../../server/snapshots/compactionPolicy.ts';
import { mayHaveLeases } from '../../contract/variantChanges.ts';
import { NODE_NUMBER_MAX } from '../../trace/names.ts';
import { DOOR_CLOSED } from '../../trace/door.ts';
import { doorSettings, raftVariant } from '../../trace/schemaParts.ts';
import { RAFTLAB_VARIANT } from '../../trace/variant.ts';
import type { RaftVariant } from '../../trace/variant.ts';
import { contradictionIn, labRecordSchema, type LabRecord } from '../../sim/lab/labRecord.ts';
import { JsonFile } from './jsonFile.ts';
import type { JsonReading } from './jsonFile.ts';

/**
 * 2 added membership changes (`member`, `replaces`, `former`) and lease reads, 3 the variant of Raft and simulated
 * labs, 4 doors. Files of earlier versions can be read.
 */
const LAB_FILE_VERSION = 4;

/** A lab of an earlier Raftlab may have a name that cannot be shown: it can still be opened. */
const nameOfUpTo = (lengthMax: number, otherwise: string) =>
  z.string().max(lengthMax).transform((name) => readableName(name, lengthMax, otherwise));

const nodeSchema = z.strictObject({
  number: z.int().min(1).max(NODE_NUMBER_MAX),
  /** 1 for the first life of the node's disk, one more after each wipe (trace/names.ts). */
  incarnation: z.int().min(1).max(1_000_000),
  /** The UDP port that it had last; 0 before it ever ran. */
  port: z.int().min(0).max(65_535),
  /** The TCP port of its door that it had last; 0 before it ever had one. */
  doorPort: z.int().min(0).max(65_535).default(0),
  /** Whether this incarnation has ever run, and so has a raft.db that must not be created again. */
  hasRun: z.boolean(),
  state: z.enum(['running', 'paused', 'crashed']),
  /** The node's wanted role: the lab changes the cluster's configuration step by step to reach it (membership.ts). */
  member: z.enum(['voter', 'learner', 'leaving']).default('voter'),
  /** The number of the node that it still has to replace; null: none. */
  replaces: z.int().min(1).max(NODE_NUMBER_MAX).nullable().default(null),
  /** The machine of the LAN that it runs on; null: this one. */
  machine: z.strictObject({ id: z.uuid(), name: nameOfUpTo(MACHINE_NAME_MAX, 'a lab machine') })
    .nullable().default(null),
});

const compactionSchema = z.strictObject({
  afterEntries: z.int().min(1).max(1_000_000),
  afterBytes: z.int().min(1).max(256 * 1024 * 1024),
  trailingEntries: z.int().min(0).max(1_000_000),
}) satisfies z.ZodType<CompactionSettings>;

const labFileSchema = z.strictObject({
  version: z.literal([1, 2, 3, LAB_FILE_VERSION]).transform(() => LAB_FILE_VERSION),
  labId: labIdSchema,
  name: z.string().min(1).pipe(nameOfUpTo(LAB_NAME_MAX, 'lab')),
  createdAtMs: z.number().nonnegative(),
  openedAtMs: z.number().nonnegative(),
  pace: paceSchema,
  leaseReads: z.boolean().default(false),
  /** Which Raft the nodes run. */
  variant: raftVariant.default(RAFTLAB_VARIANT),
  /** How the nodes' doors are to be. */
  door: doorSettings.default(DOOR_CLOSED),
  nodes: z.array(nodeSchema).min(1).max(LAB_NODES_MAX),
  /** Nodes that were removed, with their last incarnation: a Raft id is never used twice. */
  former: z.array(nodeSchema.pick({ number: true, incarnation: true })).max(NODE_NUMBER_MAX).default([]),
  /** The Raft ids of the voters that the cluster began with: the configuration before the first log entry. */
  initialVoters: z.array(z.int().positive()).min(1).max(LAB_NODES_MAX),
  /** When nodes take snapshots and how much log they keep (node/snapshots/compactionPolicy.ts). Absent: defaults. */
  compaction: compactionSchema.optional(),
  /** The most bytes of keys and values together; the next write brings it into the log. Absent: the default. */
  dataBytesMax: z.int().min(DATA_BYTES_LEAST).max(DATA_BYTES_MAX).optional(),
  /** Links with a fault. A partition's cuts are not among them. */
  links: z.array(z.strictObject({ from: nodeNameSchema, to: nodeNameSchema, faults: linkFaultsSchema })),
  partition: z.array(z.array(nodeNameSchema)).nullable(),
  /** A simulated lab: what was done in it. Its nodes, links and variant above are then those that it began with. */
  simulated: labRecordSchema.omit({ labId: true, name: true }).optional(),
  /** A simulated lab that continues a live one: what its nodes' disks held is in a file beside (beginningFile.ts). */
  isContinued: z.boolean().default(false),
}).superRefine((lab, context) => {
  for (const { path, message } of contradictionsIn(lab)) {
    context.addIssue({ code: 'custom', path: [...path], message });
  }
});

interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Values that are valid alone but contradict each other: if they were accepted, some would be lost or undone. */
function contradictionsIn({ nodes, former, initialVoters, links, partition, leaseReads, variant, simulated }: {
  readonly nodes: readonly z.output<typeof nodeSchema>[];
  readonly former: readonly { readonly number: number; readonly incarnation: number }[];
  readonly initialVoters: readonly number[];
  readonly links: readonly { readonly from: string; readonly to: string }[];
  readonly partition: readonly (readonly string[])[] | null;
  readonly leaseReads: boolean;
  readonly variant: RaftVariant;
  readonly simulated?: Pick<LabRecord, 'branches' | 'shown'> | undefined;
}): readonly Contradiction[] {
  const inRecord = simulated === undefined ? null : contradictionIn(simulated);
  const incarnations = new Map(former.map(({ number, incarnation }) => [number, incarnation]));
  return [
    ...(inRecord === null ? [] : [{ path: ['simulated', ...inRecord.path], message: inRecord.message }]),
    ...(leaseReads && !mayHaveLeases(variant)
      ? [{ path: ['leaseReads'], message: 'lease reads need check-quorum' }] : []),
    ...repeated('nodes', nodes.map(({ number }) => `n${number}`)),
    ...repeated('former', former.map(({ number }) => `n${number}`)),
    ...repeated('initialVoters', initialVoters.map((id) => `voter ${id}`)),
    ...repeated('links', links.map(({ from, to }) => `the link from ${from} to ${to}`)),
    ...repeated('partition', partition?.flat() ?? []),
    ...nodes.flatMap(({ number, replaces, incarnation }, at): Contradiction[] => [
      ...(replaces === number
        ? [{ path: ['nodes', at, 'replaces'], message: `n${number} is to take its own place` }] : []),
      // A number that is used again continues after the removed node's last incarnation.
      ...(incarnation <= (incarnations.get(number) ?? 0)
        ? [{ path: ['nodes', at, 'incarnation'], message: `n${number} is there, and was removed` }] : []),
    ]),
    ...links.flatMap(({ from, to }, at) => (
      from === to ? [{ path: ['links', at], message: `${from} has a link to itself` }] : []
    )),
  ];
}

function repeated(field: string, values: readonly string[]): readonly Contradiction[] {
  const twice = values.find((value, at) => values.indexOf(value) < at);
  return twice === undefined ? [] : [{ path: [field], message: `${twice} is there twice` }];
}

export type LabFile = z.output<typeof labFileSchema>;
export type LabFileNode = LabFile['nodes'][number];

/** What of lab.json is known when a lab is made. */
type NewLab = Pick<
  LabFile, 'labId' | 'name' | 'pace' | 'variant' | 'createdAtMs' | 'compaction' | 'dataBytesMax' | 'simulated'
>;

export function newLabFile(
  lab: NewLab,
  nodeCount: number,
): LabFile {
  const numbers = Array.from({ length: nodeCount }, (_, position) => position + 1);
  return {
    version: LAB_FILE_VERSION,
    ...lab,
    openedAtMs: lab.createdAtMs,
    leaseReads: false,
    door: DOOR_CLOSED,
    nodes: numbers.map((number) => newLabFileNode(number, 1, 'voter')),
    former: [],
    initialVoters: numbers,
    links: [],
    partition: null,
    isContinued: false,
  };
}

/** A node that has never run. */
export function newLabFileNode(number: number, incarnation: number, member: LabFileNode['member']): LabFileNode {
  return {
    number, incarnation, port: 0, doorPort: 0, hasRun: false, state: 'running', member, replaces: null, machine: null,
  };
}

/** The lab.json of a lab's folder. */
export function labFileIn(folder: string): JsonFile<LabFile> {
  return new JsonFile({ path: join(folder, 'lab.json'), schema: labFileSchema, version: LAB_FILE_VERSION });
}

/**
 * The lab that lab.json describes.
 * @throws {LabError} `unknown-lab` when there is none, `lab-newer`, `disk-error`, `corrupt-file` when it is damaged
 */
export function labOf(reading: JsonReading<LabFile>): LabFile {
  switch (reading.type) {
    case 'value':
      return reading.value;
    case 'missing':
      throw new LabError('unknown-lab', 'there is no such lab: it may have been deleted');
    case 'unreadable':
      throw new LabError('disk-error', `the lab's file lab.json cannot be read (${reading.code})`);
    case 'held':
      throw reading.problem;
    case 'newer':
      throw new LabError(
        'lab-newer',
        `this lab was made by a newer Raftlab (format ${reading.version}, this one knows ${LAB_FILE_VERSION}): `
        + 'open it with that version',
      );
    case 'damaged':
      throw new LabError(
        'corrupt-file',
        `the lab's file lab.json is damaged${reading.where === '' ? '' : ` at ${reading.where} (${reading.problem})`}: `
        + 'put a good copy in its place, or delete the lab',
      );
  }
}

/** A damaged file has a name, too, as long as it can be found in its text; null otherwise. For people alone. */
export function nameIn(reading: JsonReading<LabFile>): string | null {
  switch (reading.type) {
    case 'value':
      return reading.value.name;
    case 'newer':
    case 'damaged': {
      // The lab's own name comes before those of its nodes' machines, and may be all that is left of the file.
      const quoted = /"name"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(reading.text)?.[1];
      const name = z.string().safeParse(quoted === undefined ? undefined : unquoted(quoted));
      return name.success ? readableName(name.data, LAB_NAME_MAX, '') || null : null;
    }
    case 'missing':
    case 'unreadable':
    case 'held':
      return null;
  }
}

function unquoted(quoted: string): unknown {
  try {
    return JSON.parse(quoted);
  } catch {
    return undefined; // an escape that is none
  }
}

/** A lab that is not open, for a list. */
export function summaryOf(file: LabFile): LabSummary {
  const { labId, name, nodes, pace, variant, createdAtMs, openedAtMs, simulated } = file;
  return {
    labId, name, nodeCount: nodes.length, pace, variant, createdAtMs, openedAtMs, isOpen: false,
    ...(simulated === undefined ? {} : { simulation: simulated.simulation }),
  };
}

/** What is kept of a simulated lab. @throws {LabError} when the lab is a live one */
export function recordIn({ labId, name, simulated }: LabFile): LabRecord {
  if (simulated === undefined) throw new LabError('internal', `the lab “${name}” is not simulated`);
  return { ...simulated, labId, name };
}
