/** What the commands of a lab may answer, field by field: answers of other machines are checked before use. */
import { z } from 'zod';
import { LIST_ENTRIES_MAX } from '../kv/commands.ts';
import type { KvPair, KvPreview, KvRefusalCode, KvResult } from '../kv/commands.ts';
import type { EntryType, ReadConfirmation } from '../raft/types.ts';
import { traceEventSchema } from '../trace/eventSchema.ts';
import {
  durationMs, flag, maybe, nodeId, nodeIdOrNone, nodeName, objectOf, oneOf, path, short, text, whole,
} from '../trace/schemaParts.ts';
import { clusterViewSchema } from '../trace/viewSchema.ts';
import type {
  DiskPage, EventBatch, KvAnswer, KvTiming, LiveAttachAnswer, LogRow, MembershipAnswer, NodeKvPage, ReadDetails,
  SessionRow, SessionsPage, TransferAnswer,
} from './answers.ts';
import { readKindSchema } from './commands.ts';
import type { CommandAnswer, CommandName } from './commands.ts';
import type { LabErrorCode, LabErrorData } from './errors.ts';
import type { TimeCommandName } from './time.ts';

/** More than is ever requested at once. */
const ROWS_MAX = 1000;
const EVENTS_MAX = 5000;

/** Limited only by the channel's longest message. */
const value = z.string();

export const labErrorSchema: z.ZodType<LabErrorData> = objectOf<LabErrorData>({
  code: oneOf<LabErrorCode>({
    'invalid-argument': true, 'forbidden-sender': true, 'unknown-command': true, 'no-open-lab': true,
    'unknown-lab': true, 'lab-in-use': true, 'lab-newer': true, 'unknown-node': true, 'node-starting': true,
    'node-crashed': true, 'node-paused': true, 'node-stopped': true, 'node-failed': true, 'node-running': true,
    'no-leader': true, 'not-held': true, 'transfer-failed': true, busy: true, 'too-large': true,
    'unknown-outcome': true, refused: true, 'disk-full': true, 'disk-error': true, 'corrupt-file': true, internal: true,
  }),
  message: path,
});

const pair = { key: z.string(), value };
export const kvResultSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('value'), value: value.nullable() }),
  z.strictObject({ type: z.enum(['written', 'deleted']), previous: value.nullable() }),
  z.strictObject({ type: z.literal('compared'), swapped: flag, actual: value.nullable() }),
  z.strictObject({ type: z.literal('number'), value: z.int() }),
  z.strictObject({
    type: z.literal('list'), entries: z.array(objectOf<KvPair>(pair)).max(LIST_ENTRIES_MAX), truncated: flag,
  }),
  z.strictObject({ type: z.literal('registered'), session: whole }),
  z.strictObject({
    type: z.literal('refused'),
    code: oneOf<KvRefusalCode>({
      'not-a-number': true, 'number-too-large': true, 'data-limit-reached': true, 'session-expired': true,
      'sequence-too-old': true, 'malformed-entry': true,
    }),
    message: text,
  }),
]) satisfies z.ZodType<KvResult>;
const readDetails = objectOf<ReadDetails>({
  kind: readKindSchema,
  readIndex: whole.nullable(),
  confirmedBy: oneOf<ReadConfirmation>({ round: true, lease: true, 'sole-voter': true }).nullable(),
  batchSize: whole,
  confirmedMs: durationMs.nullable(),
  appliedMs: durationMs.nullable(),
});

export const kvAnswerSchema: z.ZodType<KvAnswer> = objectOf<KvAnswer>({
  result: kvResultSchema,
  index: whole,
  term: whole,
  route: z.array(nodeName).max(2),
  leader: nodeName.nullable(),
  read: maybe(readDetails),
  hops: whole,
  tries: whole,
  mayHaveAppliedTimes: maybe(whole),
  timing: objectOf<KvTiming>({
    totalMs: durationMs, appendedMs: durationMs.nullable(), committedMs: durationMs.nullable(),
  }),
});

