/** commitIndex increases monotonically (Raft Figure 2, "Volatile state"): from one start of a server to its end. */
import type { Index, NodeId } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';
import { fullNodeName } from '../names.ts';
import type { Check } from './check.ts';

export class MonotonicCommit implements Check {
  readonly name = 'commitIndex never goes back';
  readonly section = 'Raft Figure 2';
  readonly #commitIndex = new Map<NodeId, Index>();

  observe(event: TraceEvent): string | null {
    switch (event.type) {
      case 'nodeStarted':
        // It is volatile: after a crash a server may know of fewer commits than before, and learns them again.
        this.#commitIndex.set(event.node, event.hardState.commitIndex);
        return null;
      case 'commitAdvanced': {
        const before = this.#commitIndex.get(event.node) ?? 0;
        this.#commitIndex.set(event.node, event.commitIndex);
        if (event.commitIndex >= before) return null;
        return `the commitIndex of ${fullNodeName(event.node)} went from ${before} back to ${event.commitIndex}`;
      }
      default:
        return null;
    }
  }
}
