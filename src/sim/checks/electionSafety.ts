/** Election Safety (Raft Figure 3, §5.2): at most one leader is elected in a term. */
import type { NodeId, Role, Term } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Election Safety',
  section: 'Raft §5.2',
  statement: 'at most one leader is elected in a term',
};

export class ElectionSafety implements Check {
  readonly #leaders = new Map<Term, NodeId>();

  onRole(server: ObservedServer, role: Role, term: Term): void {
    if (role !== 'leader') {
      return;
    }
    const other = this.#leaders.get(term) ?? server.id;
    if (other !== server.id) {
      throw new SafetyViolation(PROPERTY, [other, server.id], `${other} and ${server.id} both lead term ${term}`);
    }
    this.#leaders.set(term, server.id);
  }
}
