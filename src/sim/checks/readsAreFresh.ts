/**
 * A read sees everything that was committed when it was asked for (dissertation §6.4: the read index is "the largest
 * commit index ever seen by any server in the cluster"). Linearizability follows for clients; this check shows the
 * stale read itself, even where by luck no client could notice it.
 */
import type { Index } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'Reads are fresh',
  section: 'dissertation §6.4',
  statement: 'a read sees everything that was committed when it was asked for',
};

export class ReadsAreFresh implements Check {
  #highestCommitIndex: Index = 0;
  /** For each read that was asked for and not answered: what was committed then. */
  readonly #committedWhenAsked = new Map<string, Index>();

  onCommit(_server: ObservedServer, commitIndex: Index): void {
    this.#highestCommitIndex = Math.max(this.#highestCommitIndex, commitIndex);
  }

  onReadAsked(token: string): void {
    this.#committedWhenAsked.set(token, this.#highestCommitIndex);
  }

  onReadServed({ id }: ObservedServer, token: string, lastApplied: Index): void {
    const committed = this.#committedWhenAsked.get(token) ?? 0;
    this.#committedWhenAsked.delete(token);
    if (lastApplied < committed) {
      throw new SafetyViolation(
        PROPERTY, [id],
        `server ${id} answers a read at index ${lastApplied}, ` +
          `but ${committed} was committed when it was asked for (${token})`,
      );
    }
  }
}
