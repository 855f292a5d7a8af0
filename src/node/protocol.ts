/** What the lab and a node's worker thread say to each other. */
import type { LabErrorData } from '../contract/errors.ts';
import type { NodeId } from '../raft/types.ts';
import type { ServerAnswer, ServerConfiguration, ServerRequest } from '../server/protocol.ts';
import type { NodeTraceEvent, Pace } from '../trace/events.ts';
import type { ClientOperation } from '../trace/operations.ts';

/** What every server is configured with, except for what the node itself knows or decides. */
type OfAnyServer = Omit<ServerConfiguration, 'core' | 'labDigest' | 'snapshotStepBytes' | 'times'>;

/** How an open door of a node is to be. */
export interface NodeDoorSettings {
  /** The port to try first; a taken one: any free port. */
  readonly preferredPort: number;
  /** Whether clients are redirected to the leader; otherwise their commands are forwarded. */
  readonly redirects: boolean;
  /** At the node's own address; otherwise on loopback. */
  readonly onLan: boolean;
  /** What a client on the LAN must send first. Absent: everybody who reaches the port is let in. */
  readonly password?: string;
}

/** A worker's `workerData`: all that a node needs to start. */
export interface NodeConfiguration extends OfAnyServer {
  readonly pace: Pace;
  /** The folder that holds raft.db; it exists. */
  readonly directory: string;
  /** The port to try first; 0 or a taken one: any free port. */
  readonly preferredPort: number;
  /** On a LAN: the secret that seals the lab's datagrams (wire/joinCode.ts), 32 bytes in Base64. Absent: no seals. */
  readonly datagramSecret?: string;
  /** Absent: its door is closed. */
  readonly door?: NodeDoorSettings;
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
  /**
   * One Int32: 0 runs, 1 asks the thread to stop where it stands (it waits on this value and takes no input, like a
   * stopped process) until it is 0 again.
   */
  readonly pauseFlag: SharedArrayBuffer;
}

export type LabToNode =
  | ServerRequest
  /** The join code has changed: seal with the secret that is derived from it. 32 bytes in Base64. */
  | { readonly type: 'secret'; readonly datagramSecret: string }
  /** The node's door is to be like this from now on; null: closed. */
  | { readonly type: 'door'; readonly door: NodeDoorSettings | null }
  /** Wakes the event loop so that it looks at the pause flag. */
  | { readonly type: 'pause' }
  /** Ends the node cleanly: the file is closed, the thread ends. */
  | { readonly type: 'stop' };

export type NodeToLab =
  | { readonly type: 'started'; readonly port: number }
  /** The node now receives at another port: it left a flooded one, or is back at its own. */
  | { readonly type: 'moved'; readonly port: number }
  | { readonly type: 'events'; readonly events: readonly NodeTraceEvent[]; readonly dropped: number }
  | { readonly type: 'operations'; readonly operations: readonly ClientOperation[] }
  | ServerAnswer
  | { readonly type: 'failed'; readonly error: LabErrorData }
  | { readonly type: 'stopped' };
