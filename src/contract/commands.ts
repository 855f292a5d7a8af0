/** The commands that the window may send to the main process: one schema for each input, one type for each answer. */
import { z } from 'zod';
import { isCanonical } from '../kv/bytes.ts';
import { isReadCommand, KEY_BYTES_MAX, LIST_ENTRIES_MAX, VALUE_BYTES_MAX } from '../kv/commands.ts';
import { utf8Length } from '../kv/text.ts';
import type { LinkFaults, Pace, TraceEvent } from '../trace/events.ts';
import { isNodeName, NODE_NUMBER_MAX } from '../trace/names.ts';
import { doorSettings, hold, raftVariant, rulesOff } from '../trace/schemaParts.ts';
import type {
  AppInfo, AttachAnswer, DiskPage, EventBatch, KvAnswer, LabSummary, Licence, ListedLab, MembershipAnswer, NodeKvPage,
  ReadKind, ScenarioFile, SessionsPage, Settings, TransferAnswer, WindowSignal,
} from './answers.ts';
import type { Reply } from './errors.ts';
import { historyCommandSchemas } from './history.ts';
import type { HistoryAnswers } from './history.ts';
import { lanCommandSchemas } from './lan.ts';
import { pictureCommandSchemas } from './pictures.ts';
import type { PictureAnswers } from './pictures.ts';
import type { LanAnswers } from './lan.ts';
import { nameSchema } from './names.ts';
import { SEED_MAX, simulationSchema, timeCommandSchemas } from './time.ts';
import type { TimeAnswers, TimeStatus } from './time.ts';

// Otherwise zod would compile its parsers with new Function, which the window's CSP forbids.
z.config({ jitless: true });

export { LIST_ENTRIES_MAX } from '../kv/commands.ts';
/** The most nodes that a lab has, learners included. */
export const LAB_NODES_MAX = NODE_NUMBER_MAX;
/** The most sessions that are listed at once. */
const SESSIONS_LISTED_MAX = 500;
export const LINK_DELAY_MS_MAX = 60_000;
export const LAB_NAME_MAX = 60;

const bytesMost = (what: string, bytesMax: number) =>
  z.string().max(bytesMax, `${what} is longer than ${bytesMax} bytes`)
    .refine((text) => utf8Length(text) <= bytesMax, `${what} is longer than ${bytesMax} bytes`)
    .refine(isCanonical, `${what} holds half a character, which stands for no bytes`);

export const nodeNameSchema = z.string().max(8)
  .refine(isNodeName, 'not a node name (n1, n2 …)');
export const labIdSchema = z.string().regex(/^[a-z0-9-]{1,64}$/, 'not a lab id');
export const labNameSchema = nameSchema('lab', LAB_NAME_MAX);
export const paceSchema = z.enum(['fast', 'class', 'slow']) satisfies z.ZodType<Pace>;

const keySchema = bytesMost('the key', KEY_BYTES_MAX).min(1, 'the key is empty');
const valueSchema = bytesMost('the value', VALUE_BYTES_MAX);

export const kvCommandSchema = z.discriminatedUnion('op', [
  z.strictObject({ op: z.literal('get'), key: keySchema }),
  z.strictObject({ op: z.literal('put'), key: keySchema, value: valueSchema }),
  z.strictObject({ op: z.literal('delete'), key: keySchema }),
  z.strictObject({ op: z.literal('cas'), key: keySchema, expected: valueSchema.nullable(), value: valueSchema }),
  z.strictObject({ op: z.literal('incr'), key: keySchema, by: z.int() }),
  z.strictObject({
    op: z.literal('list'),
    prefix: bytesMost('the prefix', KEY_BYTES_MAX),
    limit: z.int().min(1).max(LIST_ENTRIES_MAX),
  }),
]);

export const readKindSchema = z.enum(['read-index', 'lease', 'log', 'stale']) satisfies z.ZodType<ReadKind>;

/** Chosen by whoever asks, at random: nobody else's request may have the same. */
export const traceIdSchema = z.string().regex(/^[a-z0-9-]{8,64}$/, 'not the name of a request');

const percent = z.number().min(0).max(100);
export const linkFaultsSchema = z.strictObject({
  down: z.boolean(),
  lossPercent: percent,
  delayMs: z.number().min(0).max(LINK_DELAY_MS_MAX),
  jitterMs: z.number().min(0).max(LINK_DELAY_MS_MAX),
  duplicatePercent: percent,
  reorderPercent: percent,
  hold,
}) satisfies z.ZodType<LinkFaults>;

const nothing = z.strictObject({});
const aNode = z.strictObject({ node: nodeNameSchema });
/** A message that its sender holds. */
const aHeldMessage = z.strictObject({ node: nodeNameSchema, messageId: z.string().max(100) });

