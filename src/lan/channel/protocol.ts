/** What a host and the machines that joined its lab say to each other over their channel. Every message is checked. */
import { z } from 'zod';
import type { AttachAnswer, EventBatch } from '../../contract/answers.ts';
import { labIdSchema, LAB_NODES_MAX } from '../../contract/commands.ts';
import type { Reply } from '../../contract/errors.ts';
import { lanRoleSchema, machineNameSchema } from '../../contract/lan.ts';
import type { MachineStatus } from '../../contract/lan.ts';
import type { LabToNode } from '../../node/protocol.ts';
import type { NodeName } from '../../trace/names.ts';
import { DATAGRAM_SECRET_BYTES } from '../../wire/index.ts';
import { proofSchema } from '../identity/machineKey.ts';
import { sessionSchema, signedSessionSchema } from '../identity/session.ts';
import type { Session, SignedSession } from '../identity/session.ts';
import { nodeToLabSchema } from './nodeMessageSchema.ts';
import type { NodePlan } from '../../lab/nodeLink.ts';

/** Both sides must speak the same one: Raftlab of another version may mean something else by the same words. */
export const LAN_PROTOCOL_VERSION = 2;

const nodeId = z.int().positive();
const requestId = z.int().nonnegative();
const udpPort = z.int().min(1).max(65_535);
const probeSecret = z.base64().max(100).refine((text) => Buffer.from(text, 'base64').length === DATAGRAM_SECRET_BYTES);

const fromMachineSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    version: z.int(),
    /** Only wants to know whether it could join. */
    isTest: z.boolean(),
    /** Who the machine is, proven for this connection. */
    proof: proofSchema,
    /** Which run of the program: a machine that connects again is told from another one with its key. */
    runId: z.uuid(),
    machineName: machineNameSchema,
    role: lanRoleSchema,
    /** Whether the host may act on this machine's nodes. */
    permits: z.boolean(),
    /** The machine's nodes that run at the moment: it was connected before. */
    running: z.array(nodeId).max(LAB_NODES_MAX),
    /** Its clock, milliseconds since 1970. */
    clockMs: z.number(),
  }),
  /** After the welcome: the session that this machine has kept of the lab (identity/session.ts). */
  z.strictObject({ type: z.literal('resume'), session: sessionSchema.nullable() }),
  /** The session that the host has handed over is on this machine's disk. */
  z.strictObject({ type: z.literal('sessionKept'), session: signedSessionSchema }),
  z.strictObject({ type: z.literal('attach') }),
  z.strictObject({ type: z.literal('acknowledge'), batch: z.int().nonnegative() }),
  z.strictObject({
    type: z.literal('command'), requestId, name: z.string().max(40), input: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ type: z.literal('bringNode'), requestId, asLearner: z.boolean() }),
  z.strictObject({ type: z.literal('permits'), permits: z.boolean() }),
  /** What one of the machine's nodes says. */
  z.strictObject({ type: z.literal('node'), id: nodeId, message: nodeToLabSchema }),
  z.strictObject({ type: z.literal('nodeExited'), id: nodeId, reason: z.string().max(500) }),
  /** The answer to `terminate`, `pause`, `resume`, `erase` and `disk`. */
  z.strictObject({
    type: z.literal('done'), requestId, problem: z.string().max(500).nullable(), value: z.unknown().optional(),
  }),
  /** Answered when its nodes are out of the configuration, or it is clear that this takes longer. */
  z.strictObject({ type: z.literal('leave'), requestId }),
  /** In a connection test: where this machine listens for the host's datagrams. */
  z.strictObject({ type: z.literal('probe'), port: udpPort }),
]);
/** Who speaks another version may say more in its hello, or less: its version is understood all the same. */
const otherHelloSchema = z.looseObject({
  type: z.literal('hello'), version: z.int().refine((version) => version !== LAN_PROTOCOL_VERSION),
}).transform(({ version }) => ({ type: 'otherVersion', version } as const));

/** From a machine to the host. */
export type FromMachine = z.output<typeof fromMachineSchema>;
/** What the host makes of it. */
export type HeardFromMachine = FromMachine | z.output<typeof otherHelloSchema>;
export const fromMachine: z.ZodType<HeardFromMachine> = z.union([otherHelloSchema, fromMachineSchema]);

