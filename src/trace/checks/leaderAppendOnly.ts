/** Leader Append-Only (Raft §5.3): a leader never overwrites or deletes entries in its log; it only appends. */
import type { NodeId } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';
import { fullNodeName } from '../names.ts';
import type { Check, Finding } from './check.ts';

export class LeaderAppendOnly implements Check {
  readonly name = 'Leader Append-Only';
  readonly section = 'Raft §5.3';
  readonly statement = 'A leader never overwrites or deletes entries in its log; it only appends.';
  readonly #leaders = new Set<NodeId>();

  observe(event: TraceEvent): Finding | null {
    switch (event.type) {
      case 'roleChanged':
        if (event.role === 'leader') this.#leaders.add(event.node);
        else this.#leaders.delete(event.node);
        return null;
      case 'nodeRestated':
        if (event.role === 'leader') this.#leaders.add(event.node);
        return null;
      case 'nodeStarted':
        this.#leaders.delete(event.node);
        return null;
      case 'entriesAppended':
        if (event.truncatedFrom === undefined || !this.#leaders.has(event.node)) return null;
        return {
          message: `leader ${fullNodeName(event.node)} discarded its own entries from ${event.truncatedFrom} on`,
          nodes: [event.node],
          index: event.truncatedFrom,
        };
      default:
        return null;
    }
  }

  /** It may have stepped down since. */
  missed(node: NodeId): void {
    this.#leaders.delete(node);
  }
}
