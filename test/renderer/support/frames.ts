/** Frames by hand: requestAnimationFrame waits until a test draws the next frame. */
import { vi } from 'vitest';

export interface Frames {
  /** Runs what waits for the next frame. Returns how many callbacks there were. */
  draw: () => number;
}

export function stubFrames(): Frames {
  let waiting: FrameRequestCallback[] = [];
  let handle = 0;
  vi.stubGlobal('requestAnimationFrame', (callback: FrameRequestCallback) => {
    waiting.push(callback);
    handle += 1;
    return handle;
  });
  return {
    draw: () => {
      const callbacks = waiting;
      waiting = [];
      for (const callback of callbacks) callback(performance.now());
      return callbacks.length;
    },
  };
}
