/** For how long a node that is restarted may be bound by promises of its last life (dissertation §6.4.1). */
import { electionTimeoutMsOf } from '../../node/pace.ts';
import type { Pace } from '../../trace/events.ts';

/**
 * A node forgets its promises when it ends. The lab remembers for it at what pace leases were allowed lately: a node
 * that is started again, perhaps at another pace or with lease reads off, is told for how long it may still be bound.
 */
export class GivenPromises {
  readonly #nowMs: () => number;
  #boundUntilMs = -Infinity;

  /** @param nowMs a monotonic clock */
  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Leases were allowed at this pace until now, and promises were given. */
  ended(pace: Pace): void {
    this.#boundUntilMs = Math.max(this.#boundUntilMs, this.#nowMs() + electionTimeoutMsOf(pace));
  }

  /** For how long from now a node may be bound by what it has promised, in whole milliseconds. */
  leftMs(leaseReads: boolean, pace: Pace): number {
    const leftMs = Math.max(0, Math.ceil(this.#boundUntilMs - this.#nowMs()));
    return leaseReads ? Math.max(leftMs, electionTimeoutMsOf(pace)) : leftMs;
  }
}
