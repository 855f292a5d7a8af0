/** What the checks see of a node's log: what it works with, and what enters it. */
import type { Index, RaftNode, Ready, Term } from '../raft/index.ts';
import type { Appended, ObservedLog } from './checks/observer.ts';
import type { SimulatedNode } from './simulatedNode.ts';

/** The log at the moment when a check looks at it, which few checks do. */
export class CoreLog implements ObservedLog {
  readonly #raft: RaftNode;

  constructor(raft: RaftNode) {
    this.#raft = raft;
  }

  get firstIndex(): Index {
    return this.#raft.status().firstIndex;
  }

  get lastIndex(): Index {
    return this.#raft.status().lastIndex;
  }

  termAt(index: Index): Term | undefined {
    return this.#raft.termAt(index);
  }
}

/** What a Ready is about to append; undefined: nothing. */
export function appendedBy(node: SimulatedNode, { entries, snapshot }: Ready): Appended | undefined {
  const first = entries[0];
  if (first === undefined) {
    return undefined;
  }
  const { role, disk: { storage }, raft: { commitIndex } } = node;
  const followsSnapshot = snapshot?.lastIncludedIndex === first.index - 1;
  const previousTerm = followsSnapshot ? snapshot.lastIncludedTerm : storage.term(first.index - 1);
  const replacedFrom = snapshot === undefined && first.index <= storage.lastIndex() ? first.index : undefined;
  return { role, entries, previousTerm, replacedFrom, commitIndex };
}
