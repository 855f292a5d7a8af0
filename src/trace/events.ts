/** Trace events: everything that happened in a lab, in order. Live view, replay and tests fold the same events. */
import type { RaftEvent } from '../raft/events.ts';
import type { EntrySummary } from '../raft/events.ts';
import type {
  Configuration, HardState, Index, MessageType, NodeId, ProgressStatus, Role, Term,
} from '../raft/types.ts';
import type { DoorEvent, DoorSettings } from './door.ts';
import type { NodeName } from './names.ts';
import type { RaftVariant } from './variant.ts';

export type Pace = 'fast' | 'class' | 'slow';

/** Which messages wait at their sender until a person delivers or loses them. */
export type Hold = 'nothing' | 'everything' | readonly MessageKind[];

/** The faults for what one node sends to another. Zero and false mean no fault. */
export interface LinkFaults {
  readonly down: boolean;
  readonly lossPercent: number;
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly duplicatePercent: number;
  readonly reorderPercent: number;
  /** For whole messages, before they become datagrams; the other faults are for datagrams. */
  readonly hold: Hold;
}

export const NO_FAULTS: LinkFaults = {
  down: false,
  lossPercent: 0,
  delayMs: 0,
  jitterMs: 0,
  duplicatePercent: 0,
  reorderPercent: 0,
  hold: 'nothing',
};

/** Whether a link has no fault at all. */
export function isFaultless(faults: LinkFaults): boolean {
  return !faults.down && faults.lossPercent === 0 && faults.delayMs === 0 && faults.jitterMs === 0
    && faults.duplicatePercent === 0 && faults.reorderPercent === 0 && holdsNothing(faults.hold);
}

/** Whether no message at all is held. */
export function holdsNothing(hold: Hold): boolean {
  return hold === 'nothing' || hold.length === 0;
}

/** Whether messages of a kind are held. */
export function holdsKind(hold: Hold, kind: MessageKind): boolean {
  return hold === 'everything' || (hold !== 'nothing' && hold.includes(kind));
}

/** A snapshot travels in chunks: each is an InstallSnapshot, and is answered (Raft Figure 13). */
export type MessageKind = MessageType | 'InstallSnapshotResponse';

/** The parts of a message that a picture and a sentence need. */
export interface MessageSummary {
  readonly type: MessageKind;
  readonly term: Term;
  /** AppendEntries: the entry of the consistency check; RequestVote: the candidate's last entry. */
  readonly logIndex?: Index;
  readonly logTerm?: Term;
  /** AppendEntries and ForwardedProposal: the number of entries. In AppendEntries they begin at logIndex + 1. */
  readonly entryCount?: number;
  readonly leaderCommit?: Index;
  /** Responses: matchIndex, whether it was refused, and the hint. */
  readonly matchIndex?: Index;
  readonly rejected?: boolean;
  readonly hintIndex?: Index;
  readonly voteGranted?: boolean;
  /** InstallSnapshot and its response: the length of the whole snapshot. `logIndex` is its last included index. */
  readonly snapshotBytes?: number;
  /** InstallSnapshot: the chunk's offset; its response: the offset up to which everything was received. */
  readonly offset?: number;
  /** InstallSnapshot: the length of the chunk. */
  readonly chunkBytes?: number;
}

/** Why a datagram never became a message. Counted by the node that dropped it. */
export type DropReason =
  | 'cut' // the link is down
  | 'loss' // the link's loss setting
  | 'by-hand' // a person lost it while it was held
  | 'hold-full' // more messages were held than a node keeps
  | 'queue-full' // more delayed datagrams than the link holds
  | 'too-long'
  | 'too-short'
  | 'bad-magic'
  | 'other-version'
  | 'other-lab'
  | 'not-sealed' // in a lab on the LAN, where every datagram must be sealed
  | 'bad-seal' // not sealed with this lab's code, or changed in transit
  | 'malformed'
  | 'flooded' // not read: too many came from addresses that do not belong to a node
  | 'unknown-sender'
  | 'not-for-me' // addressed to an earlier incarnation
  | 'duplicate' // already received (replay window)
  | 'incomplete' // fragments that never became complete
  | 'send-failed'; // the operating system refused the datagram

