/** Tells the lab of clients' operations: of each once it is answered, of a slow one also before that. */
import type { NodeId } from '../../raft/index.ts';
import type { ClientOutcome } from '../../trace/events.ts';
import { markedCommand, markedResult } from '../../trace/operations.ts';
import type { ClientOperation, OperationParts } from '../../trace/operations.ts';
import type { Clock, Trace } from '../world.ts';
import { readKindOf } from './pendingRequest.ts';
import type { PendingRequest } from './pendingRequest.ts';

/** What is known of an operation at its end. What is left out is not known, or there is none. */
export interface OperationEnd extends Partial<Pick<ClientOperation, 'result' | 'index' | 'term'>> {
  readonly outcome: ClientOutcome;
  /** By the clock of durations. */
  readonly appendedAtMs?: number | undefined;
  readonly confirmedAtMs?: number | undefined;
  readonly isApplied?: boolean;
}

export class OperationReports {
  readonly #node: NodeId;
  readonly #clock: Clock;
  readonly #trace: Pick<Trace, 'operation'>;

  constructor(node: NodeId, clock: Clock, trace: Pick<Trace, 'operation'>) {
    this.#node = node;
    this.#clock = clock;
    this.#trace = trace;
  }

  /** It takes longer than most: whoever looks learns of it before it is answered. */
  asked(pending: PendingRequest): void {
    this.#trace.operation(this.#operationOf(pending, undefined));
  }

  /** It was answered. @returns what was told of it */
  ended(pending: PendingRequest, end: OperationEnd): ClientOperation {
    const operation = this.#operationOf(pending, end);
    this.#trace.operation(operation);
    return operation;
  }

  #operationOf(pending: PendingRequest, end: OperationEnd | undefined): ClientOperation {
    const { outcome = null, result = null, index = null, term = 0 } = end ?? {};
    const { request, traceId, askedTraceMs } = pending;
    const read = readKindOf(request);
    const totalMs = this.#clock.nowMs() - pending.askedAtMs;
    return {
      requestId: traceId,
      client: request.client,
      node: this.#node,
      command: markedCommand(request.command),
      ...(read === undefined ? {} : { read }),
      askedAtMs: askedTraceMs,
      answeredAtMs: outcome === null ? null : askedTraceMs + totalMs,
      outcome,
      result: result === null ? null : markedResult(result),
      index,
      term,
      tookEffect: null,
      parts: partsOf(pending, end, totalMs),
    };
  }
}

function partsOf(
  { askedAtMs, forwardedAtMs }: PendingRequest, end: OperationEnd | undefined, totalMs: number,
): OperationParts {
  const { appendedAtMs, confirmedAtMs, isApplied } = end ?? {};
  return {
    ...(forwardedAtMs === undefined ? {} : { forwardedMs: forwardedAtMs - askedAtMs }),
    ...(appendedAtMs === undefined ? {} : { appendedMs: appendedAtMs - askedAtMs }),
    ...(confirmedAtMs === undefined ? {} : { confirmedMs: confirmedAtMs - askedAtMs }),
    ...(isApplied === true ? { appliedMs: totalMs } : {}),
  };
}
