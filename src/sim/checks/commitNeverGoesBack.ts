/** commitIndex only grows while a server runs (Raft Figure 2: "increases monotonically"). */
import type { Index, NodeId } from '../../raft/index.ts';
import { SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

export class CommitNeverGoesBack implements Check {
  readonly #commitIndex = new Map<NodeId, Index>();

  onStart(server: ObservedServer): void {
    this.#commitIndex.set(server.id, server.disk.hardState.commitIndex);
  }

  onCommit(server: ObservedServer, commitIndex: Index): void {
    const before = this.#commitIndex.get(server.id) ?? 0;
    if (commitIndex < before) {
      throw new SafetyViolation(
        'Commit never goes back', 'Raft Figure 2',
        `commitIndex of ${server.id} went from ${before} to ${commitIndex}`,
      );
    }
    this.#commitIndex.set(server.id, commitIndex);
  }
}