export interface DatagramCounters {
  readonly sent: number;
  readonly received: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  /** Fragments that were sent again because they did not arrive. They also count as sent. */
  readonly retransmitted: number;
  readonly dropped: Readonly<Partial<Record<DropReason, number>>>;
}

/** How a client's command ended. `unknown`: it may or may not take effect, now or later. */
export type ClientOutcome = 'ok' | 'refused' | 'unknown';

export type NodeLifeEvent =
  | {
      readonly type: 'nodeStarted';
      readonly name: NodeName;
      readonly incarnation: number;
      readonly address: string;
      readonly port: number;
      readonly threadId: number;
      readonly databasePath: string;
      /** How often a node has opened this file, including this time. */
      readonly boot: number;
      readonly hardState: HardState;
      readonly firstIndex: Index;
      readonly lastIndex: Index;
      /** The last entry that the snapshot covers; absent if there is no snapshot. */
      readonly snapshotIndex?: Index;
      /** The last entries of the log, at most 64. */
      readonly tail: readonly EntrySummary[];
      readonly openMs: number;
    }
  | { readonly type: 'nodeStopped' }
  | { readonly type: 'nodeCrashed' }
  | { readonly type: 'nodePaused' }
  | { readonly type: 'nodeResumed' }
  | { readonly type: 'nodeWiped'; readonly incarnation: number }
  /**
   * A wiped node rejoins the cluster by membership changes (dissertation §4): it waits for a leader, is added as a
   * learner, catches up, and becomes a voter. `detail` describes the step in a sentence.
   */
  | {
      readonly type: 'nodeJoining';
      readonly step: 'waiting' | 'adding' | 'catching-up' | 'promoting' | 'joined';
      readonly detail: string;
    }
  /**
   * A node leaves the configuration, or changes from voter to learner: it waits for earlier changes, hands over its
   * leadership, and the change is made. `detail` describes the step in a sentence.
   */
  | {
      readonly type: 'nodeLeaving';
      readonly step: 'waiting' | 'handing-over' | 'demoting' | 'removing' | 'demoted' | 'removed';
      readonly detail: string;
    }
  /**
   * The machine of the node is not connected: the node may still run, but its events are not received.
   */
  | { readonly type: 'nodeAway'; readonly machine: string }
  /**
   * The whole state of a running node whose machine is connected again: its events meanwhile were not received.
   */
  | {
      readonly type: 'nodeRestated';
      readonly address: string;
      readonly port: number;
      readonly threadId: number;
      readonly databasePath: string;
      readonly boot: number;
      readonly hardState: HardState;
      readonly firstIndex: Index;
      readonly lastIndex: Index;
      readonly snapshotIndex?: Index;
      readonly tail: readonly EntrySummary[];
      readonly role: Role;
      readonly leader: NodeId;
      readonly lastApplied: Index;
      readonly configuration: Configuration;
      readonly progress: readonly ProgressStatus[];
    }
  /**
   * The node has moved to another port: strangers flood its own port, so it uses one that only members know. Or its own
   * port is calm again, and the node has returned to it.
   */
  | { readonly type: 'nodeMoved'; readonly port: number; readonly reason: 'flooded' | 'calm' }
  /** The node ended because it could not continue safely (disk full, corrupt file, taken port). */
  | { readonly type: 'nodeFailed'; readonly code: string; readonly message: string };

export type MessageEvent =
  | {
      readonly type: 'messageSent';
      /** Unique in the lab: sender, boot and counter. */
      readonly messageId: string;
      readonly to: NodeId;
      readonly message: MessageSummary;
      readonly bytes: number;
    }
  | {
      readonly type: 'messageReceived';
      readonly messageId: string;
      readonly from: NodeId;
      readonly message: MessageSummary;
      readonly bytes: number;
    }
  | {
      readonly type: 'messageDropped';
      /** Absent when the datagram could not be read. */
      readonly messageId?: string;
      readonly from?: NodeId;
      readonly to?: NodeId;
      readonly reason: DropReason;
      readonly message?: MessageSummary;
    }
  /** A message waits at its sender until a person delivers, loses or doubles it. */
  | {
      readonly type: 'messageHeld';
      /** It is sent under another one: by then a receiver may take the number of this one for one that came before. */
      readonly messageId: string;
      readonly to: NodeId;
      readonly message: MessageSummary;
      /** The held message that a person doubled. */
      readonly copyOf?: string;
    }
  /** A held message leaves its sender: its sending follows, unless a long message is still under way on its link. */
  | {
      readonly type: 'messageReleased';
      readonly messageId: string;
      readonly to: NodeId;
      readonly message: MessageSummary;
    };

