/**
 * The stream of trace events to the window: gathered for a frame, numbered, and bounded. The window acknowledges what
 * it has drawn, and gets no more than it can take. What must be left out meanwhile is counted, never hidden.
 */
import type { EventBatch } from '../../contract/answers.ts';
import type { TraceEvent } from '../../trace/events.ts';

/** One frame of a 60 Hz screen: sending more often draws nothing more. */
export const FRAME_MS = 16;
export const BATCH_EVENTS_MAX = 512;
/** The most batches that the window has not acknowledged yet. */
export const UNACKNOWLEDGED_BATCHES_MAX = 4;
/** The most events that wait here while the window is busy: some seconds of a busy cluster. */
export const WAITING_EVENTS_MAX = 8192;
/** The length to which a full queue is cut, so that making room costs little per event. */
const WAITING_EVENTS_AFTER_CUT = WAITING_EVENTS_MAX * 3 / 4;

/** Starts a timer and returns the function that stops it; a test passes its own clock. */
export type Schedule = (callback: () => void, delayMs: number) => () => void;

/**
 * Frequent events that only animate the picture or are soon repeated: a view that misses some of them is right again
 * with the next one. All others change the state of the cluster.
 */
const VIEW_ONLY: ReadonlySet<TraceEvent['type']> = new Set<TraceEvent['type']>([
  'messageSent', 'messageReceived', 'messageDropped', 'counters', 'progressChanged',
  'electionTimerReset', 'electionTimerStarted',
]);

/**
 * `detached`: the window has no view, and gets a complete one when it attaches. `attaching`: its view is being made;
 * events wait. `attached`: batches flow.
 */
type State = 'detached' | 'attaching' | 'attached';

export class EventStream {
  readonly #send: (batch: EventBatch) => void;
  readonly #schedule: Schedule;
  #state: State = 'detached';
  /** Distinguishes the latest attach from one that a reload has overtaken. */
  #attachment = 0;
  #waiting: TraceEvent[] = [];
  /** The last event that the window's view accounts for: sent, or reported as dropped. */
  #accountedSeq = 0;
  /** The next batch's first event, unless events that the view needs were lost before it. */
  #firstSeq = 1;
  #nextBatch = 1;
  /** The oldest batch of this attachment that the window has not acknowledged. */
  #unacknowledgedFrom = 1;
  #cancelFlush: (() => void) | null = null;

  constructor(send: (batch: EventBatch) => void, schedule: Schedule) {
    this.#send = send;
    this.#schedule = schedule;
  }

  /**
   * Takes events in the order of their numbers. When another lab was opened, its events are numbered from 1 and belong
   * to another view: the stream detaches the window, which is told to attach again.
   */
  push(events: readonly TraceEvent[]): void {
    for (const event of events) {
      if (event.type === 'labOpened') this.detach();
      if (this.#state !== 'detached') this.#waiting.push(event);
    }
    if (this.#waiting.length > WAITING_EVENTS_MAX) this.#makeRoom();
    this.#scheduleFlush();
  }

  /** The window asked for a view: events wait from now on. @returns the attachment, for `completeAttach` */
  beginAttach(): number {
    this.detach();
    this.#state = 'attaching';
    return this.#attachment;
  }

  /** The view was made and holds everything up to `seq`: batches follow from there. */
  completeAttach(attachment: number, seq: number): void {
    if (attachment !== this.#attachment || this.#state !== 'attaching') return;
    this.#state = 'attached';
    this.#waiting = this.#waiting.filter((event) => event.seq > seq);
    this.#accountedSeq = seq;
    // If making room has already removed events that the view needs, the first batch begins after the gap.
    this.#firstSeq = Math.max(this.#firstSeq, seq + 1);
    this.#scheduleFlush();
  }

  /** The window is gone, reloading or about to attach again: nothing is kept for it. */
  detach(): void {
    this.#attachment += 1;
    this.#state = 'detached';
    this.#waiting = [];
    this.#firstSeq = 1;
    this.#unacknowledgedFrom = this.#nextBatch;
    this.#cancelFlush?.();
    this.#cancelFlush = null;
  }

  /** The window has drawn this batch and all before it. A batch of an earlier attachment, or never sent, is ignored. */
  acknowledge(batch: number): void {
    if (batch < this.#unacknowledgedFrom || batch >= this.#nextBatch) return;
    this.#unacknowledgedFrom = batch + 1;
    this.#scheduleFlush();
  }

  #scheduleFlush(): void {
    if (this.#state !== 'attached' || this.#cancelFlush !== null || this.#waiting.length === 0) return;
    if (!this.#maySend()) return;
    this.#cancelFlush = this.#schedule(() => {
      this.#cancelFlush = null;
      this.#flush();
    }, FRAME_MS);
  }

  #maySend(): boolean {
    return this.#nextBatch - this.#unacknowledgedFrom < UNACKNOWLEDGED_BATCHES_MAX;
  }

  #flush(): void {
    let taken = 0;
    while (taken < this.#waiting.length && this.#maySend()) {
      const events = this.#waiting.slice(taken, taken + BATCH_EVENTS_MAX);
      taken += events.length;
      this.#sendBatch(events);
    }
    this.#waiting = this.#waiting.slice(taken);
  }

  #sendBatch(events: readonly TraceEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    // Events are numbered without gaps, so the numbers themselves tell how many are missing.
    const dropped = last.seq - this.#accountedSeq - events.length;
    if (dropped < 0) {
      throw new Error(`events out of order: ${events.length} up to ${last.seq} after ${this.#accountedSeq}`);
    }
    this.#send({ batch: this.#nextBatch, firstSeq: this.#firstSeq, dropped, events });
    this.#nextBatch += 1;
    this.#accountedSeq = last.seq;
    this.#firstSeq = last.seq + 1;
  }

  /** Drops the oldest view-only events; if these are too few, the oldest of all, and the window attaches again. */
  #makeRoom(): void {
    let excess = this.#waiting.length - WAITING_EVENTS_AFTER_CUT;
    // The newest always stays: its number shows in the next batch how many are missing.
    const newest = this.#waiting.at(-1);
    const kept = this.#waiting.filter((event) => {
      if (excess <= 0 || !VIEW_ONLY.has(event.type) || event === newest) return true;
      excess -= 1;
      return false;
    });
    if (kept.length > WAITING_EVENTS_MAX) {
      kept.splice(0, kept.length - WAITING_EVENTS_AFTER_CUT);
      this.#firstSeq = kept[0]?.seq ?? this.#firstSeq;
    }
    this.#waiting = kept;
  }
}
