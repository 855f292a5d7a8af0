/**
 * While a leader answers reads from its lease, nobody leads a later term (dissertation §6.4.1). Such a read is stale
 * only where the later leader has committed something by then; this check shows the broken lease itself.
 */
import { NONE, type NodeId, type Role, type Term } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'A lease excludes other leaders',
  section: 'dissertation §6.4.1',
  statement: 'no server is elected while a leader may answer reads from its lease',
};

export class LeaseExcludesLeaders implements Check {
  #newestLeader: NodeId = NONE;
  #newestTerm: Term = 0;

  onRole({ id }: ObservedServer, role: Role, term: Term): void {
    if (role === 'leader' && term > this.#newestTerm) {
      this.#newestLeader = id;
      this.#newestTerm = term;
    }
  }

  onLeaseRead({ id }: ObservedServer, term: Term): void {
    if (term < this.#newestTerm) {
      throw new SafetyViolation(
        PROPERTY, [id, this.#newestLeader],
        `server ${id} answers a read from its lease of term ${term}, ` +
          `but server ${this.#newestLeader} leads term ${this.#newestTerm}`,
      );
    }
  }
}
