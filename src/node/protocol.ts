/** What the lab and a node's worker thread say to each other. */
import type { KvAnswer, NodeKvPage, ReadKind, SessionsPage, TransferAnswer } from '../contract/answers.ts';
import type { LabErrorData } from '../contract/errors.ts';
import type { KvCommand } from '../kv/commands.ts';
import type { ConfigurationChange } from '../raft/index.ts';
import type { NodeId } from '../raft/types.ts';
import type { LabEvent, LinkFaults, NodeTraceEvent, Pace, TraceBody } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import type { CompactionSettings } from './snapshots/compactionPolicy.ts';

/** An event as the parts of a node report it; the node adds the time. */
export type NodeTraceBody = Exclude<TraceBody, LabEvent>;

export interface PeerAddress {
  readonly id: NodeId;
  readonly address: string;
  readonly port: number;
}

/** A worker's `workerData`: all that a node needs to start. */
export interface NodeConfiguration {
  readonly labId: string;
  readonly name: NodeName;
  readonly id: NodeId;
  readonly incarnation: number;
  /** The folder that holds raft.db; it exists. */
  readonly directory: string;
  readonly address: string;
  /** The port to try first; 0 or a taken one: any free port. */
  readonly preferredPort: number;
  /** The longest datagram that the node sends; absent: what loopback carries. */
  readonly datagramBytesMax?: number;
  /** On a LAN: the secret that seals the lab's datagrams (wire/joinCode.ts), 32 bytes in Base64. Absent: no seals. */
  readonly datagramSecret?: string;
  /**
   * The voters of the first configuration, written into a new file; an existing file keeps its own. Empty for a node
   * that joins later: it waits until a leader sends it the log.
   */
  readonly initialVoters: readonly NodeId[];
  /**
   * Whether a missing raft.db may be created. False for a node that has run before: its vote was in the missing file.
   */
  readonly mayCreateDatabase: boolean;
  /** The largest size of raft.db, in bytes. At that size the node stops; it makes room when it starts again. */
  readonly databaseBytesMax: number;
  /** The most that keys and values may take together; it goes into the log. Absent: other nodes see to that. */
  readonly dataBytesMax?: number;
  /** When the node takes snapshots, and how much log it keeps behind one; absent: COMPACTION_DEFAULTS. */
  readonly compaction?: CompactionSettings;
  readonly peers: readonly PeerAddress[];
  readonly pace: Pace;
  /** Whether reads may be answered from the leader's lease (dissertation §6.4.1). Absent: they may not. */
  readonly leaseReads?: boolean;
  /**
   * How long the node votes for nobody after its start, because it may have promised that before it was restarted
   * (dissertation §6.4.1). Absent: an election timeout with lease reads, otherwise not at all.
   */
  readonly promisedMs?: number;
  /** Faults of the links from this node, by the receiver's id. Absent: none. */
  readonly faults: Readonly<Record<NodeId, LinkFaults>>;
  /** Seeds the node's random choices (election timeouts, link faults). */
  readonly seed: number;
  /**
   * One Int32: 0 runs, 1 asks the thread to stop where it stands (it waits on this value and takes no input, like a
   * stopped process) until it is 0 again.
   */
  readonly pauseFlag: SharedArrayBuffer;
}

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

export type LabToNode =
  | { readonly type: 'peers'; readonly peers: readonly PeerAddress[] }
  | { readonly type: 'faults'; readonly faults: Readonly<Record<NodeId, LinkFaults>> }
  | { readonly type: 'pace'; readonly pace: Pace }
  /** The join code has changed: seal with the secret that is derived from it. 32 bytes in Base64. */
  | { readonly type: 'secret'; readonly datagramSecret: string }
  | { readonly type: 'leaseReads'; readonly enabled: boolean }
  /** Wakes the event loop so that it looks at the pause flag. */
  | { readonly type: 'pause' }
  | { readonly type: 'kv'; readonly requestId: number; readonly request: KvRequest }
  | { readonly type: 'kvPage'; readonly requestId: number; readonly prefix: string; readonly limit: number }
  | { readonly type: 'sessions'; readonly requestId: number; readonly limit: number }
  | { readonly type: 'transferLeadership'; readonly requestId: number; readonly to: NodeId }
  | { readonly type: 'forgetLeader'; readonly requestId: number }
  | { readonly type: 'changeConfiguration'; readonly requestId: number; readonly change: ConfigurationChange }
  /** Asks a leader whether it hears a majority of these voters now. */
  | { readonly type: 'confirmQuorum'; readonly requestId: number; readonly voters: readonly NodeId[] }
  /** Asks for one `nodeRestated`: an observer of the node has not heard from it for a while. */
  | { readonly type: 'restate' }
  /** Takes a snapshot now and discards the log that it covers. */
  | { readonly type: 'compact'; readonly requestId: number }
  /** Ends the node cleanly: the file is closed, the thread ends. */
  | { readonly type: 'stop' };

export type NodeToLab =
  | { readonly type: 'started'; readonly port: number }
  /** The node now receives at another port: it left a flooded one, or is back at its own. */
  | { readonly type: 'moved'; readonly port: number }
  | { readonly type: 'events'; readonly events: readonly NodeTraceEvent[]; readonly dropped: number }
  | { readonly type: 'kvAnswer'; readonly requestId: number; readonly answer: KvAnswer }
  | { readonly type: 'kvPage'; readonly requestId: number; readonly page: NodeKvPage }
  | { readonly type: 'sessions'; readonly requestId: number; readonly page: SessionsPage }
  | { readonly type: 'leadershipTransferred'; readonly requestId: number; readonly answer: TransferAnswer }
  /** What was asked for is under way or done, and has no other answer. */
  | { readonly type: 'done'; readonly requestId: number }
  | { readonly type: 'requestFailed'; readonly requestId: number; readonly error: LabErrorData }
  | { readonly type: 'failed'; readonly error: LabErrorData }
  | { readonly type: 'stopped' };
