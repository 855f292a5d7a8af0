/** State Machine Safety (Raft §5.4.3): no two nodes apply different entries at the same index. */
import type { Index, NodeId, Term } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';
import { fullNodeName } from '../names.ts';
import { BoundedMap } from './check.ts';
import type { Check, Finding } from './check.ts';

const INDEXES_MAX = 20_000;

interface Applied {
  readonly term: Term;
  readonly text: string;
  readonly node: NodeId;
}

export class StateMachineSafety implements Check {
  readonly name = 'State Machine Safety';
  readonly section = 'Raft §5.4.3';
  readonly statement = 'No two servers apply different entries at the same index.';
  /** What the first node applied at each index. Texts are shortened, but terms also tell long values apart. */
  readonly #applied = new BoundedMap<Index, Applied>(INDEXES_MAX);

  observe(event: TraceEvent): Finding | null {
    if (event.type !== 'applied') return null;
    const { index, term, text, node } = event;
    const first = this.#applied.get(index);
    if (first === undefined) this.#applied.set(index, { term, text, node });
    if (first === undefined || (first.term === term && first.text === text)) return null;
    return {
      message: `at index ${index} ${fullNodeName(first.node)} applied ${first.text} (term ${first.term}), `
        + `${fullNodeName(node)} ${text} (term ${term})`,
      nodes: [first.node, node],
      term,
      index,
    };
  }
}