export const kvPageSchema: z.ZodType<NodeKvPage> = objectOf<NodeKvPage>({
  lastApplied: whole,
  keyCount: whole,
  entries: z.array(objectOf<KvPreview>({ ...pair, cutFrom: maybe(whole) })).max(LIST_ENTRIES_MAX),
  truncated: flag,
});

export const sessionsPageSchema: z.ZodType<SessionsPage> = objectOf<SessionsPage>({
  lastApplied: whole,
  sessionCount: whole,
  sessionsMax: whole,
  sessions: z.array(objectOf<SessionRow>({
    client: short, session: whole, lastSequence: whole, lastUsedIndex: whole, keptResults: whole,
  })).max(ROWS_MAX),
  truncated: flag,
});

export const transferAnswerSchema: z.ZodType<TransferAnswer> = objectOf<TransferAnswer>({
  leader: nodeName, term: whole, totalMs: durationMs,
});

export const diskPageSchema: z.ZodType<DiskPage> = objectOf<DiskPage>({
  databasePath: path,
  fileBytes: whole,
  walBytes: whole,
  identity: objectOf<DiskPage['identity']>({ labId: short, id: nodeId, incarnation: whole, boot: whole }),
  hardState: objectOf<DiskPage['hardState']>({ currentTerm: whole, votedFor: nodeIdOrNone, commitIndex: whole }),
  firstIndex: whole,
  lastIndex: whole,
  snapshotIndex: whole,
  snapshotTerm: whole,
  snapshotBytes: whole,
  rows: z.array(objectOf<LogRow>({
    index: whole,
    term: whole,
    type: oneOf<EntryType>({ command: true, 'no-op': true, configuration: true }),
    bytes: whole,
    text: value,
    client: text.nullable(),
  })).max(ROWS_MAX),
});

const membershipAnswerSchema = objectOf<MembershipAnswer>({ node: nodeName, isDone: flag, detail: text });

const eventsSchema = z.array(traceEventSchema).max(EVENTS_MAX);

export const attachAnswerSchema: z.ZodType<LiveAttachAnswer> = objectOf<LiveAttachAnswer>({
  view: clusterViewSchema, recentEvents: eventsSchema,
});

export const eventBatchSchema: z.ZodType<EventBatch> = objectOf<EventBatch>({
  batch: whole, firstSeq: whole, dropped: whole, events: eventsSchema,
});

/** The commands that a machine sends to its host, without those that each machine answers itself. */
type AskedElsewhere = Exclude<
  CommandName,
  `app:${string}` | `history:${string}` | `settings:${string}` | `scenario:${string}` | `picture:${string}`
  | `lan:${string}` | `lab:${string}` | 'events:acknowledge' | TimeCommandName
>;

/** The answer to each command that a joined machine sends to its host. */
export const answerSchemas: { readonly [Name in AskedElsewhere]: z.ZodType<CommandAnswer<Name>> } = {
  'events:page': eventsSchema,
  'node:crash': z.null(),
  'node:restart': z.null(),
  'node:pause': z.null(),
  'node:resume': z.null(),
  'node:wipe': z.null(),
  'node:compact': z.null(),
  'node:kv': kvPageSchema,
  'node:disk': diskPageSchema,
  'node:sessions': sessionsPageSchema,
  'message:deliver': z.null(),
  'message:lose': z.null(),
  'message:double': z.null(),
  'link:set': z.null(),
  'network:partition': z.null(),
  'network:hold': z.null(),
  'network:heal': z.null(),
  'network:reset': z.null(),
  'cluster:add': membershipAnswerSchema,
  'cluster:remove': membershipAnswerSchema,
  'cluster:promote': membershipAnswerSchema,
  'cluster:demote': membershipAnswerSchema,
  'cluster:replace': membershipAnswerSchema,
  'cluster:transfer': transferAnswerSchema,
  'cluster:forgetLeader': z.null(),
  'kv:execute': kvAnswerSchema,
};
