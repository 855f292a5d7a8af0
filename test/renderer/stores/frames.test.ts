import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useFrameStore } from '../../../src/renderer/stores/frames.ts';
import { stubFrames } from '../support/frames.ts';
import type { Frames } from '../support/frames.ts';

let frames: Frames;

beforeEach(() => {
  setActivePinia(createPinia());
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  frames = stubFrames();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('the page’s frames', () => {
  it('are one for all who draw, each once', () => {
    const { request } = useFrameStore();
    const one = vi.fn();
    const other = vi.fn();
    request(one);
    request(other);
    request(one);
    expect(frames.draw()).toBe(1);
    expect(one).toHaveBeenCalledTimes(1);
    expect(other).toHaveBeenCalledTimes(1);
    expect(frames.draw()).toBe(0);
  });

  it('go on for who asks again while drawing, and leave out who no longer wants one', () => {
    const { request, cancel } = useFrameStore();
    const gone = vi.fn();
    const again = vi.fn(() => { if (again.mock.calls.length < 3) request(again); });
    request(again);
    request(gone);
    cancel(gone);
    while (frames.draw() > 0);
    expect(again).toHaveBeenCalledTimes(3);
    expect(gone).not.toHaveBeenCalled();
  });

  it('wait where they are expensive: the browser is asked only when the next is due', () => {
    const { request } = useFrameStore();
    function drawExpensive(): void {
      request(() => { vi.advanceTimersByTime(10); });
      vi.advanceTimersToNextTimer();
      frames.draw();
      vi.advanceTimersByTime(30); // what the browser does for the frame
      frames.end();
    }
    for (let count = 0; count < 100; count += 1) drawExpensive();
    request(() => undefined);
    expect(frames.draw()).toBe(0);
    // A frame of 40 ms every 100 ms.
    vi.advanceTimersByTime(50);
    expect(frames.draw()).toBe(0);
    vi.advanceTimersByTime(15);
    expect(frames.draw()).toBe(1);
  });
});
