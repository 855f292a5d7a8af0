/** The connection to a node's thread, wherever it runs. */
import type { LabToNode, NodeConfiguration, NodeToLab } from '../../node/protocol.ts';

export interface NodeLinkListener {
  /** A message from the node. */
  readonly onMessage: (message: NodeToLab) => void;
  /** The thread has ended and released its locks and its port. Called once, with the reason in words. */
  readonly onExit: (reason: string) => void;
}

export interface NodeLink {
  post(message: LabToNode): void;
  /**
   * Pauses the thread wherever it is, like a stopped process, until `resume`. All three methods resolve when they are
   * done, and throw an {@link Error} when the thread's machine does not allow it, or does not answer.
   */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the thread wherever it is; no further code of the node runs. `onExit` follows. */
  terminate(): Promise<void>;
}

/** Starts a node's thread. The listener is not called before this returns. */
export type LaunchNode = (listener: NodeLinkListener) => NodeLink;

/** What a node is started with, except for what only the machine of its thread knows. */
export type NodePlan = Omit<NodeConfiguration, 'directory' | 'pauseFlag'>;
