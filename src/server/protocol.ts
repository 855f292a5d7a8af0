/** What is asked of a server, and what it answers. */
import type { KvAnswer, NodeKvPage, ReadKind, SessionsPage, TransferAnswer } from '../contract/answers.ts';
import type { HeldAction } from '../contract/commands.ts';
import type { LabErrorData } from '../contract/errors.ts';
import type { KvCommand } from '../kv/index.ts';
import type { ConfigurationChange, NodeId, RaftSettings } from '../raft/index.ts';
import type { DoorPlace } from '../trace/door.ts';
import type { LabEvent, LinkFaults, Pace, TraceBody } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import type { RaftVariant } from '../trace/variant.ts';
import type { PaceTimes } from './pace.ts';
import type { CompactionSettings } from './snapshots/compactionPolicy.ts';

/** An event as the parts of a node report it; the node adds the time. */
export type NodeTraceBody = Exclude<TraceBody, LabEvent>;

export interface PeerAddress {
  readonly id: NodeId;
  readonly address: string;
  readonly port: number;
  /** Where its door for other people's programs is open; absent: it is closed. */
  readonly door?: DoorPlace;
}

export interface ServerConfiguration {
  readonly labId: string;
  /** How datagrams name the lab (wire/labDigest.ts). */
  readonly labDigest: Uint8Array;
  readonly name: NodeName;
  readonly id: NodeId;
  readonly incarnation: number;
  readonly address: string;
  /** The longest datagram that the node sends; absent: what loopback carries. */
  readonly datagramBytesMax?: number;
  /** The most that keys and values may take together; it goes into the log. Absent: other nodes see to that. */
  readonly dataBytesMax?: number;
  /** When the node takes snapshots, and how much log it keeps behind one; absent: COMPACTION_DEFAULTS. */
  readonly compaction?: CompactionSettings;
  readonly peers: readonly PeerAddress[];
  readonly times: PaceTimes;
  /** Whether reads may be answered from the leader's lease (dissertation §6.4.1). Absent: they may not. */
  readonly leaseReads?: boolean;
  /** Which Raft the lab runs; absent: Raftlab's. */
  readonly variant?: RaftVariant;
  /**
   * How long the node votes for nobody after its start, because it may have promised that before it was restarted
   * (dissertation §6.4.1). Absent: an election timeout with lease reads, otherwise not at all.
   */
  readonly promisedMs?: number;
  /** Faults of the links from this node, by the receiver's id. Absent: none. */
  readonly faults: Readonly<Record<NodeId, LinkFaults>>;
  /** Seeds the node's random choices (election timeouts, link faults). */
  readonly seed: number;
  /** How much the core sends at once; absent: what every node does. For the simulator, which also tries the rest. */
  readonly core?: CoreLimits;
  /** How much of a snapshot one turn handles; absent: what takes a few milliseconds. For the simulator. */
  readonly snapshotStepBytes?: number;
}

/** Settings of the core that a lab does not offer. */
export type CoreLimits = Pick<RaftSettings, 'maxEntriesBytesPerMessage' | 'maxInflightMessages'>;

/** A command of one client, numbered so that a retry takes effect once (dissertation §6.3). */
export interface KvRequest {
  readonly client: string;
  /** What the trace calls the request, unique in the lab. Absent: the node makes a name for it. */
  readonly traceId?: string;
  readonly command: KvCommand;
  /** How a get or list is answered; absent: by ReadIndex. */
  readonly read?: ReadKind;
  readonly timeoutMs: number;
}

export type ServerRequest =
  | { readonly type: 'peers'; readonly peers: readonly PeerAddress[] }
  | { readonly type: 'faults'; readonly faults: Readonly<Record<NodeId, LinkFaults>> }
  | { readonly type: 'pace'; readonly pace: Pace }
  | { readonly type: 'leaseReads'; readonly enabled: boolean }
  /** Which Raft from now on; `sessions` stays what it was at the start. */
  | { readonly type: 'variant'; readonly variant: RaftVariant }
  | { readonly type: 'kv'; readonly requestId: number; readonly request: KvRequest }
  | { readonly type: 'kvPage'; readonly requestId: number; readonly prefix: string; readonly limit: number }
  | { readonly type: 'sessions'; readonly requestId: number; readonly limit: number }
  | ClusterRequest
  | {
      readonly type: 'heldMessage'; readonly requestId: number; readonly action: HeldAction; readonly messageId: string;
    }
  /** Asks for one `nodeRestated`: an observer of the node has not heard from it for a while. */
  | { readonly type: 'restate' }
  /** Takes a snapshot now and discards the log that it covers. */
  | { readonly type: 'compact'; readonly requestId: number };

/** A request to the cluster through this node. */
export type ClusterRequest =
  | { readonly type: 'transferLeadership'; readonly requestId: number; readonly to: NodeId }
  | { readonly type: 'forgetLeader'; readonly requestId: number }
  | { readonly type: 'changeConfiguration'; readonly requestId: number; readonly change: ConfigurationChange }
  /** Asks a leader whether it hears a majority of these voters now. */
  | { readonly type: 'confirmQuorum'; readonly requestId: number; readonly voters: readonly NodeId[] };

export type ServerAnswer =
  | { readonly type: 'kvAnswer'; readonly requestId: number; readonly answer: KvAnswer }
  | { readonly type: 'kvPage'; readonly requestId: number; readonly page: NodeKvPage }
  | { readonly type: 'sessions'; readonly requestId: number; readonly page: SessionsPage }
  | { readonly type: 'leadershipTransferred'; readonly requestId: number; readonly answer: TransferAnswer }
  /** What was asked for is under way or done, and has no other answer. */
  | { readonly type: 'done'; readonly requestId: number }
  | { readonly type: 'requestFailed'; readonly requestId: number; readonly error: LabErrorData };