/**
 * From the host to a machine. A machine that has shown the lab's code trusts its host as the host's own window does:
 * what it says is checked for its kind, and what would act on this machine for all of its content.
 */
export type FromHost =
  | {
      readonly type: 'welcome';
      readonly labId: string;
      readonly labName: string;
      readonly hostName: string;
      readonly clockMs: number;
    }
  | { readonly type: 'refused'; readonly message: string }
  /** A new session to be kept and confirmed: with the first one after the welcome the machine is in. */
  | { readonly type: 'session'; readonly session: Session }
  /** Another machine has the same key and has gone on since: what it has signed proves it. */
  | { readonly type: 'copied'; readonly shown: SignedSession }
  | { readonly type: 'attached'; readonly answer: AttachAnswer }
  | { readonly type: 'events'; readonly batch: EventBatch }
  | { readonly type: 'reply'; readonly requestId: number; readonly reply: Reply<unknown> }
  | { readonly type: 'machines'; readonly machines: readonly MachineStatus[] }
  | { readonly type: 'launch'; readonly plan: NodePlan }
  | { readonly type: 'terminate' | 'pause' | 'resume'; readonly requestId: number; readonly id: number }
  | { readonly type: 'node'; readonly id: number; readonly message: LabToNode }
  | { readonly type: 'erase'; readonly requestId: number; readonly name: NodeName }
  /** In a connection test: where the host listens for datagrams, and what they are sealed with (Base64). */
  | { readonly type: 'probe'; readonly port: number; readonly secret: string }
  /** In a connection test: a datagram of the machine has arrived. */
  | { readonly type: 'heard' }
  | { readonly type: 'disk'; readonly requestId: number; readonly name: NodeName; readonly fromIndex?: number;
    readonly count: number }
  /** The host lets the machine go, or closes the lab. */
  | { readonly type: 'bye'; readonly message: string };

const planSchema = z.looseObject({
  labId: labIdSchema,
  name: z.string().regex(/^n[1-9]\d{0,2}$/),
  id: nodeId,
  address: z.ipv4(),
});
const fromHostSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('welcome'), labId: labIdSchema, labName: z.string().max(60), hostName: z.string() }),
  z.looseObject({ type: z.literal('refused'), message: z.string().max(500) }),
  z.strictObject({ type: z.literal('session'), session: sessionSchema }),
  z.strictObject({ type: z.literal('copied'), shown: signedSessionSchema }),
  z.strictObject({ type: z.literal('probe'), port: udpPort, secret: probeSecret }),
  z.strictObject({ type: z.literal('heard') }),
  z.looseObject({ type: z.literal('attached'), answer: z.looseObject({}) }),
  z.looseObject({ type: z.literal('events'), batch: z.looseObject({ batch: z.int(), events: z.array(z.unknown()) }) }),
  z.looseObject({ type: z.literal('reply'), requestId, reply: z.looseObject({ ok: z.boolean() }) }),
  z.looseObject({ type: z.literal('machines'), machines: z.array(z.looseObject({})).max(100) }),
  z.strictObject({ type: z.literal('launch'), plan: planSchema }),
  z.strictObject({ type: z.enum(['terminate', 'pause', 'resume']), requestId, id: nodeId }),
  z.strictObject({ type: z.literal('node'), id: nodeId, message: z.looseObject({ type: z.string() }) }),
  z.strictObject({ type: z.literal('erase'), requestId, name: z.string().regex(/^n[1-9]\d{0,2}$/) }),
  z.strictObject({
    type: z.literal('disk'), requestId, name: z.string().regex(/^n[1-9]\d{0,2}$/),
    fromIndex: z.int().positive().optional(), count: z.int().min(0).max(500),
  }),
  z.strictObject({ type: z.literal('bye'), message: z.string().max(500) }),
]);
/** The kind of each message and what acts on this machine are checked; the rest is data that is shown. */
export const fromHost = fromHostSchema as unknown as z.ZodType<FromHost>;
