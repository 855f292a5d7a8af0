/** Adds to what a node tells in which turn it happened and what made it happen. */
import type { Circumstances, EventCause } from '../../trace/events.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import type { NodeTraceBody } from '../protocol.ts';
import type { ServerWorld, Trace } from '../world.ts';
import type { DetailOf, DetailType } from './details.ts';

/** The world as the parts of a server see it. */
export interface TurnWorld extends ServerWorld {
  readonly trace: TurnTrace;
}

export class TurnTrace implements Trace {
  readonly #trace: Trace;
  #now: Circumstances = { turn: 1 };
  #turn = 1;

  /** @param trace takes everything */
  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** The turn that is under way; between two turns the next one, for which what arrives then is gathered. */
  get turn(): number {
    return this.#turn;
  }

  /** The turn is over. */
  endTurn(): void {
    this.#turn += 1;
    this.because(undefined);
  }

  /** What is told from now on came about by this; undefined: it is not known. */
  because(cause: EventCause | undefined): void {
    this.#now = cause === undefined ? { turn: this.#turn } : { turn: this.#turn, cause };
  }

  /** A body that names its own cause keeps it. */
  add(body: NodeTraceBody & Circumstances): void {
    this.#trace.add({ ...this.#now, ...body });
  }

  addDetail<Type extends DetailType>(type: Type, make: () => DetailOf<Type>): void {
    const now = this.#now;
    this.#trace.addDetail(type, () => ({ ...now, ...make() }));
  }

  operation(operation: ClientOperation): void {
    this.#trace.operation(operation);
  }

  flush(): void {
    this.#trace.flush();
  }
}
