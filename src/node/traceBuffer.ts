/** Gathers a node's trace events into batches; when there are too many, the least telling go first, and are counted. */
import type { NodeTraceEvent } from '../trace/events.ts';

/** A frame at 60 Hz: nothing that shows events needs them more often. */
const FLUSH_MS = 16;
/** From here on only events that the view cannot do without are taken into a batch … */
const EXPENDABLE_EVENTS_MAX = 1000;
/** … and from here on none: a bound on memory whatever happens. */
const EVENTS_MAX = 4000;

/** Events of which the view misses no more than a picture's detail when they are dropped. */
const EXPENDABLE: ReadonlySet<NodeTraceEvent['type']> = new Set<NodeTraceEvent['type']>([
  'messageSent', 'messageReceived', 'messageDropped', 'persisted', 'applied', 'progressChanged',
  'clientAsked', 'clientForwarded', 'clientAnswered',
]);

export type SendBatch = (events: readonly NodeTraceEvent[], dropped: number) => void;

export class TraceBuffer {
  readonly #send: SendBatch;
  #events: NodeTraceEvent[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  /**
   * The newest `applied` that was dropped: it closes the batch, so that the view is never left behind after a burst.
   */
  #lastApplied: NodeTraceEvent | undefined;

  constructor(send: SendBatch) {
    this.#send = send;
  }

  /** Whether details would be dropped now: a caller may then spare itself the work of making them. */
  get isCrowded(): boolean {
    return this.#events.length >= EXPENDABLE_EVENTS_MAX;
  }

  add(event: NodeTraceEvent): void {
    const isExpendable = EXPENDABLE.has(event.type);
    const count = this.#events.length;
    // Heartbeats come first to be dropped: at half of what other details are allowed.
    const max = isHeartbeat(event) ? EXPENDABLE_EVENTS_MAX / 2 : isExpendable ? EXPENDABLE_EVENTS_MAX : EVENTS_MAX;
    if (count >= max) {
      this.#dropped += 1;
      if (event.type === 'applied') {
        this.#lastApplied = event;
      }
      return;
    }
    this.#events.push(event);
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }

  /** Counts events that were dropped before they came here. */
  countDropped(count: number): void {
    this.#dropped += count;
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lastApplied !== undefined) {
      this.#events.push(this.#lastApplied);
      this.#lastApplied = undefined;
      this.#dropped -= 1;
    }
    if (this.#events.length === 0 && this.#dropped === 0) {
      return;
    }
    this.#send(this.#events, this.#dropped);
    this.#events = [];
    this.#dropped = 0;
  }
}

function isHeartbeat(event: NodeTraceEvent): boolean {
  return (event.type === 'messageSent' || event.type === 'messageReceived')
    && (event.message.type === 'Heartbeat' || event.message.type === 'HeartbeatResponse');
}
