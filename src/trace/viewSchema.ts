/** What the view of a cluster may hold, field by field: a host sends the whole view to a joined machine. */
import { z } from 'zod';
import type { LeaderReads } from '../raft/events.ts';
import type { DoorPlace } from './door.ts';
import { configuration, counters, entrySummary, leaderReads, messageSummary, progress, role } from './eventSchema.ts';
import { incarnationOf, NODE_NUMBER_MAX, nodeNameOf } from './names.ts';
import {
  byNodeId, doorPlace, doorSettings, durationMs, flag, incarnation, linkFaults, nodeId, nodeIdOrNone, nodeIds,
  nodeName, objectOf, oneOf, pace, path, portOrNone, raftVariant, short, text, timeMs, whole,
} from './schemaParts.ts';
import { COUNT_MAX, HELD_MAX, LOG_TAIL_MAX, MESSAGES_MAX, PEERS_MAX, VIOLATIONS_MAX } from './view.ts';
import type {
  ClusterView, HeldMessageView, LinkView, LogEntryView, MessageView, NodeLife, NodeView, SafetyViolationView,
  SnapshotTransferView,
} from './view.ts';

const snapshotTransfer = objectOf<SnapshotTransferView>({
  peer: nodeId, lastIncludedIndex: whole, arrivedBytes: whole, bytes: whole,
});

const nodeView = objectOf<NodeView>({
  name: nodeName, id: nodeId, incarnation,
  life: oneOf<NodeLife>({
    starting: true, running: true, paused: true, crashed: true, stopped: true, failed: true, away: true,
  }),
  failure: z.nullable(objectOf<NonNullable<NodeView['failure']>>({ code: short, message: path })),
  address: short, port: portOrNone, threadId: whole, databasePath: path, boot: whole, role, term: whole,
  votedFor: nodeIdOrNone, leader: nodeIdOrNone, quorumLostInTerm: whole, commitIndex: whole, lastApplied: whole,
  firstIndex: z.int().min(1).max(COUNT_MAX + 1),
  lastIndex: whole, transferee: nodeIdOrNone, snapshotIndex: whole, snapshotTerm: whole, snapshotBytes: whole,
  sendingSnapshots: byNodeId(snapshotTransfer), receivingSnapshot: z.nullable(snapshotTransfer),
  tail: z.array(entrySummary as z.ZodType<LogEntryView>).max(LOG_TAIL_MAX),
  votes: byNodeId(flag), progress: byNodeId(progress),
  reads: z.nullable(objectOf<LeaderReads & { toldAtMs: number }>({ ...leaderReads, toldAtMs: timeMs })),
  configuration: z.nullable(configuration),
  change: z.nullable(objectOf<NonNullable<NodeView['change']>>({ step: short, detail: text })),
  electionTimer: z.nullable(objectOf<NonNullable<NodeView['electionTimer']>>({
    startedAtMs: timeMs, timeoutMs: durationMs,
  })),
  door: z.nullable(objectOf<DoorPlace>(doorPlace)),
  counters,
  disk: objectOf<NodeView['disk']>({ transactions: whole, entries: whole, bytes: whole, lastDurationMs: durationMs }),
}).refine(({ name, id, incarnation: life }) => nodeNameOf(id) === name && incarnationOf(id) === life);

const messageView = objectOf<MessageView>({
  messageId: short, from: nodeName, to: nodeName, message: messageSummary, sentAtMs: timeMs,
  state: oneOf<MessageView['state']>({ travelling: true, arrived: true, lost: true }), endedAtMs: z.nullable(timeMs),
});

const heldMessage = objectOf<HeldMessageView>({
  number: whole, messageId: short, from: nodeName, to: nodeName, message: messageSummary, heldAtMs: timeMs,
});

const violation = objectOf<SafetyViolationView>({
  check: short, section: short, statement: text, message: text, nodes: nodeIds, term: z.nullable(whole),
  index: z.nullable(whole), seenAtSeq: whole, atMs: timeMs,
});

const linkKeyText = z.string().regex(/^n\d{1,2}>n\d{1,2}$/);

export const clusterViewSchema: z.ZodType<ClusterView> = objectOf<ClusterView>({
  labId: short, name: short, pace, leaseReads: flag, variant: raftVariant, door: doorSettings, seq: whole, atMs: timeMs,
  nodes: z.record(nodeName, nodeView)
    .refine((nodes) => Object.entries(nodes).every(([name, node]) => node.name === name)),
  links: z.record(linkKeyText, objectOf<LinkView>({ from: nodeName, to: nodeName, faults: linkFaults }))
    .refine((links) => Object.keys(links).length <= NODE_NUMBER_MAX ** 2),
  messages: z.array(messageView).max(MESSAGES_MAX),
  held: z.array(heldMessage).max(HELD_MAX).default([]),
  violations: z.array(violation).max(VIOLATIONS_MAX),
  violationCount: z.int().min(0).max(COUNT_MAX),
  rulesOff: z.array(short).max(PEERS_MAX),
  seed: z.nullable(whole),
  droppedEvents: whole,
});
