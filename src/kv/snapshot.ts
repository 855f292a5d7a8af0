/** The state machine as bytes: `[version, lastApplied, [key, value, …], [session, …]]` in CBOR, keys in order. */
import { z } from 'zod';
import { decodeCbor, encodeCbor } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';
import type { Index } from '../raft/types.ts';
import type { KvPair, KvResult } from './commands.ts';
import type { Session } from './sessions.ts';

const SNAPSHOT_VERSION = 1;

/** What a snapshot holds. */
export interface SnapshotContents {
  readonly lastApplied: Index;
  /** In the order of their keys' UTF-8 bytes. */
  readonly pairs: readonly KvPair[];
  /** The one used longest ago first. */
  readonly sessions: readonly Session[];
}

/** The bytes are no snapshot of this version. */
export class SnapshotError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SnapshotError';
  }
}

const previous = z.string().nullable();
const recordedResultSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('written'), previous }),
  z.strictObject({ type: z.literal('deleted'), previous }),
  z.strictObject({ type: z.literal('compared'), swapped: z.boolean(), actual: previous }),
  z.strictObject({ type: z.literal('number'), value: z.int() }),
  z.strictObject({
    type: z.literal('refused'), code: z.enum(['not-a-number', 'number-too-large']), message: z.string(),
  }),
]) satisfies z.ZodType<KvResult>;

const count = z.int().min(0);
const sessionSchema = z.tuple([
  count.min(1), z.string(), z.string(), count, count.min(1),
  z.array(z.tuple([count.min(1), recordedResultSchema])),
]);
const snapshotSchema = z.tuple([z.literal(SNAPSHOT_VERSION), count, z.array(z.string()), z.array(sessionSchema)]);

/** The bytes of a snapshot: the same for the same contents, on any machine. */
export function encodeSnapshot(contents: SnapshotContents): Uint8Array {
  const texts = contents.pairs.flatMap(({ key, value }) => [key, value]);
  const sessions = contents.sessions.map((session): CborValue => [
    session.session, session.client, session.request, session.lastUsedIndex, session.keptFrom,
    [...session.results].map(([sequence, result]): CborValue => [sequence, recordedToCbor(result)]),
  ]);
  return encodeCbor([SNAPSHOT_VERSION, contents.lastApplied, texts, sessions]);
}

/**
 * The contents of a snapshot.
 * @throws {SnapshotError} when the bytes are no snapshot of this version
 */
export function decodeSnapshot(bytes: Uint8Array): SnapshotContents {
  const parsed = snapshotSchema.safeParse(decodeCbor(bytes));
  if (!parsed.success) {
    const problem = parsed.error.issues[0];
    const what = `${problem?.message ?? ''} at ${problem?.path.join('.') ?? ''}`;
    throw new SnapshotError(`${bytes.length} bytes are no snapshot: ${what}`);
  }
  const [, lastApplied, texts, sessionRows] = parsed.data;
  if (texts.length % 2 !== 0) throw new SnapshotError(`a snapshot holds ${texts.length} texts, which are no pairs`);
  const pairs: KvPair[] = [];
  for (let at = 0; at < texts.length; at += 2) pairs.push({ key: texts[at] ?? '', value: texts[at + 1] ?? '' });
  const sessions = sessionRows.map(([session, client, request, lastUsedIndex, keptFrom, results]): Session =>
    ({ session, client, request, lastUsedIndex, keptFrom, results: new Map(results) }));
  return { lastApplied, pairs, sessions };
}

/** Names the fields one by one, so that their order on the wire is written down here and nowhere else. */
function recordedToCbor(result: KvResult): CborValue {
  switch (result.type) {
    case 'written':
    case 'deleted':
      return { type: result.type, previous: result.previous };
    case 'compared':
      return { type: 'compared', swapped: result.swapped, actual: result.actual };
    case 'number':
      return { type: 'number', value: result.value };
    case 'refused':
      return { type: 'refused', code: result.code, message: result.message };
    case 'value':
    case 'list':
    case 'registered':
      throw new Error(`a session holds a result of type ${result.type}, which is never recorded`);
  }
}
