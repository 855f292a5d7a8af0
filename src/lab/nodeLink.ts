/** The way to a node's thread, wherever it runs. */
import type { LabToNode, NodeConfiguration, NodeToLab } from '../node/protocol.ts';

export interface NodeLinkListener {
  /** What the node says. */
  readonly onMessage: (message: NodeToLab) => void;
  /** The thread is gone, and with it its locks and its port. Called once, with the reason for a person. */
  readonly onExit: (reason: string) => void;
}

export interface NodeLink {
  post(message: LabToNode): void;
  /** Stops the thread where it stands, like a stopped process, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the thread where it stands; no code of the node runs any more. `onExit` follows. */
  terminate(): void;
}

/** Starts a node's thread. The listener is not called before this returns. */
export type LaunchNode = (listener: NodeLinkListener) => NodeLink;

/** What a node is started with, but for what only the machine knows on which its thread runs. */
export type NodePlan = Omit<NodeConfiguration, 'directory' | 'pauseFlag'>;
