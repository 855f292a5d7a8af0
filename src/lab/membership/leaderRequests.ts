/** What the lab asks of the leader. */
import type { TransferAnswer } from '../../contract/answers.ts';
import { LabError } from '../../contract/errors.ts';
import type { Done, LeaderCalls } from '../../membership/leaderCalls.ts';
import type { ConfigurationChange, NodeId } from '../../raft/index.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LabNodes } from '../nodes/labNodes.ts';

/** Each ends with an answer, or with a LabError when the node does not lead, ends, is paused or does not answer. */
export interface LeaderRequests {
  /** Resolves when the leader has the change in its log. */
  change(leader: NodeName, change: ConfigurationChange): Promise<void>;
  /** Resolves when the leader has heard from a majority of these voters since it was asked. */
  confirmQuorum(leader: NodeName, voters: readonly NodeId[]): Promise<void>;
  /** Resolves when `to` leads. */
  transfer(leader: NodeName, to: NodeId): Promise<TransferAnswer>;
}

/** The same for the keeper of the membership, which is told by a call. */
export function leaderCalls(requests: LeaderRequests): LeaderCalls {
  const tell = (request: Promise<unknown>, done: Done): void => {
    request.then(() => done(), (error: unknown) => {
      if (!(error instanceof LabError)) {
        throw error;
      }
      done(error);
    });
  };
  return {
    change: (leader, change, done) => tell(requests.change(leader, change), done),
    confirmQuorum: (leader, voters, done) => tell(requests.confirmQuorum(leader, voters), done),
    transfer: (leader, to, done) => tell(requests.transfer(leader, to), done),
  };
}

export class NodesAsLeaders implements LeaderRequests {
  readonly #nodes: LabNodes;

  constructor(nodes: LabNodes) {
    this.#nodes = nodes;
  }

  async change(leader: NodeName, change: ConfigurationChange): Promise<void> {
    const thread = await this.#nodes.named(leader).running();
    await thread.changeConfiguration(change);
  }

  async confirmQuorum(leader: NodeName, voters: readonly NodeId[]): Promise<void> {
    const thread = await this.#nodes.named(leader).running();
    await thread.confirmQuorum(voters);
  }

  async transfer(leader: NodeName, to: NodeId): Promise<TransferAnswer> {
    const thread = await this.#nodes.named(leader).running();
    return thread.transferLeadership(to);
  }
}
