/** Leader Append-Only (Raft §5.3): a leader never overwrites or deletes entries in its log; it only appends. */
import type { NodeId } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';
import { fullNodeName } from '../names.ts';
import type { Check } from './check.ts';

export class LeaderAppendOnly implements Check {
  readonly name = 'Leader Append-Only';
  readonly section = 'Raft §5.3';
  readonly #leaders = new Set<NodeId>();

  observe(event: TraceEvent): string | null {
    switch (event.type) {
      case 'roleChanged':
        if (event.role === 'leader') this.#leaders.add(event.node);
        else this.#leaders.delete(event.node);
        return null;
      case 'nodeStarted':
        this.#leaders.delete(event.node);
        return null;
      case 'entriesAppended':
        if (event.truncatedFrom === undefined || !this.#leaders.has(event.node)) return null;
        return `leader ${fullNodeName(event.node)} discarded its own entries from ${event.truncatedFrom} on`;
      default:
        return null;
    }
  }
}
