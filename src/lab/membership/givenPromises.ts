/** How long a restarted node may be bound by promises of its last life (dissertation §6.4.1). */
import { electionTimeoutMsOf } from '../../server/pace.ts';
import type { Pace } from '../../trace/events.ts';

/**
 * A node forgets its promises when it ends. The lab remembers until when they may bind it: a node that is started
 * again, perhaps at another pace or with lease reads off, learns how long it may still be bound.
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

  /** How long from now a node may be bound by its promises, in whole milliseconds. */
  leftMs(leaseReads: boolean, pace: Pace): number {
    const leftMs = Math.max(0, Math.ceil(this.#boundUntilMs - this.#nowMs()));
    return leaseReads ? Math.max(leftMs, electionTimeoutMsOf(pace)) : leftMs;
  }
}
