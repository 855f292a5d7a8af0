/**
 * The lease (dissertation §6.4.1): for how long a leader may answer reads on its own, and what that rests on: promises
 * of other servers not to vote. A server keeps its promise, whatever is switched on or off meanwhile. A leader counts
 * only servers that have promised.
 */
import { InvalidSettings } from './errors.ts';
import { jointCommittedIndex, type Voters } from './quorum.ts';
import type { SafetyRules } from './rules.ts';
import type { LogStorage } from './storage.ts';
import type { HeartbeatResponse, NodeId, RequestVote } from './types.ts';

/** How reads are confirmed (dissertation §6.4). */
export type ReadOnlyMode =
  /** A round of heartbeats to a majority for each batch of reads. Assumes nothing about clocks. */
  | 'read-index'
  /**
   * While a majority has answered a heartbeat that was sent less than an election timeout ago (less two ticks), the
   * leader answers from its lease (dissertation §6.4.1). Assumes that no node's clock runs faster than another's by
   * more than one tick in an election timeout. Assumes also that late ticks are made up for before anything else is fed
   * (or `forgetLease` is called): a sleeping laptop, whose clock stands still, breaks that. Off by default.
   */
  | 'lease';

/** What of a server its promises and its lease are calculated from. */
export interface LeaseServer {
  readonly id: NodeId;
  readonly readOnly: ReadOnlyMode;
  readonly checkQuorum: boolean;
  readonly configuration: Voters;
  readonly quorumSize: (voterCount: number) => number;
  /** Ticks since the server started. */
  readonly now: number;
  readonly tickMs: number;
  readonly electionTimeoutTicks: number;
}

/** A round of heartbeats that was begun for the lease, and when. */
interface BegunRound {
  readonly round: number;
  readonly tick: number;
}

/**
 * By how much the lease is shorter than an election timeout: one tick that a promise may lack, and one for clock drift.
 */
const LEASE_MARGIN_TICKS = 2;

export class Lease {
  readonly #server: LeaseServer;

  /** As a follower: this server votes for nobody until this tick. */
  #promisedUntilTick: number;

  /** As a leader: the newest round that each other server answered with a promise that is long enough. */
  readonly #promised = new Map<NodeId, number>();
  /** Rounds that no quorum has answered with promises yet, oldest first. */
  #begun: BegunRound[] = [];
  /** When the newest round began that a quorum has answered with promises. */
  #startTick: number | undefined;
  /** A TimeoutNow was sent in this term: its receiver asks for votes that no promise holds back. */
  #forfeited = false;

  /** @param promisedTicks for how long a promise that was made before the server started may still bind it */
  constructor(server: LeaseServer, promisedTicks: number) {
    this.#server = server;
    this.#promisedUntilTick = promisedTicks;
  }

  // ---- The promise of a follower ------------------------------------------------------------------------------------

