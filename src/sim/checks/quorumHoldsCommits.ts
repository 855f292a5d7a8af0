/**
 * What a leader commits, a majority has on stable storage (Raft §5.3; in joint consensus, majorities of both
 * configurations,
 * dissertation §4.3). A server's storage counts even where it is lost later: it held the entry when it mattered.
 */
import type { Configuration, Index, NodeId, Role, Term } from '../../raft/index.ts';
import { SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

/** What the check asks of the cluster: who must agree, and who has what. */
export interface ClusterStorage {
  /** The configuration that this server works with. */
  readonly configurationOf: (id: NodeId) => Configuration;
  /** The term of the entry at `index` on that server's stable storage; undefined when it has none or is gone. */
  readonly storedTerm: (id: NodeId, index: Index) => Term | undefined;
}

export class QuorumHoldsCommits implements Check {
  readonly #cluster: ClusterStorage;

  constructor(cluster: ClusterStorage) {
    this.#cluster = cluster;
  }

  onCommit(server: ObservedServer, role: Role, term: Term, commitIndex: Index): void {
    if (role !== 'leader') {
      return;
    }
    const { voters, votersOutgoing } = this.#cluster.configurationOf(server.id);
    this.#requireMajority(server, voters, term, commitIndex);
    if (votersOutgoing.length > 0) {
      this.#requireMajority(server, votersOutgoing, term, commitIndex);
    }
  }

  #requireMajority(server: ObservedServer, voters: readonly NodeId[], term: Term, commitIndex: Index): void {
    // A leader commits an entry of its own term (Raft §5.4.2), so that is the one to look for.
    const holders = voters.filter((id) => this.#cluster.storedTerm(id, commitIndex) === term);
    if (holders.length <= Math.floor(voters.length / 2)) {
      throw new SafetyViolation(
        'A quorum holds every commit',
        `leader ${server.id} of term ${term} committed ${commitIndex}, but of its voters ${voters.join(' ')} ` +
          `only ${holders.join(' ') || 'none'} hold it on stable storage`,
      );
    }
  }
}
