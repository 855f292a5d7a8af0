/** Frames by hand: requestAnimationFrame waits until a test draws the next frame. */
import { vi } from 'vitest';

export interface Frames {
  /** Runs what waits for the next frame. Returns how many callbacks there were. */
  draw: () => number;
  /** Tells the page that the browser is done with the frame; without it no frame has cost anything. */
  end: () => void;
}

export function stubFrames(): Frames {
  let waiting: FrameRequestCallback[] = [];
  let handle = 0;
  const port1: { onmessage: (() => void) | null } = { onmessage: null };
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => {
    waiting.push(callback);
    handle += 1;
    return handle;
  });
  // What the page measures its frames with (stores/frames.ts).
  vi.stubGlobal('MessageChannel', class {
    readonly port1 = port1;
    readonly port2 = { postMessage: () => undefined };
  });
  return {
    draw: () => {
      const callbacks = waiting;
      waiting = [];
      for (const callback of callbacks) callback(performance.now());
      return callbacks.length;
    },
    end: () => { port1.onmessage?.(); },
  };
}
