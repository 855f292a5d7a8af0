/**
 * Finds out whether a leader hears a majority of some voters now; a change of the voters depends on that. Only an
 * answer to a heartbeat that was sent since the question counts, so that a link's delay is seen as well as its loss.
 */
import type { Message, NodeId, RaftNode, Term } from '../../raft/index.ts';

/** The context of this class's reads. It matches no client's read, so their answers are ignored. */
const READ_CONTEXT = new TextEncoder().encode('quorum');
/** A heartbeat's context: the number of the newest round of reads (raft/readRounds.ts). */
const ROUND_BYTES = 8;
/** Heartbeats may be lost: a new round begins after this many ticks. */
const ROUND_EVERY_TICKS = 5;
const WAITING_MAX = 64;

interface Question {
  readonly voters: readonly NodeId[];
  readonly heard: Set<NodeId>;
  /** The newest round that had been sent when the question came. */
  readonly roundBefore: bigint;
  readonly settle: (unheard: readonly NodeId[]) => void;
  ticksLeft: number;
}

export class QuorumConfirmations {
  readonly #raft: RaftNode;
  #questions: Question[] = [];
  #newestSent: { readonly term: Term; readonly round: bigint } = { term: 0, round: 0n };
  #ticks = 0;

  constructor(raft: RaftNode) {
    this.#raft = raft;
  }

  /**
   * @param settle called once: with nobody when a majority of `voters` was heard, or with those that were not heard
   * when two election timeouts have passed or the leadership was lost
   */
  ask(voters: readonly NodeId[], settle: (unheard: readonly NodeId[]) => void): void {
    const { role, term, electionTimeoutTicks } = this.#raft;
    if (role !== 'leader' || this.#questions.length >= WAITING_MAX) {
      settle(voters);
      return;
    }
    const question: Question = {
      voters,
      heard: new Set([this.#raft.id]),
      roundBefore: this.#newestSent.term === term ? this.#newestSent.round : 0n,
      settle,
      ticksLeft: 2 * electionTimeoutTicks,
    };
    if (hasMajority(question)) {
      settle([]);
      return;
    }
    this.#questions.push(question);
    this.#raft.readIndex(READ_CONTEXT, true);
  }

  /** A message goes out. */
  noteSent(message: Message): void {
    if (message.type === 'Heartbeat' && message.context.length === ROUND_BYTES) {
      this.#newestSent = { term: message.term, round: roundOf(message.context) };
    }
  }

  /** A message has come in, and is about to be stepped. */
  noteReceived(message: Message): void {
    if (this.#questions.length === 0 || message.type !== 'HeartbeatResponse') {
      return;
    }
    const { from, context } = message;
    const { configuration: { voters }, term } = this.#raft;
    if (message.term !== term) {
      return;
    }
    // With a single voter reads need no round, so every answer counts.
    const needsNoRound = voters.length === 1;
    this.#questions = this.#questions.filter((question) => {
      if (needsNoRound || (context.length === ROUND_BYTES && roundOf(context) > question.roundBefore)) {
        question.heard.add(from);
      }
      if (!hasMajority(question)) {
        return true;
      }
      question.settle([]);
      return false;
    });
  }

  tick(): void {
    if (this.#questions.length === 0) {
      return;
    }
    const isLeader = this.#raft.role === 'leader';
    this.#questions = this.#questions.filter((question) => {
      question.ticksLeft -= 1;
      if (isLeader && question.ticksLeft > 0) {
        return true;
      }
      question.settle(question.voters.filter((id) => !question.heard.has(id)));
      return false;
    });
    this.#ticks += 1;
    if (isLeader && this.#questions.length > 0 && this.#ticks % ROUND_EVERY_TICKS === 0) {
      this.#raft.readIndex(READ_CONTEXT, true);
    }
  }
}

function hasMajority({ voters, heard }: Question): boolean {
  return 2 * voters.filter((id) => heard.has(id)).length > voters.length;
}

function roundOf(context: Uint8Array): bigint {
  return new DataView(context.buffer, context.byteOffset, context.byteLength).getBigUint64(0);
}
