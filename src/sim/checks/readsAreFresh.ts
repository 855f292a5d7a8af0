/**
 * A read sees everything that was committed when it was asked for (dissertation §6.4: the read index is "the largest
 * commit index ever seen by any server in the cluster"). Linearizability follows for clients; this check shows the
 * stale read itself, even where by luck no client could notice it.
 */
import type { KvAnswer } from '../../contract/answers.ts';
import type { KvRequest } from '../../server/protocol.ts';
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
  readonly #committedWhenAsked = new Map<number, Index>();

  onCommit(_server: ObservedServer, commitIndex: Index): void {
    this.#highestCommitIndex = Math.max(this.#highestCommitIndex, commitIndex);
  }

  onAsked(requestId: number, { read }: KvRequest): void {
    if (read !== undefined && read !== 'stale') {
      this.#committedWhenAsked.set(requestId, this.#highestCommitIndex);
    }
  }

  onAnswered({ id }: ObservedServer, requestId: number, { index, read }: KvAnswer): void {
    const committed = this.#committedWhenAsked.get(requestId) ?? 0;
    this.#committedWhenAsked.delete(requestId);
    if (index < committed) {
      throw new SafetyViolation(
        PROPERTY, [id],
        `server ${id} answers a read (${read?.kind ?? ''}) at index ${index}, `
          + `but ${committed} was committed when it was asked for`,
      );
    }
  }

  onRefused(_server: ObservedServer, requestId: number): void {
    this.#committedWhenAsked.delete(requestId);
  }
}
