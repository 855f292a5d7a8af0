/**
 * The frames of the page: whoever draws asks here, so that all draw in the same frames, and as often as the page's part
 * of the machine allows. Canvases are cheap to draw; what components show costs style, layout and paint. Each has a
 * pace of its own, so that messages move smoothly while texts are renewed a few times a second. When nobody asks, there
 * is no frame.
 */
import { defineStore } from 'pinia';
import { FrameLane } from './frameLane.ts';
import { FramePacer } from './framePacer.ts';

const CANVAS_PACE = { coreShare: 0.2, intervalMsMax: 250 };
const COMPONENTS_PACE = { coreShare: 0.2, intervalMsMax: 1000 };

export const useFrameStore = defineStore('frames', () => {
  const canvas = new FrameLane(new FramePacer(CANVAS_PACE), begin);
  const components = new FrameLane(new FramePacer(COMPONENTS_PACE), begin);
  /** Who draws in the present frame, and when the first of them began. */
  const drawing = new Set<FrameLane>();
  let begunAtMs = 0;
  let afterFrame: MessageChannel | null = null;

  function begin(lane: FrameLane, nowMs: number): void {
    if (drawing.size === 0) {
      begunAtMs = nowMs;
      afterFrame ??= openAfterFrame();
      afterFrame.port2.postMessage(null);
    }
    drawing.add(lane);
  }

  // The browser handles a message after what it does for the frame: style, layout, paint, and what the canvas costs.
  function openAfterFrame(): MessageChannel {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { end(performance.now() - begunAtMs); };
    return channel;
  }

  /** What canvases cost is known from the frames in which they are alone. */
  function end(costMs: number): void {
    if (!drawing.has(components)) canvas.pacer.end(costMs + canvas.lateMs);
    else components.pacer.end(costMs + components.lateMs);
    drawing.clear();
  }

  return {
    /** Has `draw` called in the canvases' next frame, once, however often it was asked for. */
    requestCanvas: (draw: FrameRequestCallback) => { canvas.request(draw); },
    cancelCanvas: (draw: FrameRequestCallback) => { canvas.cancel(draw); },
    /** The same for what components show. */
    requestComponents: (draw: FrameRequestCallback) => { components.request(draw); },
  };
});