/** Every command's input. Main parses with these before anything else sees the input. */
export const commandSchemas = {
  ...historyCommandSchemas,
  ...lanCommandSchemas,
  ...timeCommandSchemas,
  'app:info': nothing,
  'app:licences': nothing,
  'settings:get': nothing,
  'settings:set': z.strictObject({
    theme: z.enum(['system', 'light', 'dark']).optional(),
    scale: z.number().min(0.75).max(3).optional(),
    introductionSeen: z.boolean().optional(),
  }),
  /** Asks the person for a file of a scenario, and reads it: the window itself reads no files. */
  'scenario:choose': nothing,
  ...pictureCommandSchemas,
  'lab:list': nothing,
  'lab:create': z.strictObject({
    name: labNameSchema,
    nodeCount: z.int().min(1).max(LAB_NODES_MAX, `a lab has at most ${LAB_NODES_MAX} nodes`),
    pace: paceSchema,
    /** Which Raft it runs; absent: Raftlab's. */
    variant: raftVariant.optional(),
    /** A simulated lab; absent: a live one. */
    simulation: simulationSchema.optional(),
  }),
  'lab:open': z.strictObject({ labId: labIdSchema }),
  /** Not while it is open to the LAN: other machines know it by its name. */
  'lab:rename': z.strictObject({ labId: labIdSchema, name: labNameSchema }),
  /** Makes another lab with the same contents and does not open it. Nodes that run are stopped for it, cleanly. */
  'lab:copy': z.strictObject({ labId: labIdSchema, name: labNameSchema }),
  /** Opens the run of a seed as a simulated lab: the same run as that of `npm run sim`. */
  'lab:openSeed': z.strictObject({ seed: z.int().min(0).max(SEED_MAX), rulesOff: rulesOff.optional() }),
  /** Continues the open live lab in a new simulated one, from what its nodes' disks hold, and opens that. */
  'lab:simulate': z.strictObject({ name: labNameSchema.optional(), seed: z.int().min(0).max(SEED_MAX).optional() }),
  'lab:delete': z.strictObject({ labId: labIdSchema }),
  'lab:attach': nothing,
  'lab:setPace': z.strictObject({ pace: paceSchema }),
  /** Lease reads depend on the nodes' clocks (dissertation §6.4.1): off in a new lab. */
  'lab:setLeaseReads': z.strictObject({ enabled: z.boolean() }),
  /** How the doors of all nodes are to be; a simulated lab has none. */
  'lab:setDoor': z.strictObject({ door: doorSettings }),
  /** Another Raft on all nodes at once; what cannot change while a lab lives (`sessions`) is refused. */
  'lab:setVariant': z.strictObject({ variant: raftVariant }),
  /**
   * The window has drawn everything up to this batch; main may send more (only a few batches are in transit at a time).
   */
  'events:acknowledge': z.strictObject({ batch: z.int().nonnegative() }),
  'events:page': z.strictObject({ beforeSeq: z.int().positive(), count: z.int().min(1).max(1000) }),
  'node:crash': aNode,
  'node:restart': aNode,
  'node:pause': aNode,
  'node:resume': aNode,
  'node:wipe': aNode,
  /** Takes a snapshot of the node's state machine now, and discards the log that it covers (Raft §7). */
  'node:compact': aNode,
  'node:kv': z.strictObject({
    node: nodeNameSchema,
    prefix: bytesMost('the prefix', KEY_BYTES_MAX),
    limit: z.int().min(1).max(LIST_ENTRIES_MAX),
  }),
  'node:disk': z.strictObject({
    node: nodeNameSchema,
    /** The rows come in descending index order, beginning here; absent: at the end of the log. */
    fromIndex: z.int().positive().optional(),
    count: z.int().min(0).max(500),
  }),
  /** The client sessions on one node, the latest used first. */
  'node:sessions': z.strictObject({ node: nodeNameSchema, limit: z.int().min(1).max(SESSIONS_LISTED_MAX) }),
  /** A message in the hand (LinkFaults.hold) leaves its sender. */
  'message:deliver': aHeldMessage,
  'message:lose': aHeldMessage,
  /** It is held twice from now on. */
  'message:double': aHeldMessage,
  'link:set': z.strictObject({
    from: nodeNameSchema, to: nodeNameSchema, bothWays: z.boolean(), faults: linkFaultsSchema,
  }),
  'network:partition': z.strictObject({
    groups: z.array(z.array(nodeNameSchema).min(1).max(LAB_NODES_MAX)).min(2).max(LAB_NODES_MAX),
  }),
  /** Sets what every link holds; what is held no longer is delivered, in order. */
  'network:hold': z.strictObject({ hold: hold.unwrap() }),
  /** Ends the partition and every cut link; loss, delay and holds stay. */
  'network:heal': nothing,
  /** Removes every fault of every link. */
  'network:reset': nothing,
  /** A new node joins as a learner and catches up. It then becomes a voter, unless `asLearner` is set. */
  'cluster:add': z.strictObject({ asLearner: z.boolean().optional() }),
  /** The node leaves the configuration; then it is stopped and its file deleted. */
  'cluster:remove': aNode,
  /** A learner becomes a voter when it has caught up. */
  'cluster:promote': aNode,
  /** A voter becomes a learner. */
  'cluster:demote': aNode,
  /** A new node catches up and takes the old one's place in one joint change; the old one is then removed. */
  'cluster:replace': aNode,
  /** Hands the leadership over (dissertation §3.10); answered when `to` leads. */
  'cluster:transfer': z.strictObject({ to: nodeNameSchema }),
  /** The node forgets its leader until it hears from one again, and votes for another at once. */
  'cluster:forgetLeader': aNode,
  /**
   * `read`: how a get or list is answered; absent: as the lab's variant says. A command that writes takes none.
   * `traceId`: what events call this request (`requestId`), for whoever wants to know what becomes of it.
   */
  'kv:execute': z.strictObject({
    node: nodeNameSchema, command: kvCommandSchema, read: readKindSchema.optional(), traceId: traceIdSchema.optional(),
  })
    .refine(
      ({ command, read }) => read === undefined || isReadCommand(command), 'only get and list take a kind of read',
    ),
} as const;

