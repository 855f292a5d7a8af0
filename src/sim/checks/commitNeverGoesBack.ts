/** commitIndex only grows while a server runs (Raft Figure 2: "increases monotonically"). */
import type { Index, NodeId } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Commit never goes back',
  section: 'Raft Figure 2',
  statement: 'commitIndex increases monotonically',
};

export class CommitNeverGoesBack implements Check {
  readonly #commitIndex = new Map<NodeId, Index>();

  onStart(server: ObservedServer): void {
    this.#commitIndex.set(server.id, server.disk.hardState.commitIndex);
  }

  onCommit(server: ObservedServer, commitIndex: Index): void {
    const before = this.#commitIndex.get(server.id) ?? 0;
    if (commitIndex < before) {
      throw new SafetyViolation(
        PROPERTY, [server.id],
        `commitIndex of ${server.id} went from ${before} to ${commitIndex}`,
      );
    }
    this.#commitIndex.set(server.id, commitIndex);
  }
}
