/** What runs in the window's page while it is measured: the load, and what it does to frames and tasks. */
import type { EventBatch } from '../../../src/contract/answers.ts';
import type { ExposedBridge } from '../../../src/contract/commands.ts';
import type { NodeName } from '../../../src/trace/names.ts';

declare global {
  interface Window {
    readonly raftlab?: ExposedBridge;
  }
}

export interface PageFigures {
  /** Events that reached the page, and those that were left out for it because it was behind. */
  readonly events: number;
  readonly leftOut: number;
  readonly writes: number;
  /** From one frame of the stage to the next. */
  readonly frameMs: readonly number[];
  /** Tasks of the page over 50 ms. */
  readonly longTaskMs: readonly number[];
}

/**
 * Lets clients write so much that about `eventsPerSecond` reach the page, and counts.
 * Runs in the page, so it uses nothing from around it.
 */
export async function measureInPage(
  { leader, eventsPerSecond, forMs }: { leader: NodeName; eventsPerSecond: number; forMs: number },
): Promise<PageFigures> {
  const bridge = window.raftlab;
  if (bridge === undefined) throw new Error('the page has no bridge to the lab');
  const PACE_EVERY_MS = 20;
  const ADJUST_EVERY_MS = 500;
  let events = 0;
  let leftOut = 0;
  let writes = 0;
  let writesPerSecond = 50;
  const frameMs: number[] = [];
  const longTaskMs: number[] = [];

  const stopListening = bridge.onEvents((batchText) => {
    const batch = JSON.parse(batchText) as EventBatch;
    events += batch.events.length;
    leftOut += batch.dropped;
  });
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) longTaskMs.push(duration);
  });
  observer.observe({ type: 'longtask' });
  // Every frame of the stage begins with an empty canvas. A loop of our own would make the page draw without need.
  const canvas = OffscreenCanvasRenderingContext2D.prototype;
  const clearRect = Reflect.get(canvas, 'clearRect');
  let lastFrameAtMs: number | undefined;
  canvas.clearRect = function onFrame(...box) {
    const nowMs = performance.now();
    if (lastFrameAtMs !== undefined) frameMs.push(nowMs - lastFrameAtMs);
    lastFrameAtMs = nowMs;
    clearRect.apply(this, box);
  };
  let due = 0;
  const pacing = setInterval(() => {
    for (due += (writesPerSecond * PACE_EVERY_MS) / 1000; due >= 1; due -= 1) {
      writes += 1;
      const command = { op: 'put', key: `key-${writes % 100}`, value: String(writes) } as const;
      void bridge.invoke('kv:execute', { node: leader, command });
    }
  }, PACE_EVERY_MS);
  let eventsBefore = 0;
  const adjusting = setInterval(() => {
    const seenPerSecond = ((events - eventsBefore) * 1000) / ADJUST_EVERY_MS;
    eventsBefore = events;
    const step = Math.min(1.3, Math.max(0.7, eventsPerSecond / Math.max(1, seenPerSecond)));
    writesPerSecond = Math.min(2000, Math.max(1, writesPerSecond * step));
  }, ADJUST_EVERY_MS);

  await new Promise((resolve) => setTimeout(resolve, forMs));
  clearInterval(pacing);
  clearInterval(adjusting);
  canvas.clearRect = clearRect;
  observer.disconnect();
  stopListening();
  return { events, leftOut, writes, frameMs, longTaskMs };
}
