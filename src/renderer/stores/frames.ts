/**
 * The frames of the page: whoever draws asks here, so that all draw in one frame, and as often as the page's part of
 * the machine allows. When nobody asks, there is none.
 */
import { defineStore } from 'pinia';
import { FramePacer } from './framePacer.ts';

export const useFrameStore = defineStore('frames', () => {
  const pacer = new FramePacer();
  const drawings = new Set<FrameRequestCallback>();
  let scheduled = false;
  let begunAtMs = 0;

  // The browser handles a message after what it does for the frame: style, layout, paint, and what the canvas costs.
  let afterFrame: MessageChannel | null = null;
  function openAfterFrame(): MessageChannel {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { pacer.end(performance.now() - begunAtMs); };
    return channel;
  }

  function run(nowMs: number): void {
    scheduled = false;
    begunAtMs = performance.now();
    pacer.begin(begunAtMs);
    const due = [...drawings];
    drawings.clear();
    afterFrame ??= openAfterFrame();
    afterFrame.port2.postMessage(null);
    for (const draw of due) draw(nowMs);
  }

  /** Has `draw` called in the next frame, once, however often it was asked for. */
  function request(draw: FrameRequestCallback): void {
    drawings.add(draw);
    if (scheduled) return;
    scheduled = true;
    const waitMs = pacer.waitMs(performance.now());
    if (waitMs > 0) setTimeout(requestAnimationFrame, waitMs, run);
    else requestAnimationFrame(run);
  }

  function cancel(draw: FrameRequestCallback): void {
    drawings.delete(draw);
  }

  return { request, cancel };
});
