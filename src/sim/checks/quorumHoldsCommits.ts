/**
 * Every entry that a leader commits is on the stable storage of a majority (Raft §5.3; in joint consensus, majorities
 * of both configurations, dissertation §4.3). A server's storage counts even where it is lost later: it held the entry
 * when it mattered.
 */
import type { Configuration, Index, NodeId, Term } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'A quorum holds every commit',
  section: 'Raft §5.3',
  statement: 'what a leader commits, a majority has on stable storage',
};

/** What the check asks of the cluster: who must agree, and who has what. */
export interface ClusterStorage {
  /** The configuration that this server works with. */
  readonly configurationOf: (id: NodeId) => Configuration;
  /** Whether the entry is on that server's stable storage, or was before it was compacted. */
  readonly isStored: (id: NodeId, index: Index, term: Term) => boolean;
}

export class QuorumHoldsCommits implements Check {
  readonly #cluster: ClusterStorage;

  constructor(cluster: ClusterStorage) {
    this.#cluster = cluster;
  }

  onCommit(server: ObservedServer, commitIndex: Index, term: Term): void {
    if (server.role !== 'leader') {
      return;
    }
    const { voters, votersOutgoing } = this.#cluster.configurationOf(server.id);
    this.#requireMajority(server, voters, commitIndex, term);
    if (votersOutgoing.length > 0) {
      this.#requireMajority(server, votersOutgoing, commitIndex, term);
    }
  }

  #requireMajority(server: ObservedServer, voters: readonly NodeId[], commitIndex: Index, term: Term): void {
    const holders = voters.filter((id) => this.#cluster.isStored(id, commitIndex, term));
    if (2 * holders.length <= voters.length) {
      throw new SafetyViolation(
        PROPERTY, [server.id],
        `leader ${server.id} committed entry ${commitIndex} of term ${term}, but of its voters ${voters.join(' ')} ` +
          `only ${holders.join(' ') || 'none'} hold it on stable storage`,
      );
    }
  }
}
