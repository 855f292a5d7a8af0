/**
 * Gathers a node's trace events into batches. When there are more details than anybody can look at, only a sample is
 * reported. The rest is counted, and what it changed in the view is reported at the end of the batch.
 */
import type { Circumstances, NodeTraceEvent } from '../../trace/events.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import { LOG_TAIL_MAX } from '../../trace/view.ts';
import type { NodeTraceBody } from '../protocol.ts';
import type { Clock, Timer, Trace } from '../world.ts';
import { DETAIL_TYPES } from './details.ts';
import type { DetailOf, DetailType } from './details.ts';

/** A frame at 60 Hz: nothing that shows events needs them more often. */
const FLUSH_MS = 16;
/** A bound on memory. */
const EVENTS_MAX = 4000;
/** Operations are never left out: so many are sent at once. */
const OPERATIONS_MAX = 1000;

/**
 * In each quarter of a second, only the first details of each type are reported. All nodes of a machine begin a quarter
 * at the same moment, so that most messages are seen both where they are sent and where they are received.
 */
const SAMPLE_MS = 250;
export const DETAILS_PER_SAMPLE_MAX = 128;

/** An event with its circumstances, before it has its time. */
type ToldBody = NodeTraceBody & Circumstances;

/** A detail that was not reported. It is made only when it is reported after all. */
interface Untold {
  readonly atMs: number;
  readonly make: () => ToldBody;
}

export interface TraceBufferOptions {
  readonly send: (events: readonly NodeTraceEvent[], dropped: number) => void;
  readonly sendOperations: (operations: readonly ClientOperation[]) => void;
  /** The node's complete state, reported when events other than details are lost. */
  readonly restate: () => readonly NodeTraceBody[];
  readonly clock: Clock;
}

export class TraceBuffer implements Trace {
  readonly #options: TraceBufferOptions;
  readonly #clock: Clock;
  #events: NodeTraceEvent[] = [];
  #dropped = 0;
  #operations: ClientOperation[] = [];
  #timer: Timer | undefined;
  #sample = 0;
  /** How many of each type this quarter of a second has had. */
  readonly #sampled = new Map<DetailType, number>();
  /** Unreported details that the view needs, by their subject. They are sent with the batch. */
  readonly #untold = new Map<string, Untold>();
  #mustRestate = false;

  constructor(options: TraceBufferOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  add(body: ToldBody): void {
    if (body.type === 'entriesAppended' && body.entries.length > LOG_TAIL_MAX) {
      partsOf(body).forEach((part) => this.add(part));
      return;
    }
    const atMs = this.#clock.traceMs();
    if (isDetail(body)) {
      if (this.#isTold(body.type, atMs)) {
        this.#push(body, atMs);
      } else {
        this.#leaveOut(body, atMs);
      }
    } else if (this.#events.length < EVENTS_MAX) {
      this.#tellUntold();
      this.#push(body, atMs);
    } else {
      this.#dropped += 1;
      this.#mustRestate = true;
    }
  }

  /** Takes a detail that is costly to make: it is made only when it is reported. */
  addDetail<Type extends DetailType>(type: Type, make: () => DetailOf<Type>): void {
    const atMs = this.#clock.traceMs();
    if (this.#isTold(type, atMs)) {
      this.#push(make(), atMs);
      return;
    }
    this.#countDropped();
    if (type === 'applied') {
      this.#untold.set(type, { atMs, make });
    }
  }

  operation(operation: ClientOperation): void {
    this.#operations.push(operation);
    if (this.#operations.length >= OPERATIONS_MAX) this.#sendOperations();
    else this.#flushLater();
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sendOperations();
    this.#tellUntold();
    if (this.#mustRestate) {
      this.#mustRestate = false;
      this.#events.push(...this.#options.restate().map((body) => eventOf(body, this.#clock.traceMs())));
    }
    if (this.#events.length > 0 || this.#dropped > 0) {
      this.#options.send(this.#events, this.#dropped);
      this.#events = [];
      this.#dropped = 0;
    }
  }

  #sendOperations(): void {
    if (this.#operations.length > 0) {
      this.#options.sendOperations(this.#operations);
      this.#operations = [];
    }
  }

  #isTold(type: DetailType, atMs: number): boolean {
    const sample = Math.floor(atMs / SAMPLE_MS);
    if (sample !== this.#sample) {
      this.#sample = sample;
      this.#sampled.clear();
      this.#tellUntold();
    }
    const count = this.#sampled.get(type) ?? 0;
    if (count >= DETAILS_PER_SAMPLE_MAX) {
      return false;
    }
    this.#sampled.set(type, count + 1);
    return true;
  }

