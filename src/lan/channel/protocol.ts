/** What a host and the machines that joined its lab say to each other over their channel. Every message is checked. */
import { z } from 'zod';
import { attachAnswerSchema, eventBatchSchema, labErrorSchema } from '../../contract/answerSchemas.ts';
import { labIdSchema, LAB_NODES_MAX, labNameSchema } from '../../contract/commands.ts';
import { lanRoleSchema, machineNameSchema } from '../../contract/lan.ts';
import type { MachineStatus } from '../../contract/lan.ts';
import {
  durationMs, flag, nodeId, nodeName, nodeNames, objectOf, short, text, timeMs, udpPort, whole,
} from '../../trace/schemaParts.ts';
import { DATAGRAM_SECRET_BYTES } from '../../wire/index.ts';
import { proofSchema } from '../identity/machineKey.ts';
import { sessionSchema, signedSessionSchema } from '../identity/session.ts';
import { nodePlanSchema, nodeToLabSchema, orderToNodeSchema } from './nodeMessageSchema.ts';

/** Both sides must speak the same one: Raftlab of another version may mean something else by the same words. */
export const LAN_PROTOCOL_VERSION = 6;

/** The longest reason that one side gives the other for a refusal; longer ones are cut. */
export const REASON_CHARACTERS_MAX = 500;
const MACHINES_TOLD_MAX = 100;

const requestId = whole;
const probeSecret = z.base64().max(100)
  .refine((base64) => Buffer.from(base64, 'base64').length === DATAGRAM_SECRET_BYTES);

const fromMachineSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('hello'),
    version: z.int(),
    /** Only wants to know whether it could join. */
    isTest: z.boolean(),
    /** Who the machine is, proven for this connection. */
    proof: proofSchema,
    /** Which run of the program: it distinguishes a machine that reconnects from another one with its key. */
    runId: z.uuid(),
    machineName: machineNameSchema,
    role: lanRoleSchema,
    /** Whether the host may act on this machine's nodes. */
    permits: z.boolean(),
    /** The machine's nodes that already run because it was connected before. */
    running: z.array(nodeId).max(LAB_NODES_MAX),
    /** Its clock, milliseconds since 1970; negative if it is set to an earlier date. */
    clockMs: z.number(),
  }),
  /** After the welcome: the session that this machine keeps for the lab, signed (identity/session.ts). */
  z.strictObject({ type: z.literal('resume'), session: signedSessionSchema.nullable() }),
  /** The session that the host handed over is on this machine's disk. */
  z.strictObject({ type: z.literal('sessionKept'), session: signedSessionSchema }),
  z.strictObject({ type: z.literal('attach') }),
  z.strictObject({ type: z.literal('acknowledge'), batch: whole }),
  z.strictObject({
    type: z.literal('command'), requestId, name: z.string().max(40), input: z.record(z.string(), z.unknown()),
  }),
  z.strictObject({ type: z.literal('bringNode'), requestId, asLearner: z.boolean() }),
  z.strictObject({ type: z.literal('permits'), permits: z.boolean() }),
  /** What one of the machine's nodes says. */
  z.strictObject({ type: z.literal('node'), id: nodeId, message: nodeToLabSchema }),
  z.strictObject({ type: z.literal('nodeExited'), id: nodeId, reason: z.string().max(REASON_CHARACTERS_MAX) }),
  /** The answer to `terminate`, `pause`, `resume`, `erase` and `disk`. */
  z.strictObject({
    type: z.literal('done'),
    requestId,
    problem: z.string().max(REASON_CHARACTERS_MAX).nullable(),
    value: z.unknown().optional(),
  }),
  /** Answered when its nodes have left the configuration, or when that clearly takes longer. */
  z.strictObject({ type: z.literal('leave'), requestId }),
  /** In a connection test: where this machine listens for the host's datagrams. */
  z.strictObject({ type: z.literal('probe'), port: udpPort }),
]);
/** The hello of another version may have more fields or fewer: its version is still read. */
const otherHelloSchema = z.looseObject({
  type: z.literal('hello'), version: z.int().refine((version) => version !== LAN_PROTOCOL_VERSION),
}).transform(({ version }) => ({ type: 'otherVersion', version } as const));

/** From a machine to the host. */
export type FromMachine = z.output<typeof fromMachineSchema>;
/** What the host reads: also the hello of another version. */
export type HeardFromMachine = FromMachine | z.output<typeof otherHelloSchema>;
export const fromMachine: z.ZodType<HeardFromMachine> = z.union([otherHelloSchema, fromMachineSchema]);

const refusal = z.string().max(REASON_CHARACTERS_MAX);
const fileOfNode = { requestId, name: nodeName };
const machineStatus = objectOf<MachineStatus>({
  machineId: z.uuid(),
  name: machineNameSchema,
  role: z.enum(['host', ...lanRoleSchema.options]),
  address: short,
  isConnected: flag,
  roundTripMs: durationMs.nullable(),
  nodes: nodeNames,
  permits: flag,
  lastAction: text.nullable(),
  lastActionAtMs: timeMs.nullable(),
  eventsLeftOut: whole,
});

const machines: z.ZodType<readonly MachineStatus[]> = z.array(machineStatus).max(MACHINES_TOLD_MAX);

const fromHostSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('welcome'),
    /** Who the host is, proven for this connection. */
    proof: proofSchema,
    labId: labIdSchema,
    labName: labNameSchema,
    hostName: machineNameSchema,
    /** As in `hello`. */
    clockMs: z.number(),
  }),
  z.strictObject({ type: z.literal('refused'), message: refusal }),
  /** A new session to keep and confirm: the first one after the welcome admits the machine. */
  z.strictObject({ type: z.literal('session'), session: sessionSchema }),
  /** Another machine has the same key and a newer session: its signature proves it. */
  z.strictObject({ type: z.literal('copied'), shown: signedSessionSchema }),
  z.strictObject({ type: z.literal('attached'), answer: attachAnswerSchema }),
  z.strictObject({ type: z.literal('events'), batch: eventBatchSchema }),
  z.strictObject({
    type: z.literal('reply'),
    requestId,
    reply: z.discriminatedUnion('ok', [
      /** The asking side knows the question and checks the answer (contract/answerSchemas.ts). */
      z.strictObject({ ok: z.literal(true), value: z.unknown() }),
      z.strictObject({ ok: z.literal(false), error: labErrorSchema }),
    ]),
  }),
  z.strictObject({ type: z.literal('machines'), machines }),
  z.strictObject({ type: z.literal('launch'), plan: nodePlanSchema }),
  z.strictObject({ type: z.enum(['terminate', 'pause', 'resume']), requestId, id: nodeId }),
  z.strictObject({ type: z.literal('node'), id: nodeId, message: orderToNodeSchema }),
  z.strictObject({ type: z.literal('erase'), ...fileOfNode }),
  z.strictObject({
    type: z.literal('disk'),
    ...fileOfNode,
    fromIndex: z.int().positive().exactOptional(),
    count: z.int().min(0).max(500),
  }),
  /** In a connection test: where the host listens for datagrams, and the secret that seals them (Base64). */
  z.strictObject({ type: z.literal('probe'), port: udpPort, secret: probeSecret }),
  /** In a connection test: a datagram of the machine has arrived. */
  z.strictObject({ type: z.literal('heard') }),
  /** The host disconnects the machine or closes the lab. */
  z.strictObject({ type: z.literal('bye'), message: refusal }),
]);

/** From the host to a machine: every field is checked, as in the other direction. */
export type FromHost = z.output<typeof fromHostSchema>;
export const fromHost: z.ZodType<FromHost> = fromHostSchema;
