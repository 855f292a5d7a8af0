/** Election Safety (Raft §5.2): at most one leader can be elected in a given term. */
import type { NodeId, Term } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';
import { fullNodeName } from '../names.ts';
import { BoundedMap } from './check.ts';
import type { Check, Finding } from './check.ts';

const TERMS_MAX = 1000;

export class ElectionSafety implements Check {
  readonly name = 'Election Safety';
  readonly section = 'Raft §5.2';
  readonly statement = 'At most one leader can be elected in a given term.';
  readonly #leaders = new BoundedMap<Term, NodeId>(TERMS_MAX);

  observe(event: TraceEvent): Finding | null {
    if (event.type !== 'roleChanged' || event.role !== 'leader') return null;
    const leader = this.#leaders.get(event.term);
    if (leader === undefined) this.#leaders.set(event.term, event.node);
    if (leader === undefined || leader === event.node) return null;
    const message = `${fullNodeName(leader)} and ${fullNodeName(event.node)} were both elected in term ${event.term}`;
    return { message, nodes: [leader, event.node], term: event.term };
  }
}
