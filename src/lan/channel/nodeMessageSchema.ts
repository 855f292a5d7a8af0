/** What a lab and a node on another machine say to each other, field by field, both ways. */
import { z } from 'zod';
import {
  kvAnswerSchema, kvPageSchema, labErrorSchema, sessionsPageSchema, transferAnswerSchema,
} from '../../contract/answerSchemas.ts';
import {
  commandSchemas, kvCommandSchema, labIdSchema, LAB_NODES_MAX, readKindSchema, traceIdSchema,
} from '../../contract/commands.ts';
import type { HeldAction } from '../../contract/commands.ts';
import { clientOperationSchema } from '../../contract/operationSchema.ts';
import { CLIENT_BYTES_MAX, DATA_BYTES_LEAST, DATA_BYTES_MAX } from '../../kv/commands.ts';
import type { CompactionSettings } from '../../server/snapshots/compactionPolicy.ts';
import type { LabToNode, NodeDoorSettings, NodeToLab } from '../../node/protocol.ts';
import type { KvRequest, PeerAddress } from '../../server/protocol.ts';
import type { ConfigurationChange } from '../../raft/index.ts';
import { nodeTraceEventSchema } from '../../trace/eventSchema.ts';
import type { DoorPlace } from '../../trace/door.ts';
import { nodeIdOf, nodeNumberOfName } from '../../trace/names.ts';
import {
  anyOf, byNodeId, doorPlace, flag, incarnation, linkFaults, maybe, nodeId, nodeIdOrNone, nodeIds, nodeName, objectOf,
  oneOf, pace, portOrNone, raftVariant, short, udpPort, whole,
} from '../../trace/schemaParts.ts';
import { PEERS_MAX } from '../../trace/view.ts';
import { DATAGRAM_BYTES_MAX, DATAGRAM_SECRET_BYTES, LAN_DATAGRAM_BYTES_MAX } from '../../wire/index.ts';
import type { NodePlan } from '../../lab/nodes/nodeLink.ts';

const EVENTS_PER_BATCH_MAX = 20_000;
const OPERATIONS_PER_BATCH_MAX = 1000;
const EVENTS_DROPPED_MAX = 1e9;
const REQUEST_MS_MAX = 120_000;
/** Far more than the longest election timeout. */
const PROMISE_MS_MAX = 120_000;
const MIB = 1024 * 1024;
const DATABASE_BYTES_MAX = 64 * 1024 * MIB;

const requestId = whole;

/** What a node of another machine may say. */
export const nodeToLabSchema = anyOf<NodeToLab>({
  events: {
    events: z.array(nodeTraceEventSchema).max(EVENTS_PER_BATCH_MAX),
    dropped: z.int().min(0).max(EVENTS_DROPPED_MAX),
  },
  operations: { operations: z.array(clientOperationSchema).max(OPERATIONS_PER_BATCH_MAX) },
  started: { port: udpPort },
  moved: { port: udpPort },
  requestFailed: { requestId, error: labErrorSchema },
  failed: { error: labErrorSchema },
  stopped: {},
  kvAnswer: { requestId, answer: kvAnswerSchema },
  kvPage: { requestId, page: kvPageSchema },
  sessions: { requestId, page: sessionsPageSchema },
  leadershipTransferred: { requestId, answer: transferAnswerSchema },
  done: { requestId },
});

const secret = z.base64().max(100).refine((text) => Buffer.from(text, 'base64').length === DATAGRAM_SECRET_BYTES);
const peers = z.array(objectOf<PeerAddress>({
  id: nodeId, address: z.ipv4(), port: portOrNone, door: maybe(objectOf<DoorPlace>(doorPlace)),
})).max(PEERS_MAX);
const faults = byNodeId(linkFaults);
const door = objectOf<NodeDoorSettings>({
  preferredPort: portOrNone, redirects: flag, onLan: flag, password: maybe(short),
});

const kvRequest = objectOf<KvRequest>({
  client: z.string().max(CLIENT_BYTES_MAX), traceId: maybe(traceIdSchema), command: kvCommandSchema,
  read: maybe(readKindSchema), timeoutMs: z.number().min(0).max(REQUEST_MS_MAX),
});

const configurationChange = objectOf<ConfigurationChange>({
  transition: oneOf<ConfigurationChange['transition']>({ auto: true, 'joint-implicit': true, 'joint-explicit': true }),
  changes: z.array(objectOf<ConfigurationChange['changes'][number]>({
    type: oneOf<ConfigurationChange['changes'][number]['type']>({
      'add-voter': true, 'add-learner': true, remove: true, update: true,
    }),
    id: nodeIdOrNone,
  })).max(PEERS_MAX),
  context: maybe(short),
});

/** What a host may say to a node of another machine. Only the node's own machine wakes its thread. */
export type OrderToNode = Exclude<LabToNode, { readonly type: 'pause' }>;

const { prefix, limit } = commandSchemas['node:kv'].shape;

export const orderToNodeSchema = anyOf<OrderToNode>({
  peers: { peers },
  faults: { faults },
  pace: { pace },
  secret: { datagramSecret: secret },
  door: { door: door.nullable() },
  leaseReads: { enabled: flag },
  variant: { variant: raftVariant },
  kv: { requestId, request: kvRequest },
  kvPage: { requestId, prefix, limit },
  sessions: { requestId, limit: commandSchemas['node:sessions'].shape.limit },
  transferLeadership: { requestId, to: nodeId },
  forgetLeader: { requestId },
  changeConfiguration: { requestId, change: configurationChange },
  confirmQuorum: { requestId, voters: nodeIds.max(LAB_NODES_MAX) },
  heldMessage: {
    requestId, action: oneOf<HeldAction>({ deliver: true, lose: true, double: true }), messageId: short,
  },
  restate: {},
  compact: { requestId },
  stop: {},
});

/** The plan with which a host may have a machine start a node. */
export const nodePlanSchema: z.ZodType<NodePlan> = objectOf<NodePlan>({
  labId: labIdSchema,
  name: nodeName,
  id: nodeId,
  incarnation,
  address: z.ipv4(),
  preferredPort: portOrNone,
  datagramBytesMax: maybe(z.int().min(LAN_DATAGRAM_BYTES_MAX).max(DATAGRAM_BYTES_MAX)),
  datagramSecret: maybe(secret),
  door: maybe(door),
  initialVoters: nodeIds.max(LAB_NODES_MAX),
  mayCreateDatabase: flag,
  databaseBytesMax: z.int().min(MIB).max(DATABASE_BYTES_MAX),
  dataBytesMax: maybe(z.int().min(DATA_BYTES_LEAST).max(DATA_BYTES_MAX)),
  compaction: maybe(objectOf<CompactionSettings>({
    afterEntries: whole.min(1), afterBytes: whole.min(1), trailingEntries: whole,
  })),
  peers,
  pace,
  leaseReads: maybe(flag),
  variant: maybe(raftVariant),
  promisedMs: maybe(z.number().min(0).max(PROMISE_MS_MAX)),
  faults,
  seed: whole,
}).refine((plan) => nodeIdOf(nodeNumberOfName(plan.name), plan.incarnation) === plan.id);
