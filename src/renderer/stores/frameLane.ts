/** Those who draw at one pace, each once a frame, however often it asked. */
import type { FramePacer } from './framePacer.ts';

/** A timer that is as late as this had the processor: browsers round its time up, and do a little before it. */
const PUNCTUAL_MS = 4;

export class FrameLane {
  readonly pacer: FramePacer;
  readonly #onBegin: (lane: FrameLane, nowMs: number) => void;
  readonly #drawings = new Set<FrameRequestCallback>();
  #isScheduled = false;
  /** Of the next frame's timer, and of the present one's. */
  #nextLateMs = 0;
  #lateMs = 0;

  /** @param onBegin called at the beginning of each frame, before anyone draws */
  constructor(pacer: FramePacer, onBegin: (lane: FrameLane, nowMs: number) => void) {
    this.pacer = pacer;
    this.#onBegin = onBegin;
  }

  /** Has `draw` called in the next frame. */
  request(draw: FrameRequestCallback): void {
    this.#drawings.add(draw);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const nowMs = performance.now();
    const waitMs = this.pacer.waitMs(nowMs);
    if (waitMs > 0) setTimeout(this.#runWhenDue, waitMs, nowMs + waitMs);
    else requestAnimationFrame(this.#run);
  }

  /**
   * How late the timer of the present frame was: others had the processors. It counts as a cost of the frame, so that a
   * page on a busy machine draws less and leaves more.
   */
  get lateMs(): number {
    return this.#lateMs;
  }

  cancel(draw: FrameRequestCallback): void {
    this.#drawings.delete(draw);
  }

  readonly #runWhenDue = (dueMs: number): void => {
    this.#nextLateMs = Math.max(0, performance.now() - dueMs - PUNCTUAL_MS);
    requestAnimationFrame(this.#run);
  };

  readonly #run: FrameRequestCallback = (frameMs) => {
    this.#isScheduled = false;
    this.#lateMs = this.#nextLateMs;
    this.#nextLateMs = 0;
    const nowMs = performance.now();
    this.pacer.begin(nowMs);
    this.#onBegin(this, nowMs);
    const due = [...this.#drawings];
    this.#drawings.clear();
    for (const draw of due) {
      try {
        draw(frameMs);
      } catch (error) {
        // The others draw all the same: the page would stand still without what acknowledges the events.
        reportError(error);
      }
    }
  };
}
