/**
 * beginning.json.gz: what the disks of a live lab's nodes held, where a simulated lab continues from them. It lies
 * beside lab.json, which is small and written again and again; this file is written once.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { z } from 'zod';
import { LAB_NODES_MAX } from '../../contract/commands.ts';
import { LabError } from '../../contract/errors.ts';
import type { Configuration, NodeId } from '../../raft/types.ts';
import type { DiskContents } from '../../sim/disk.ts';
import { untilLetGo } from '../../node/storage/heldByOthers.ts';
import { onDisk } from './diskError.ts';

const MIB = 1024 * 1024;
/** The most that logs and snapshots of all nodes may take together: each run of the lab in memory holds them. */
export const BEGINNING_BYTES_MAX = 16 * MIB;
/** Base64 takes a third more; the rest is for what surrounds each entry, and bounds how many there may be. */
const TEXT_BYTES_MAX = 64 * MIB;
export const BEGINNING_FILE = 'beginning.json.gz';

const whole = z.int().nonnegative();
const ids = z.array(z.int().positive()).readonly();
const bytes = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));
const configurationSchema = z.strictObject({
  voters: ids, votersOutgoing: ids, learners: ids, learnersNext: ids, autoLeave: z.boolean(),
}) satisfies z.ZodType<Configuration>;

const diskSchema = z.strictObject({
  id: z.int().positive(),
  boots: whole,
  hardState: z.strictObject({ currentTerm: whole, votedFor: whole, commitIndex: whole }),
  compacted: z.strictObject({ index: whole, term: whole }),
  snapshot: z.strictObject({
    lastIncludedIndex: whole, lastIncludedTerm: whole, configuration: configurationSchema, data: bytes,
  }),
  /** The first one follows `compacted`; their indexes have no gap. */
  entries: z.array(z.strictObject({ term: whole, type: z.enum(['command', 'no-op', 'configuration']), data: bytes })),
});
const beginningSchema = z.strictObject({
  version: z.literal(1), disks: z.array(diskSchema).max(LAB_NODES_MAX),
});

/** The disks of nodes by their Raft ids; a node that never ran has none. */
export type Disks = ReadonlyMap<NodeId, DiskContents>;

/** @throws {LabError} `too-large` when it could not be read back; `disk-full`, `disk-error` */
export async function writeBeginning(folder: string, disks: Disks): Promise<void> {
  const text = JSON.stringify({
    version: 1,
    disks: [...disks].map(([id, { snapshot, entries, ...disk }]) => ({
      id,
      ...disk,
      snapshot: { ...snapshot, data: base64Of(snapshot.data) },
      entries: entries.map(({ term, type, data }) => ({ term, type, data: base64Of(data) })),
    })),
  } satisfies z.input<typeof beginningSchema>);
  if (text.length > TEXT_BYTES_MAX) {
    throw new LabError('too-large', 'the logs of the nodes have too many entries: compact each node first');
  }
  await onDisk(`${BEGINNING_FILE} cannot be saved`, folder, async () => {
    await writeFile(join(folder, BEGINNING_FILE), await promisify(gzip)(text), { mode: 0o600, flush: true });
  });
}

/** @throws {LabError} `corrupt-file`, `disk-error` */
export async function readBeginning(folder: string): Promise<Disks> {
  const packed = await onDisk(
    `${BEGINNING_FILE} cannot be read`, folder, () => untilLetGo(() => readFile(join(folder, BEGINNING_FILE))),
  ).catch((error: unknown) => {
    throw existsSync(join(folder, BEGINNING_FILE)) ? error : unusable('missing');
  });
  try {
    const text = await promisify(gunzip)(packed, { maxOutputLength: TEXT_BYTES_MAX });
    const { disks } = beginningSchema.parse(JSON.parse(text.toString('utf8')));
    return new Map(disks.map(({ id, entries, ...disk }) => [id, {
      ...disk,
      entries: entries.map((entry, at) => ({ index: disk.compacted.index + 1 + at, ...entry })),
    }]));
  } catch {
    throw unusable('damaged');
  }
}

function unusable(how: 'missing' | 'damaged'): LabError {
  return new LabError(
    'corrupt-file', `the lab's file ${BEGINNING_FILE} is ${how}: put a good copy in its place, or delete the lab`,
  );
}

function base64Of(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64');
}
