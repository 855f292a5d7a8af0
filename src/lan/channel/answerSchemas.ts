/** What the nodes of other machines may answer, field by field: windows and terminals show it as it came. */
import { z } from 'zod';
import type { DiskPage, KvAnswer, NodeKvPage, SessionsPage, TransferAnswer } from '../../contract/answers.ts';
import { LIST_ENTRIES_MAX } from '../../kv/commands.ts';
import { isNodeName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';

const TEXT_MAX = 2000;
/** More than is ever asked for at once. */
const ROWS_MAX = 1000;

const whole = z.int().nonnegative();
const text = z.string().max(TEXT_MAX);
/** As long as the channel's longest message lets it be. */
const value = z.string();
const flag = z.boolean();
const timeMs = z.number().nonnegative();
const nodeName = z.custom<NodeName>((name) => typeof name === 'string' && isNodeName(name));

const pair = z.strictObject({ key: z.string(), value });
const kvResult = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('value'), value: value.nullable() }),
  z.strictObject({ type: z.enum(['written', 'deleted']), previous: value.nullable() }),
  z.strictObject({ type: z.literal('compared'), swapped: flag, actual: value.nullable() }),
  z.strictObject({ type: z.literal('number'), value: z.int() }),
  z.strictObject({ type: z.literal('list'), entries: z.array(pair).max(LIST_ENTRIES_MAX), truncated: flag }),
  z.strictObject({ type: z.literal('registered'), session: whole }),
  z.strictObject({
    type: z.literal('refused'),
    code: z.enum([
      'not-a-number', 'number-too-large', 'data-limit-reached', 'session-expired', 'sequence-too-old', 'malformed-entry',
    ]),
    message: text,
  }),
]);
const readDetails = z.strictObject({
  kind: z.enum(['read-index', 'lease', 'log', 'stale']),
  readIndex: whole.nullable(),
  confirmedBy: z.enum(['round', 'lease', 'sole-voter']).nullable(),
  batchSize: whole,
  confirmedMs: timeMs.nullable(),
  appliedMs: timeMs.nullable(),
});

export const kvAnswerSchema: z.ZodType<KvAnswer> = z.strictObject({
  result: kvResult,
  index: whole,
  term: whole,
  route: z.array(nodeName).max(2),
  leader: nodeName.nullable(),
  read: readDetails.exactOptional(),
  hops: whole,
  tries: whole,
  timing: z.strictObject({ totalMs: timeMs, appendedMs: timeMs.nullable(), committedMs: timeMs.nullable() }),
});

export const kvPageSchema: z.ZodType<NodeKvPage> = z.strictObject({
  lastApplied: whole,
  keyCount: whole,
  entries: z.array(pair.extend({ cutFrom: whole.exactOptional() })).max(LIST_ENTRIES_MAX),
  truncated: flag,
});

export const sessionsPageSchema: z.ZodType<SessionsPage> = z.strictObject({
  lastApplied: whole,
  sessionCount: whole,
  sessionsMax: whole,
  sessions: z.array(z.strictObject({
    client: text, session: whole, lastSequence: whole, lastUsedIndex: whole, keptResults: whole,
  })).max(ROWS_MAX),
  truncated: flag,
});

export const transferAnswerSchema: z.ZodType<TransferAnswer> = z.strictObject({
  leader: nodeName, term: whole, totalMs: timeMs,
});

export const diskPageSchema: z.ZodType<DiskPage> = z.strictObject({
  databasePath: text,
  fileBytes: whole,
  walBytes: whole,
  identity: z.strictObject({ labId: text, id: whole, incarnation: whole, boot: whole }),
  hardState: z.strictObject({ currentTerm: whole, votedFor: whole, commitIndex: whole }),
  firstIndex: whole,
  lastIndex: whole,
  snapshotIndex: whole,
  snapshotTerm: whole,
  snapshotBytes: whole,
  rows: z.array(z.strictObject({
    index: whole,
    term: whole,
    type: z.enum(['command', 'no-op', 'configuration']),
    bytes: whole,
    text: value,
    client: text.nullable(),
  })).max(ROWS_MAX),
});