  /**
   * Promises the leader, in the answer to its heartbeat, to vote for nobody, not even itself, for an election timeout.
   * @returns for how long; nothing where lease reads or checkQuorum are off here, and no promise is given
   */
  promiseNotToVote(): Pick<HeartbeatResponse, 'promisedMs'> {
    const { readOnly, checkQuorum, now, electionTimeoutTicks } = this.#server;
    if (readOnly !== 'lease' || !checkQuorum) {
      return {};
    }
    this.#promisedUntilTick = Math.max(this.#promisedUntilTick, now + electionTimeoutTicks);
    return { promisedMs: this.#promiseMs };
  }

  /**
   * How long a promise given at this server's pace lasts. It is one tick less than an election timeout, because the
   * first tick may come at once.
   */
  get #promiseMs(): number {
    return (this.#server.electionTimeoutTicks - 1) * this.#server.tickMs;
  }

  /** Whether a promise still keeps this server from voting. */
  get isBoundByPromise(): boolean {
    return this.#server.now < this.#promisedUntilTick;
  }

  /** Whether a promise keeps this server from this vote. In a transfer the leader wants to be replaced. */
  forbidsVote({ leadershipTransfer }: RequestVote): boolean {
    return this.isBoundByPromise && !leadershipTransfer;
  }

  /** Ticks are about to last `tickMs`. A promise was given as a time, so its remaining ticks are converted. */
  convertPromise(tickMs: number): void {
    if (this.isBoundByPromise) {
      const { now, tickMs: previousTickMs } = this.#server;
      const wholeTicksLeft = this.#promisedUntilTick - now - 1;
      this.#promisedUntilTick = now + Math.ceil((wholeTicksLeft * previousTickMs) / tickMs) + 1;
    }
  }

  // ---- The lease of a leader ----------------------------------------------------------------------------------------

  /**
   * For how many ticks no other server can be elected, if nobody answers from now on; 0 without a lease. A majority has
   * answered a heartbeat that was sent at `#startTick`, and promised to vote for nobody for an election timeout after
   * it.
   */
  get endsInTicks(): number {
    const { readOnly, checkQuorum, now, electionTimeoutTicks } = this.#server;
    if (readOnly !== 'lease') {
      return 0;
    }
    const longest = electionTimeoutTicks - LEASE_MARGIN_TICKS;
    if (!checkQuorum) {
      return longest; // only with the rule leaseNeedsCheckQuorum switched off: a lease without promises
    }
    if (this.#startTick === undefined || this.#forfeited) {
      return 0;
    }
    return Math.max(0, longest - (now - this.#startTick));
  }

  /** Whether reads may be answered from the lease now. */
  get isHeld(): boolean {
    return this.endsInTicks > 0;
  }

  /** Whether heartbeats must carry the number of a round, to renew the lease. */
  get awaitsRound(): boolean {
    return this.#begun.length > 0;
  }

  /** The next heartbeats carry the number of this round, which is begun for the lease. */
  beginRound(round: number): void {
    const { now, electionTimeoutTicks } = this.#server;
    this.#begun.push({ round, tick: now });
    // A round that began earlier than this could no longer give a lease.
    if (this.#begun.length > 2 * electionTimeoutTicks) {
      this.#begun.shift();
    }
  }

  /** A server answered the heartbeats of `round`. Its promise counts if it is long enough; its pace may differ. */
  answered(from: NodeId, round: number, { promisedMs = 0 }: HeartbeatResponse): void {
    if (promisedMs >= this.#promiseMs) {
      this.#promised.set(from, Math.max(round, this.#promised.get(from) ?? 0));
    }
    const { id: self, configuration, quorumSize } = this.#server;
    // The leader needs no promise from itself: while it leads, it votes for nobody.
    const reached = (id: NodeId) => (id === self ? Infinity : this.#promised.get(id));
    const promised = jointCommittedIndex(configuration, reached, quorumSize);
    while (this.#begun[0] !== undefined && this.#begun[0].round <= promised) {
      this.#startTick = this.#begun[0].tick;
      this.#begun.shift();
    }
  }

  /**
   * Ends the lease, because what it was calculated from has changed; only a round that begins from now on gives a new
   * one.
   */
  forget(): void {
    this.#begun = [];
    this.#startTick = undefined;
  }

  /** Gives the lease up for the rest of the term: voters may ignore it from now on, however late they are asked. */
  forfeit(): void {
    this.#forfeited = true;
  }

  /** A term begins. Nothing is left of a lease of an earlier one; a promise remains. */
  beginTerm(): void {
    this.forget();
    this.#promised.clear();
    this.#forfeited = false;
  }
}

// ---- Settings -------------------------------------------------------------------------------------------------------

/** Whether a server may have promised something before it started: one with a term on disk, with lease reads. */
export function mayHavePromised(readOnly: ReadOnlyMode | undefined, storage: LogStorage): boolean {
  return readOnly === 'lease' && storage.initialState().hardState.currentTerm > 0;
}

interface LeaseSettings {
  readonly readOnly: ReadOnlyMode;
  readonly checkQuorum: boolean;
  readonly rules: SafetyRules;
}

/** @throws {InvalidSettings} for lease reads without the checkQuorum that they need */
export function checkReadOnly({ readOnly, checkQuorum, rules }: LeaseSettings): void {
  if (readOnly === 'lease' && !checkQuorum && rules.leaseNeedsCheckQuorum) {
    throw new InvalidSettings(
      'lease reads need checkQuorum: without it another leader may be elected while the lease lasts',
    );
  }
}
