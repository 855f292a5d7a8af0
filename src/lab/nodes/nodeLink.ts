/** The way to a node's thread, wherever it runs. */
import type { LabToNode, NodeConfiguration, NodeToLab } from '../../node/protocol.ts';

export interface NodeLinkListener {
  /** What the node says. */
  readonly onMessage: (message: NodeToLab) => void;
  /** The thread is gone, and with it its locks and its port. Called once, with the reason for a person. */
  readonly onExit: (reason: string) => void;
}

export interface NodeLink {
  post(message: LabToNode): void;
  /**
   * Stops the thread where it stands, like a stopped process, until `resume`. Like the other two it resolves when that
   * is done, and throws an {@link Error} when the thread's machine does not allow it, or does not answer.
   */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the thread where it stands; no more code of the node runs. `onExit` follows. */
  terminate(): Promise<void>;
}

/** Starts a node's thread. The listener is not called before this returns. */
export type LaunchNode = (listener: NodeLinkListener) => NodeLink;

/** What a node is started with, but for what only the machine knows on which its thread runs. */
export type NodePlan = Omit<NodeConfiguration, 'directory' | 'pauseFlag'>;
