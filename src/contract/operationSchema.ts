/** What a client's operation may hold, field by field: those of other machines and of files are checked here. */
import { z } from 'zod';
import { CLIENT_BYTES_MAX, KEY_BYTES_MAX, LIST_ENTRIES_MAX } from '../kv/commands.ts';
import type { KvCommand } from '../kv/commands.ts';
import type { ClientOutcome } from '../trace/events.ts';
import type { ClientOperation, OperationParts, OperationRead } from '../trace/operations.ts';
import { durationMs, flag, maybe, nodeId, objectOf, oneOf, short, timeMs, whole } from '../trace/schemaParts.ts';
import { kvResultSchema } from './answerSchemas.ts';

const key = z.string().max(KEY_BYTES_MAX);
/** Longer than any mark (VALUE_MARK_MAX), so that a later version may keep more of a value. */
const mark = z.string().max(1000);

const command: z.ZodType<KvCommand> = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('get'), key }),
  z.strictObject({ op: z.literal('put'), key, value: mark }),
  z.strictObject({ op: z.literal('delete'), key }),
  z.strictObject({ op: z.literal('cas'), key, expected: mark.nullable(), value: mark }),
  z.strictObject({ op: z.literal('incr'), key, by: z.int() }),
  z.strictObject({
    op: z.literal('list'), prefix: key, limit: z.int().min(1).max(LIST_ENTRIES_MAX), after: z.exactOptional(key),
  }),
]);

export const clientOperationSchema: z.ZodType<ClientOperation> = objectOf<ClientOperation>({
  requestId: short,
  client: z.string().max(CLIENT_BYTES_MAX),
  node: nodeId,
  command,
  read: maybe(oneOf<OperationRead>({ 'read-index': true, lease: true, log: true, stale: true })),
  askedAtMs: timeMs,
  answeredAtMs: timeMs.nullable(),
  outcome: oneOf<ClientOutcome>({ ok: true, refused: true, unknown: true }).nullable(),
  result: kvResultSchema.nullable(),
  index: whole.nullable(),
  term: whole,
  tookEffect: flag.nullable(),
  parts: objectOf<OperationParts>({
    forwardedMs: maybe(durationMs), appendedMs: maybe(durationMs), confirmedMs: maybe(durationMs),
    appliedMs: maybe(durationMs),
  }),
});