/** What a person does to a message that is held. Doubled, it is held twice. */
export type HeldAction = 'deliver' | 'lose' | 'double';

export type CommandName = keyof typeof commandSchemas;
export type CommandInput<Name extends CommandName> = z.output<(typeof commandSchemas)[Name]>;

interface CommandAnswers extends HistoryAnswers, LanAnswers, PictureAnswers, TimeAnswers {
  'app:info': AppInfo;
  'app:licences': readonly Licence[];
  'settings:get': Settings;
  'settings:set': Settings;
  /** Null: the person chose none. */
  'scenario:choose': ScenarioFile | null;
  'lab:list': readonly ListedLab[];
  'lab:create': LabSummary;
  'lab:open': LabSummary;
  'lab:rename': LabSummary;
  'lab:copy': LabSummary;
  'lab:openSeed': LabSummary;
  'lab:simulate': LabSummary;
  'lab:delete': null;
  'lab:attach': AttachAnswer;
  'lab:setPace': null;
  'lab:setLeaseReads': null;
  'lab:setDoor': null;
  'lab:setVariant': null;
  'events:acknowledge': null;
  'events:page': readonly TraceEvent[];
  'node:crash': null;
  'node:restart': null;
  'node:pause': null;
  'node:resume': null;
  'node:wipe': null;
  'node:compact': null;
  'node:kv': NodeKvPage;
  'node:disk': DiskPage;
  'node:sessions': SessionsPage;
  'message:deliver': null;
  'message:lose': null;
  'message:double': null;
  'link:set': null;
  'network:partition': null;
  'network:hold': null;
  'network:heal': null;
  'network:reset': null;
  'cluster:add': MembershipAnswer;
  'cluster:remove': MembershipAnswer;
  'cluster:promote': MembershipAnswer;
  'cluster:demote': MembershipAnswer;
  'cluster:replace': MembershipAnswer;
  'cluster:transfer': TransferAnswer;
  'cluster:forgetLeader': null;
  'kv:execute': KvAnswer;
}
export type CommandAnswer<Name extends CommandName> = CommandAnswers[Name];

/** What the window talks to: main, through the preload script; in tests and in a browser, simulated labs. */
export interface Bridge {
  /** Sends a command; never rejects: errors come back as data. */
  invoke<Name extends CommandName>(name: Name, input: CommandInput<Name>): Promise<Reply<CommandAnswer<Name>>>;
  /** Calls back with each batch of events; returns the function that stops it. */
  onEvents(listener: (batch: EventBatch) => void): () => void;
  /** Calls back when another lab is open (opened, created or deleted): attach again. */
  onLabChanged(listener: () => void): () => void;
  /** Calls back when the time of a simulated lab has changed: now and then while it runs, at once when it is held. */
  onTime(listener: (time: TimeStatus) => void): () => void;
  /** Calls back with main's signals besides events: settings changed by the menu, notices, menu actions. */
  onSignal(listener: (signal: WindowSignal) => void): () => void;
}

/**
 * What the preload script puts on `window.raftlab`. An EventBatch crosses as JSON text, because the context bridge
 * copies objects field by field, which cost a seventh of the page's time on a busy machine (decision 0080).
 */
export interface ExposedBridge extends Omit<Bridge, 'onEvents'> {
  onEvents(listener: (batchText: string) => void): () => void;
}
