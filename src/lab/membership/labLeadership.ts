/** Who leads the lab's cluster, and whether a leader answers reads by its lease. */
import type { TransferAnswer } from '../../contract/answers.ts';
import { checkLeaseReads } from '../../contract/variantChanges.ts';
import type { LabEvent } from '../../trace/events.ts';
import type { NodeId } from '../../raft/types.ts';
import type { NodeName } from '../../trace/names.ts';
import type { RaftVariant } from '../../trace/variant.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';
import type { LabNodes } from '../nodes/labNodes.ts';
import { leaderIn } from '../../membership/configurationInView.ts';
import type { LeaderRequests } from './leaderRequests.ts';

/** How long the view may lag behind: nodes' events come in batches, after their answers. */
const VIEW_WITHIN_MS = 1000;
/** The most leaders that are asked: when a leader is lost while it hands over, its successor is asked. */
const LEADERS_ASKED_MAX = 3;

export interface LabLeadershipHost {
  readonly view: ClusterView;
  readonly nodes: LabNodes;
  readonly requests: LeaderRequests;
  /** Which Raft the nodes run. */
  readonly variant: () => RaftVariant;
  /** Lease reads were allowed until now. */
  readonly onLeasesEnded: () => void;
  /** Waits for an election if one is possible. @throws {LabError} `no-leader` */
  readonly leader: () => Promise<NodeView>;
  /** Resolves when `isSo` holds, or after `limitMs`. */
  readonly until: (isSo: () => boolean, limitMs: number) => Promise<boolean>;
  readonly record: (event: LabEvent) => void;
  /** Writes lab.json; a failure is reported, not thrown. */
  readonly save: () => Promise<void>;
}

export class LabLeadership {
  readonly #host: LabLeadershipHost;
  #leaseReads: boolean;

  constructor(leaseReads: boolean, host: LabLeadershipHost) {
    this.#leaseReads = leaseReads;
    this.#host = host;
  }

  get leaseReads(): boolean {
    return this.#leaseReads;
  }

  /**
   * The order in which the nodes learn of it does not matter, and a node that is away may never learn of it: a lease
   * depends on promises that were given, and every node keeps its own (docs/decisions/0021).
   * @throws {LabError} `refused` where the lab's variant has no lease reads
   */
  async setLeaseReads(enabled: boolean): Promise<void> {
    if (enabled) {
      checkLeaseReads(this.#host.variant());
    }
    if (this.#leaseReads) {
      this.#host.onLeasesEnded();
    }
    this.#leaseReads = enabled;
    this.#host.record({ type: 'leaseReadsChanged', enabled });
    this.#host.nodes.post({ type: 'leaseReads', enabled });
    await this.#host.save();
  }

  /** @throws {LabError} when nobody leads, `to` cannot lead, or it does not happen in time */
  async transfer(to: NodeName): Promise<TransferAnswer> {
    const { nodes, view } = this.#host;
    const { id } = nodes.named(to);
    await nodes.named(to).running();
    const answer = await this.#transferTo(id);
    // The view lags behind the node's answer; the next command must find the new leader in it.
    await this.#host.until(() => leaderIn(view)?.id === id, VIEW_WITHIN_MS);
    return answer;
  }

  async #transferTo(to: NodeId): Promise<TransferAnswer> {
    for (let asked = 1; ; asked += 1) {
      const { id, name, term } = await this.#host.leader();
      if (asked > 1 && id === to) {
        return { leader: name, term, totalMs: 0 };
      }
      try {
        return await this.#host.requests.transfer(name, to);
      } catch (error) {
        if (asked === LEADERS_ASKED_MAX || leaderIn(this.#host.view)?.id === id) {
          throw error;
        }
      }
    }
  }

  /** @throws {LabError} when the node leads, or must not forget its leader */
  async forgetLeader(name: NodeName): Promise<void> {
    const thread = await this.#host.nodes.named(name).running();
    await thread.forgetLeader();
  }
}
