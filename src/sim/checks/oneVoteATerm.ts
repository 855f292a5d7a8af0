/**
 * One vote per term (Raft §5.2: "each server will vote for at most one candidate in a given term"), whatever crashes
 * come in between. A vote counts once another server is told of it, or once a server's own disk holds its vote for
 * itself.
 */
import type { HardState, Message, NodeId, Term } from '../../raft/index.ts';
import { type Property, SafetyViolation } from '../violation.ts';
import type { Check, ObservedServer } from './observer.ts';

const PROPERTY: Property = {
  name: 'One vote a term',
  section: 'Raft §5.2',
  statement: 'each server votes for at most one candidate in a term',
};

interface Vote {
  readonly term: Term;
  readonly candidate: NodeId;
}

export class OneVoteATerm implements Check {
  /** The vote of the newest term in which each server gave one: terms only grow, so older ones do not matter. */
  readonly #newest = new Map<NodeId, Vote>();

  onSend({ id }: ObservedServer, message: Message): void {
    if (message.type === 'RequestVoteResponse' && message.voteGranted) {
      this.#note(id, { term: message.term, candidate: message.to });
    }
  }

  onPersist({ id }: ObservedServer, { currentTerm, votedFor }: HardState): void {
    if (votedFor === id) {
      this.#note(id, { term: currentTerm, candidate: id });
    }
  }

  #note(voter: NodeId, vote: Vote): void {
    const newest = this.#newest.get(voter);
    if (newest === undefined || vote.term > newest.term) {
      this.#newest.set(voter, vote);
    } else if (vote.term === newest.term && vote.candidate !== newest.candidate) {
      throw new SafetyViolation(
        PROPERTY, [voter],
        `server ${voter} voted for ${newest.candidate} and for ${vote.candidate} in term ${vote.term}`,
      );
    }
  }
}
