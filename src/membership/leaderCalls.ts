/** What is asked of the leader while the members change, in whatever world it runs. */
import type { LabError } from '../contract/errors.ts';
import type { ConfigurationChange, NodeId } from '../raft/index.ts';
import type { NodeName } from '../trace/names.ts';

/** Called once: without an error when it is done, or with the reason why not. */
export type Done = (error?: LabError) => void;

/** Each ends with a call of `done`, also when the node does not lead, ends, is paused or does not answer. */
export interface LeaderCalls {
  /** Done when the leader has the change in its log. */
  change(leader: NodeName, change: ConfigurationChange, done: Done): void;
  /** Done when the leader has heard from a majority of these voters since it was asked. */
  confirmQuorum(leader: NodeName, voters: readonly NodeId[], done: Done): void;
  /** Done when `to` leads. */
  transfer(leader: NodeName, to: NodeId, done: Done): void;
}