export type NodeWorkEvent =
  | {
      readonly type: 'persisted';
      /** A busy node reports several transactions as one; absent if it is only one. */
      readonly transactionCount?: number;
      readonly entryCount: number;
      readonly bytes: number;
      readonly hardStateChanged: boolean;
      readonly lastIndex: Index;
      /** The duration of the last one. */
      readonly durationMs: number;
    }
  | { readonly type: 'applied'; readonly index: Index; readonly term: Term; readonly text: string }
  | { readonly type: 'counters'; readonly counters: DatagramCounters }
  /** The election timer that was just started, in milliseconds. Follows electionTimerReset, whose unit is ticks. */
  | { readonly type: 'electionTimerStarted'; readonly timeoutMs: number };

/** Snapshots (Raft §7). The core reports the installation (`snapshotRestored`), the node everything before it. */
export type SnapshotEvent =
  | {
      readonly type: 'snapshotTaken';
      readonly lastIncludedIndex: Index;
      readonly lastIncludedTerm: Term;
      readonly bytes: number;
      /** From start to end; the node does other work in between. */
      readonly durationMs: number;
    }
  | {
      readonly type: 'snapshotSending';
      readonly to: NodeId;
      readonly lastIncludedIndex: Index;
      readonly lastIncludedTerm: Term;
      /** How much of `bytes` the follower has on its disk. */
      readonly acknowledgedBytes: number;
      readonly bytes: number;
      /** `resumed`: the follower already had a part of it. `given-up`: it is silent, or could not use it. */
      readonly state: 'started' | 'resumed' | 'underway' | 'finished' | 'given-up' | 'cancelled';
    }
  | {
      readonly type: 'snapshotReceiving';
      readonly from: NodeId;
      readonly lastIncludedIndex: Index;
      readonly lastIncludedTerm: Term;
      readonly receivedBytes: number;
      readonly bytes: number;
      /** `refused`: the bytes differ from those sent. `cancelled`: the log already brought what the snapshot covers. */
      readonly state: 'underway' | 'complete' | 'refused' | 'cancelled';
    };

/**
 * What a request waits for on the node that was asked.
 * - `leader`: it knows no leader.
 * - `session`: the client's session, whose registration must be committed first (dissertation §6.3); the request itself
 *   is in no log.
 * - `commit`: the request's own entry.
 * - `read-index`: the leader's answer, which a round of heartbeats confirms (dissertation §6.4).
 * - `apply`: the read index is known, and the node has not applied so much yet.
 */
export type ClientWait = 'leader' | 'session' | 'commit' | 'read-index' | 'apply';

export type ClientEvent =
  | { readonly type: 'clientAsked'; readonly requestId: string; readonly client: string; readonly text: string }
  /** `text`: the command in the console's words, as in clientAsked. */
  | { readonly type: 'clientForwarded'; readonly requestId: string; readonly to: NodeId; readonly text?: string }
  | {
      readonly type: 'clientAnswered';
      readonly requestId: string;
      readonly text: string;
      readonly outcome: ClientOutcome;
      readonly detail: string;
      readonly totalMs: number;
    }
  /** Told of a request that is not answered within a moment, and again whenever it waits for something else. */
  | {
      readonly type: 'clientWaits';
      readonly requestId: string;
      readonly text: string;
      readonly waitsFor: ClientWait;
      /** `session`, `commit`: where the entry stands in this node's log, where it does. `apply`: the read index. */
      readonly index?: Index;
      /** The term of that entry. */
      readonly term?: Term;
    }
  /** It is certain now what became of a request that was answered with `unknown`. */
  | {
      readonly type: 'clientDecided';
      readonly requestId: string;
      readonly text: string;
      /** Whether the state machine has applied it. If not, it never takes effect. */
      readonly isApplied: boolean;
      readonly detail: string;
    };