  #leaveOut(detail: ToldBody, atMs: number): void {
    this.#countDropped();
    const about = subjectOf(detail);
    if (about !== undefined) {
      const earlier = this.#untold.get(about)?.make();
      const body = earlier === undefined ? detail : inOne(earlier, detail);
      this.#untold.set(about, { atMs, make: () => body });
    }
  }

  /** Must be called before a later event is reported, so that an earlier detail does not undo it. */
  #tellUntold(): void {
    for (const { atMs, make } of this.#untold.values()) {
      this.#events.push(eventOf(make(), atMs));
      this.#dropped -= 1;
    }
    this.#untold.clear();
  }

  #countDropped(): void {
    this.#dropped += 1;
    this.#flushLater();
  }

  #push(body: ToldBody, atMs: number): void {
    this.#events.push(eventOf(body, atMs));
    this.#flushLater();
  }

  #flushLater(): void {
    this.#timer ??= this.#clock.after(FLUSH_MS, () => this.flush());
  }
}

/** The size of an event is limited; that of a batch of entries is not. */
function partsOf(appended: DetailOf<'entriesAppended'>): readonly ToldBody[] {
  const { entries, truncatedFrom } = appended;
  return Array.from({ length: Math.ceil(entries.length / LOG_TAIL_MAX) }, (_, part) => ({
    ...appended,
    entries: entries.slice(part * LOG_TAIL_MAX, (part + 1) * LOG_TAIL_MAX),
    truncatedFrom: part === 0 ? truncatedFrom : undefined,
  }));
}

function eventOf(body: ToldBody, atMs: number): NodeTraceEvent {
  return { ...body, atMs };
}

function isDetail(body: NodeTraceBody): body is DetailOf<DetailType> {
  // Entries discarded from the log's end are never a detail: somebody's entries are gone. Nor is the end of a message
  // that was held: a person looks at it.
  return DETAIL_TYPES.has(body.type) && !(body.type === 'entriesAppended' && body.truncatedFrom !== undefined)
    && !(body.type === 'messageDropped' && (body.reason === 'by-hand' || body.reason === 'hold-full'));
}

/** The part of the view that a detail changes permanently; undefined: nothing, or it is soon repeated. */
function subjectOf(detail: NodeTraceBody): string | undefined {
  switch (detail.type) {
    case 'entriesAppended':
    case 'persisted':
    case 'commitAdvanced':
    case 'applied':
    case 'electionTimerStarted':
      return detail.type;
    case 'progressChanged':
      return `${detail.type} ${detail.progress.id}`;
    default:
      return undefined;
  }
}

/** Merges two details about the same subject. What stands for several has no cause of its own. */
function inOne(earlier: ToldBody, detail: ToldBody): ToldBody {
  const { cause: _, ...later } = detail;
  if (earlier.type === 'entriesAppended' && later.type === 'entriesAppended') {
    return { ...later, entries: [...earlier.entries, ...later.entries].slice(-LOG_TAIL_MAX) };
  }
  if (earlier.type === 'commitAdvanced' && later.type === 'commitAdvanced') {
    return { ...later, previousCommitIndex: earlier.previousCommitIndex };
  }
  if (earlier.type === 'persisted' && later.type === 'persisted') {
    return {
      ...later,
      transactionCount: (earlier.transactionCount ?? 1) + (later.transactionCount ?? 1),
      entryCount: earlier.entryCount + later.entryCount,
      bytes: earlier.bytes + later.bytes,
      hardStateChanged: earlier.hardStateChanged || later.hardStateChanged,
    };
  }
  return later;
}
