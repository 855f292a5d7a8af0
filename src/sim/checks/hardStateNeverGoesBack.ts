/**
 * The hard state on a server's stable storage keeps its promises (Raft §5.1, §5.2): terms only grow, and a vote stays
 * for its term.
 */
import { type HardState, NONE, type NodeId } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Hard state never goes back',
  section: 'Raft §5.1',
  statement: 'the term on stable storage only grows, and a vote stays for its term',
};

export class HardStateNeverGoesBack implements Check {
  readonly #before = new Map<NodeId, HardState>();

  onStart(server: ObservedServer): void {
    this.onPersist(server, server.disk.hardState);
  }

  onPersist(server: ObservedServer, hardState: HardState): void {
    const before = this.#before.get(server.id);
    this.#before.set(server.id, hardState);
    if (before === undefined || hardState.currentTerm > before.currentTerm) {
      return;
    }
    const voteKept = before.votedFor === NONE || hardState.votedFor === before.votedFor;
    if (hardState.currentTerm < before.currentTerm || !voteKept) {
      throw new SafetyViolation(
        PROPERTY, [server.id],
        `${server.id} had term ${before.currentTerm} with its vote for ${before.votedFor} on disk, ` +
          `and now term ${hardState.currentTerm} with ${hardState.votedFor}`,
      );
    }
  }
}
