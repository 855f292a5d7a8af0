/**
 * The wrong codes that were tried, for the host to see. They delay nobody: a code has 65 secret bits, and right and
 * wrong codes cannot be told apart before the handshake (docs/decisions/0073). Pure: the caller passes the times.
 */
import type { WrongCodeStatus } from '../../contract/lan.ts';

/** Tries of one address are counted together until it has paused for this long. */
const PERIOD_MS = 60_000;
/** The most addresses that are shown; those that tried longest ago give way. */
const ADDRESSES_MAX = 20;
/** The most tries that become events of the lab in a period: constant tries must not fill the trace. */
const EVENTS_MAX = 30;

interface Tries extends WrongCodeStatus {
  /** By the monotonic clock. */
  readonly countedAtMs: number;
}

export class WrongCodes {
  #byAddress = new Map<string, Tries>();
  #periodFromMs = Number.NEGATIVE_INFINITY;
  #events = 0;

  /** The recent tries, a line for each address, the latest last. */
  get list(): readonly WrongCodeStatus[] {
    return [...this.#byAddress.values()].map(({ address, tries, atMs }) => ({ address, tries, atMs }));
  }

  /**
   * Counts a try.
   * @param nowMs by the monotonic clock
   * @param atMs milliseconds since 1970, for people
   * @returns the address's number of tries now, and whether that is worth an event
   */
  take(address: string, nowMs: number, atMs: number): { readonly tries: number; readonly isTold: boolean } {
    const before = this.#byAddress.get(address);
    const tries = before !== undefined && nowMs - before.countedAtMs <= PERIOD_MS ? before.tries + 1 : 1;
    this.#byAddress.delete(address);
    this.#byAddress.set(address, { address, tries, atMs, countedAtMs: nowMs });
    const [oldest] = this.#byAddress.keys();
    if (this.#byAddress.size > ADDRESSES_MAX && oldest !== undefined) {
      this.#byAddress.delete(oldest);
    }
    if (nowMs - this.#periodFromMs > PERIOD_MS) {
      this.#periodFromMs = nowMs;
      this.#events = 0;
    }
    // The first, second, fourth, eighth …
    const isTold = Number.isInteger(Math.log2(tries)) && this.#events < EVENTS_MAX;
    this.#events += isTold ? 1 : 0;
    return { tries, isTold };
  }
}
