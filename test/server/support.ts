/** A world for a server's parts: its time passes when a test says so, and what the parts tell is kept. */
import type { NodeId, ProgressStatus } from '../../src/raft/index.ts';
import type { NodeTraceBody } from '../../src/server/protocol.ts';
import type { EmitDetail } from '../../src/server/trace/details.ts';
import type { Clock, Timer, Trace } from '../../src/server/world.ts';
import type { ClientOperation } from '../../src/trace/operations.ts';

interface Waiting {
  readonly atMs: number;
  readonly action: () => void;
}

/** A clock that stands still until a test moves it. */
export class TestClock implements Clock {
  #nowMs: number;
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Waiting>();

  constructor(nowMs = 0) {
    this.#nowMs = nowMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  traceMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): Timer {
    const waiting = { atMs: this.#nowMs + delayMs, action };
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  /** How many actions wait. */
  get timerCount(): number {
    return this.#waiting.size;
  }

  /** Time passes, and each action that waits happens at its time. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#nextUntil(endMs); next !== undefined; next = this.#nextUntil(endMs)) {
      this.#waiting.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.action();
    }
    this.#nowMs = endMs;
  }

  /** Time passes, and nothing happens meanwhile: the thread is busy. */
  stall(ms: number): void {
    this.#nowMs += ms;
  }

  #nextUntil(endMs: number): Waiting | undefined {
    let next: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.atMs <= endMs && (next === undefined || waiting.atMs < next.atMs)) next = waiting;
    }
    return next;
  }
}

/** A trace that reports every detail. */
export class TestTrace implements Trace {
  readonly told: NodeTraceBody[] = [];
  readonly operations: ClientOperation[] = [];

  readonly addDetail: EmitDetail = (_type, make) => {
    this.told.push(make());
  };

  add(body: NodeTraceBody): void {
    this.told.push(body);
  }

  operation(operation: ClientOperation): void {
    this.operations.push(operation);
  }

  flush(): void {
    // Nothing is held back.
  }
}

/** What a leader knows of a follower that is up to date, with some of it changed. */
export function progressOf(id: NodeId, changes: Partial<ProgressStatus> = {}): ProgressStatus {
  return {
    id, state: 'replicate', matchIndex: 100, nextIndex: 101, isLearner: false, recentActive: true, silent: false,
    inflightMessages: 0, inflightFull: false, pendingSnapshot: 0, paused: false, ...changes,
  };
}
