/** Building blocks of the schemas for trace events and views: bound to their types, with bounded values. */
import { z } from 'zod';
import type { DoorPlace, DoorSettings } from './door.ts';
import type { Hold, LinkFaults, MessageKind, Pace } from './events.ts';
import { INCARNATION_MAX, isNodeId, isNodeName } from './names.ts';
import type { NodeName } from './names.ts';
import { RULE_NAMES } from './variant.ts';
import type { DefaultRead, RaftVariant, RuleName } from './variant.ts';
import { COUNT_MAX, PEERS_MAX } from './view.ts';

// The window uses some of these, and its CSP forbids the parsers that zod would compile with new Function.
z.config({ jitless: true });

/**
 * A schema for each field of a type, no more and no fewer: a field that the type gains or loses is a type error at its
 * schema. A field that may be absent takes `exactOptional`.
 */
export type FieldsOf<Value> = {
  readonly [Field in keyof Value]-?: object extends Pick<Value, Field>
    ? z.ZodExactOptional<z.ZodType<Required<Value>[Field]>>
    : z.ZodType<Value[Field]>;
};

/** An object with these fields and no others. */
export function objectOf<Value extends object>(fields: FieldsOf<Value>): z.ZodType<Value> {
  // Each of `fields` accepts what the type says (FieldsOf).
  return z.strictObject(fields) as unknown as z.ZodType<Value>;
}

/** A schema for each field of each kind of a union, except the `type` that distinguishes the kinds. */
export type KindsOf<Union extends { readonly type: string }> = {
  readonly [Type in Union['type']]: FieldsOf<Omit<Extract<Union, { readonly type: Type }>, 'type'>>;
};

/**
 * One of the kinds of a union. The kind is looked up by `type`, so that one schema is tried instead of fifty (decision
 * 0050).
 */
export function anyOf<Union extends { readonly type: string }>(kinds: KindsOf<Union>): z.ZodType<Union> {
  const schemas = Object.entries<z.ZodRawShape>(kinds).map(([type, fields]) => (
    z.strictObject({ type: z.literal(type), ...fields })));
  // Each field of each of `kinds` accepts what the type says (KindsOf).
  return z.discriminatedUnion('type', schemas as unknown as [z.ZodObject<{ type: z.ZodLiteral<string> }>]) as unknown as
    z.ZodType<Union>;
}

/** One of the words of a union; all must be listed: a word that the union gains or loses is a type error. */
export function oneOf<Word extends string>(words: Readonly<Record<Word, true>>): z.ZodEnum<Record<Word, Word>> {
  return z.enum(Object.keys(words) as Word[]);
}

/** A field that may be absent, but not undefined. */
export function maybe<Value>(schema: z.ZodType<Value>): z.ZodExactOptional<z.ZodType<Value>> {
  return z.exactOptional(schema);
}

/** The end of the year 9999: every date format can represent earlier times. */
const TIME_MS_MAX = 253_402_300_799_999;
/** Thirty years. */
const DURATION_MS_MAX = 1e12;
const TEXT_CHARACTERS_MAX = 2000;
/** As long as a path may be on most systems. */
const PATH_CHARACTERS_MAX = 4096;

export const whole = z.int().min(0).max(COUNT_MAX);
export const incarnation = z.int().min(1).max(INCARNATION_MAX);
/** A word or an identifier. */
export const short = z.string().max(100);
/** A sentence or a few. */
export const text = z.string().max(TEXT_CHARACTERS_MAX);
/** A sentence that may name a file. */
export const path = z.string().max(PATH_CHARACTERS_MAX);
export const flag = z.boolean();
/** Milliseconds since 1970. */
export const timeMs = z.number().min(0).max(TIME_MS_MAX);
export const durationMs = z.number().min(0).max(DURATION_MS_MAX);
export const udpPort = z.int().min(1).max(65_535);
/** 0 for none. */
export const portOrNone = z.int().min(0).max(65_535);
export const nodeId = z.int().refine(isNodeId, 'not the identifier of a node');
/** NONE for nobody. */
export const nodeIdOrNone = z.int().refine((id) => id === 0 || isNodeId(id), 'not the identifier of a node');
export const nodeIds = z.array(nodeId).max(PEERS_MAX);
export const nodeName: z.ZodType<NodeName, string> = z.string().max(8)
  .refine(isNodeName, 'not a node name (n1, n2 …)');
export const nodeNames = z.array(nodeName).max(PEERS_MAX);

/** A record with node identifiers as keys, as JSON writes them. */
export function byNodeId<Value>(schema: z.ZodType<Value>): z.ZodType<Record<number, Value>> {
  const id = z.string().max(10).refine((key) => /^[1-9]\d*$/.test(key) && isNodeId(Number(key)));
  return z.record(id, schema).refine((record) => Object.keys(record).length <= PEERS_MAX);
}

export const pace = oneOf<Pace>({ fast: true, class: true, slow: true });

export const messageKind = oneOf<MessageKind>({
  AppendEntries: true, AppendEntriesResponse: true, RequestVote: true, PreVote: true, RequestVoteResponse: true,
  PreVoteResponse: true, Heartbeat: true, HeartbeatResponse: true, InstallSnapshot: true,
  InstallSnapshotResponse: true, TimeoutNow: true, ForwardedProposal: true, ReadIndex: true, ReadIndexResponse: true,
  TransferLeadership: true,
});

const anyHold: z.ZodType<Hold> = z.union([
  z.literal('nothing'), z.literal('everything'), z.array(messageKind).min(1).max(messageKind.options.length),
]);
/** Files and machines of earlier versions do not know it. */
export const hold = anyHold.default('nothing');

const LINK_DELAY_MS_MAX = 60_000;
const percent = z.number().min(0).max(100);
const delayMs = z.number().min(0).max(LINK_DELAY_MS_MAX);
export const linkFaults = objectOf<LinkFaults>({
  down: flag, lossPercent: percent, delayMs, jitterMs: delayMs, duplicatePercent: percent, reorderPercent: percent,
  hold,
});

const ruleName: z.ZodType<RuleName> = z.enum(RULE_NAMES);
export const rulesOff = z.array(ruleName).max(RULE_NAMES.length);
export const raftVariant = objectOf<RaftVariant>({
  preVote: flag, checkQuorum: flag, noOp: flag, sessions: flag,
  defaultRead: oneOf<DefaultRead>({ 'read-index': true, log: true }), rulesOff,
});

export const doorSettings = objectOf<DoorSettings>({ isOpen: flag, redirects: flag, onLan: flag });
export const doorPlace = { address: short, port: z.int().min(1).max(65_535) } satisfies FieldsOf<DoorPlace>;