export type LabEvent =
  | {
      readonly type: 'labOpened';
      readonly labId: string;
      readonly name: string;
      readonly pace: Pace;
      readonly nodes: readonly NodeName[];
      /** The incarnation of each of `nodes`, if any of them was wiped before. */
      readonly incarnations?: readonly number[];
      /** Which Raft it runs; absent: Raftlab's. */
      readonly variant?: RaftVariant;
      /** The safety rules that are switched off, where that is all that is known. Absent: as `variant` says. */
      readonly rulesOff?: readonly string[];
      /** Whether lease reads are allowed; absent if they are not. */
      readonly leaseReads?: boolean;
      /** Absent: closed. */
      readonly door?: DoorSettings;
      /** The seed from which everything in a simulated lab follows; absent in a live one. */
      readonly seed?: number;
    }
  | { readonly type: 'labClosed' }
  | { readonly type: 'labRenamed'; readonly name: string }
  | { readonly type: 'paceChanged'; readonly pace: Pace }
  | { readonly type: 'leaseReadsChanged'; readonly enabled: boolean }
  /** The doors of all nodes are to be like this from now on. */
  | { readonly type: 'doorChanged'; readonly door: DoorSettings }
  /** Another Raft from now on, on all nodes at once. */
  | { readonly type: 'variantChanged'; readonly variant: RaftVariant }
  /** A new node of the lab: it is not a member of the configuration yet. */
  | { readonly type: 'nodeAdded'; readonly name: NodeName; readonly incarnation: number }
  /** A node that is no longer a member was stopped, and its file was deleted. */
  | { readonly type: 'nodeRemoved'; readonly name: NodeName }
  /** A machine of the LAN has joined the lab, or has come back. */
  | { readonly type: 'machineJoined'; readonly machine: string; readonly role: string }
  | { readonly type: 'machineLeft'; readonly machine: string; readonly reason: string }
  /** The host's address has changed: the lab is now open at the new one, and its machines connect again. */
  | { readonly type: 'hostMoved' }
  /** Somebody on the LAN tried to get in with a wrong code. */
  | { readonly type: 'wrongCode'; readonly tries: number }
  | { readonly type: 'linkChanged'; readonly from: NodeName; readonly to: NodeName; readonly faults: LinkFaults }
  | { readonly type: 'partitioned'; readonly groups: readonly (readonly NodeName[])[] }
  | { readonly type: 'healed' }
  /** A check (checks/) found that the trace breaks one of Raft's guarantees: by a bug or a rule that is off. */
  | {
      readonly type: 'safetyViolated';
      /** The guarantee's name and where it is stated. */
      readonly check: string;
      readonly section: string;
      /** The guarantee's statement. */
      readonly statement: string;
      /** What the check saw, with the values. */
      readonly message: string;
      /** The nodes that it concerns, and its term and index if it has them. */
      readonly nodes: readonly NodeId[];
      readonly term?: Term;
      readonly index?: Index;
      /** The event that showed it. */
      readonly seenAtSeq: number;
    };

export type TraceBody =
  RaftEvent | NodeLifeEvent | DoorEvent | MessageEvent | NodeWorkEvent | SnapshotEvent | ClientEvent | LabEvent;

/**
 * What made an event happen: the input that its node was working on.
 * - `message`: one that was received. `request`: what a client, a person or the lab asked of the node.
 * - `timer`: a tick of the node's clock, on which timers run out. `disk`: a write that reached stable storage.
 */
export type EventCause =
  | { readonly by: 'message'; readonly messageId: string }
  | { readonly by: 'request'; readonly requestId?: string }
  | { readonly by: 'timer' }
  | { readonly by: 'disk' };

/** What a node's event tells of how it came about; the lab's own events have none of it. */
export interface Circumstances {
  /** The node's turn in which it happened, counted from the node's start. */
  readonly turn?: number;
  /** Absent where it is not known, as for an event that stands for several. */
  readonly cause?: EventCause;
}

/** One event of a lab's trace. */
export type TraceEvent = TraceBody & Circumstances & {
  /** 1, 2, 3 … in the order in which the lab received them; a gap means that a busy node dropped events. */
  readonly seq: number;
  /** Milliseconds since 1970 with a fraction, by the clock of the machine where it happened. */
  readonly atMs: number;
  /** The node where it happened; 0 for the lab itself. */
  readonly node: NodeId;
};

/** An event as a node reports it, before the lab has numbered it. */
export type NodeTraceEvent = Exclude<TraceBody, LabEvent> & Circumstances & { readonly atMs: number };
