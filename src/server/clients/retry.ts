/** When to try again what may have been lost on its way to the leader. */
import type { NodeId, Term } from '../../raft/index.ts';
import { NONE } from '../../raft/index.ts';
import type { KnownLeaders } from './knownLeaders.ts';

/** What has not come back after this time was probably lost with its datagram. */
const RETRY_TICKS = 10;
const RETRY_TICKS_MAX = 8 * RETRY_TICKS;
/** Large proposals take longer: one more tick for each of this many bytes. */
const BYTES_PER_TICK = 32 * 1024;

/** The tries so far, and the leader that got the last one. */
export class Tries {
  count = 0;
  #atTick = 0;
  #leader: NodeId = NONE;
  #term: Term = 0;
  readonly #onTheWayTicks: number;

  /** @param bytes how much is sent with each try */
  constructor(bytes = 0) {
    this.#onTheWayTicks = Math.floor(bytes / BYTES_PER_TICK);
  }

  /** The leader that was asked last; NONE before the first try. */
  get leader(): NodeId {
    return this.#leader;
  }

  /** Whether to try (again): never tried, another leader than at the last try, or no answer for long enough. */
  isDue({ leader, term }: KnownLeaders, nowTick: number): boolean {
    if (this.count === 0 || this.#leader !== leader || this.#term !== term) {
      return true;
    }
    const patienceTicks = Math.min(RETRY_TICKS * 2 ** (this.count - 1), RETRY_TICKS_MAX);
    return nowTick - this.#atTick >= patienceTicks + this.#onTheWayTicks;
  }

  note({ leader, term }: KnownLeaders, nowTick: number): void {
    this.count += 1;
    this.#atTick = nowTick;
    this.#leader = leader;
    this.#term = term;
  }

  /** The last try does not count: nothing left this node. */
  takeBack(): void {
    this.count -= 1;
    this.#leader = NONE;
  }
}
