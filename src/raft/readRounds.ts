/**
 * Rounds of heartbeats that confirm a leader's authority at a moment: what ReadIndex and the lease rest on
 * (dissertation §6.4).
 */
import { jointCommittedIndex, type Voters } from './quorum.ts';
import type { Index, NodeId, ReadIndex } from './types.ts';

/** A read that waits for the round that confirms it. */
interface WaitingRead {
  readonly request: ReadIndex;
  readonly readIndex: Index;
  readonly round: number;
}

const ROUND_BYTES = 8;
const TWO_TO_32 = 2 ** 32;

/**
 * Rounds are numbered 1, 2, 3 … within a term and never reused. A heartbeat carries the number of the newest round; a
 * server that answers round r has heard from the leader after every read of round r or earlier came in. So a late or
 * repeated answer confirms only reads that were waiting when its heartbeat was sent, never a later one.
 */
export class ReadRounds {
  #lastRound = 0;
  /** The newest round that each server answered. */
  readonly #answered = new Map<NodeId, number>();
  /** In order of their rounds. */
  #waiting: WaitingRead[] = [];

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** A read that a new round must confirm. */
  add(request: ReadIndex, readIndex: Index, leader: NodeId): void {
    this.#waiting.push({ request, readIndex, round: this.begin(leader) });
  }

  /**
   * Begins a round, of which the leader itself has heard.
   * @returns its number
   */
  begin(leader: NodeId): number {
    this.#lastRound++;
    this.#answered.set(leader, this.#lastRound);
    return this.#lastRound;
  }

  /**
   * What a heartbeat carries now: the number of the newest round, or nothing when nothing waits for a round.
   * @param leaseAwaitsRound whether a lease does
   */
  context(leaseAwaitsRound: boolean): Uint8Array {
    if (this.#waiting.length === 0 && !leaseAwaitsRound) {
      return new Uint8Array();
    }
    const bytes = new Uint8Array(ROUND_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, Math.floor(this.#lastRound / TWO_TO_32));
    view.setUint32(4, this.#lastRound % TWO_TO_32);
    return bytes;
  }

  /**
   * A server answered a heartbeat with this context.
   * @returns the number of the round; undefined, and nothing counts, for anything but a round that was begun
   */
  answer(id: NodeId, context: Uint8Array): number | undefined {
    if (context.length !== ROUND_BYTES) {
      return undefined;
    }
    const view = new DataView(context.buffer, context.byteOffset, context.byteLength);
    const round = view.getUint32(0) * TWO_TO_32 + view.getUint32(4);
    if (round > this.#lastRound) {
      return undefined;
    }
    this.#answered.set(id, Math.max(round, this.#answered.get(id) ?? 0));
    return round;
  }

  /** The reads that a quorum has confirmed by now, each once, in order. */
  takeConfirmed(voters: Voters, quorumSize: (voterCount: number) => number): WaitingRead[] {
    const confirmed = jointCommittedIndex(voters, (id) => this.#answered.get(id), quorumSize);
    const firstUnconfirmed = this.#waiting.findIndex(({ round }) => round > confirmed);
    const count = firstUnconfirmed === -1 ? this.#waiting.length : firstUnconfirmed;
    const reads = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return reads;
  }
}
