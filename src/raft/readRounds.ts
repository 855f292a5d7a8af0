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

/** A round that was begun, and when. */
interface BegunRound {
  readonly round: number;
  readonly tick: number;
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
  /** The newest round that each server answered with a promise that is long enough for the lease. */
  readonly #promised = new Map<NodeId, number>();
  /** In order of their rounds. */
  #waiting: WaitingRead[] = [];
  /** Rounds that no quorum has answered with promises yet, oldest first; only kept for the lease. */
  #begun: BegunRound[] = [];
  #leaseStartTick: number | undefined;

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** The start tick of the newest round that a quorum has answered with promises. */
  get leaseStartTick(): number | undefined {
    return this.#leaseStartTick;
  }

  /** A read that a new round must confirm. */
  add(request: ReadIndex, readIndex: Index): void {
    this.#lastRound++;
    this.#waiting.push({ request, readIndex, round: this.#lastRound });
  }

  /** Begins a round for the lease. At most `maxRounds` that are not confirmed are remembered. */
  begin(tick: number, maxRounds: number): void {
    this.#lastRound++;
    this.#begun.push({ round: this.#lastRound, tick });
    if (this.#begun.length > maxRounds) {
      this.#begun.shift();
    }
  }

  /** Ends the lease; no round that has already begun gives a new one. */
  forgetLease(): void {
    this.#begun = [];
    this.#leaseStartTick = undefined;
  }

  /** What a heartbeat carries now: the number of the newest round, or nothing when nothing waits for a round. */
  context(): Uint8Array {
    if (this.#waiting.length === 0 && this.#begun.length === 0) {
      return new Uint8Array();
    }
    const bytes = new Uint8Array(ROUND_BYTES);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, Math.floor(this.#lastRound / TWO_TO_32));
    view.setUint32(4, this.#lastRound % TWO_TO_32);
    return bytes;
  }

  /** The leader itself has heard of every round. */
  answerSelf(id: NodeId): void {
    this.#answered.set(id, this.#lastRound);
    this.#promised.set(id, this.#lastRound);
  }

  /**
   * A server answered a heartbeat with this context. Anything but the number of a round that was begun is ignored.
   * @param hasPromised whether it promised to vote for nobody for as long as the lease needs
   */
  answer(id: NodeId, context: Uint8Array, hasPromised: boolean): void {
    if (context.length !== ROUND_BYTES) {
      return;
    }
    const view = new DataView(context.buffer, context.byteOffset, context.byteLength);
    const round = view.getUint32(0) * TWO_TO_32 + view.getUint32(4);
    if (round > this.#lastRound) {
      return;
    }
    this.#answered.set(id, Math.max(round, this.#answered.get(id) ?? 0));
    if (hasPromised) {
      this.#promised.set(id, Math.max(round, this.#promised.get(id) ?? 0));
    }
  }

  /** The reads that a quorum has confirmed by now, each once, in order. */
  takeConfirmed(voters: Voters, quorumSize: (voterCount: number) => number): WaitingRead[] {
    const confirmed = jointCommittedIndex(voters, (id) => this.#answered.get(id), quorumSize);
    const promised = jointCommittedIndex(voters, (id) => this.#promised.get(id), quorumSize);
    while (this.#begun[0] !== undefined && this.#begun[0].round <= promised) {
      this.#leaseStartTick = this.#begun[0].tick;
      this.#begun.shift();
    }
    const firstUnconfirmed = this.#waiting.findIndex(({ round }) => round > confirmed);
    const count = firstUnconfirmed === -1 ? this.#waiting.length : firstUnconfirmed;
    const reads = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    return reads;
  }
}
