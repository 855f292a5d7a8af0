/** Tells what requests wait for that are not answered within a moment. */
import type { Index, Term } from '../../raft/index.ts';
import type { ClientWait } from '../../trace/events.ts';
import type { Clock, Trace } from '../world.ts';
import { textOf } from './pendingRequest.ts';
import type { PendingRequest } from './pendingRequest.ts';

/** Most are answered before; who waits longer wants to know for what. */
export const TOLD_AFTER_MS = 100;

export interface Wait {
  readonly waitsFor: ClientWait;
  readonly index?: Index;
  readonly term?: Term;
}

export class WaitReports {
  readonly #clock: Clock;
  readonly #trace: Pick<Trace, 'addDetail'>;
  readonly #onFirstWait: (pending: PendingRequest) => void;
  /** What was told last of a request, by its id. */
  readonly #told = new Map<number, Wait>();

  /** @param onFirstWait called once for each request that is told of */
  constructor(clock: Clock, trace: Pick<Trace, 'addDetail'>, onFirstWait: (pending: PendingRequest) => void) {
    this.#clock = clock;
    this.#trace = trace;
    this.#onFirstWait = onFirstWait;
  }

  /** Looks at the requests that are under way. */
  tick(requests: Iterable<PendingRequest>, waitOf: (pending: PendingRequest) => Wait): void {
    const askedBeforeMs = this.#clock.nowMs() - TOLD_AFTER_MS;
    for (const pending of requests) {
      if (pending.askedAtMs > askedBeforeMs) {
        continue;
      }
      const wait = waitOf(pending);
      const told = this.#told.get(pending.requestId);
      if (told === undefined) this.#onFirstWait(pending);
      if (told?.waitsFor !== wait.waitsFor || told.index !== wait.index || told.term !== wait.term) {
        this.#told.set(pending.requestId, wait);
        this.#trace.addDetail('clientWaits', () => (
          { type: 'clientWaits', requestId: pending.traceId, text: textOf(pending.request), ...wait }
        ));
      }
    }
  }

  /** The request was answered or given up. */
  remove({ requestId }: PendingRequest): void {
    this.#told.delete(requestId);
  }
}
