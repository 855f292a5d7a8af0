/** commitIndex increases monotonically (Raft Figure 2, "Volatile state") during one run of a node. */
import type { Index, NodeId } from '../../raft/types.ts';
import type { TraceEvent } from '../events.ts';
import { fullNodeName } from '../names.ts';
import type { Check, Finding } from './check.ts';

export class MonotonicCommit implements Check {
  readonly name = 'commitIndex never goes back';
  readonly section = 'Raft Figure 2';
  readonly statement = 'From one start of a server to its end, its commitIndex only increases.';
  readonly #commitIndex = new Map<NodeId, Index>();

  observe(event: TraceEvent): Finding | null {
    switch (event.type) {
      case 'nodeStarted':
      case 'nodeRestated':
        // It is volatile: after a crash a node may know of fewer commits than before, and learns them again.
        this.#commitIndex.set(event.node, event.hardState.commitIndex);
        return null;
      case 'commitAdvanced': {
        const before = this.#commitIndex.get(event.node) ?? 0;
        this.#commitIndex.set(event.node, event.commitIndex);
        if (event.commitIndex >= before) return null;
        return {
          message: `the commitIndex of ${fullNodeName(event.node)} went from ${before} back to ${event.commitIndex}`,
          nodes: [event.node],
          index: event.commitIndex,
        };
      }
      default:
        return null;
    }
  }

  /** It may have been restarted since and know of fewer commits. */
  missed(node: NodeId): void {
    this.#commitIndex.delete(node);
  }
}
