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
  it('are one for all canvases, each drawn once', () => {
    const { requestCanvas } = useFrameStore();
    const one = vi.fn();
    const other = vi.fn();
    requestCanvas(one);
    requestCanvas(other);
    requestCanvas(one);
    expect(frames.draw()).toBe(1);
    expect(one).toHaveBeenCalledTimes(1);
    expect(other).toHaveBeenCalledTimes(1);
    expect(frames.draw()).toBe(0);
  });

  it('go on for who asks again while drawing, and leave out who no longer wants one', () => {
    const { requestCanvas, cancelCanvas } = useFrameStore();
    const gone = vi.fn();
    const again = vi.fn(() => { if (again.mock.calls.length < 3) requestCanvas(again); });
    requestCanvas(again);
    requestCanvas(gone);
    cancelCanvas(gone);
    while (frames.draw() > 0);
    expect(again).toHaveBeenCalledTimes(3);
    expect(gone).not.toHaveBeenCalled();
  });

  it('are drawn by the others when one of them fails, which is reported', () => {
    const { requestCanvas } = useFrameStore();
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    const problem = new Error('no canvas');
    const other = vi.fn();
    requestCanvas(() => { throw problem; });
    requestCanvas(other);
    frames.draw();
    expect(other).toHaveBeenCalledTimes(1);
    expect(reported).toHaveBeenCalledWith(problem);
  });

  it('wait where they are expensive: the browser is asked only when the next is due', () => {
    const { requestCanvas } = useFrameStore();
    function drawExpensive(): void {
      requestCanvas(() => { vi.advanceTimersByTime(4); });
      vi.advanceTimersToNextTimer();
      frames.draw();
      vi.advanceTimersByTime(8); // what the browser does for the frame
      frames.end();
    }
    for (let count = 0; count < 100; count += 1) drawExpensive();
    requestCanvas(() => undefined);
    expect(frames.draw()).toBe(0);
    // A frame of 12 ms every 60 ms.
    vi.advanceTimersByTime(35);
    expect(frames.draw()).toBe(0);
    vi.advanceTimersByTime(15);
    expect(frames.draw()).toBe(1);
  });

  it('are fewer where timers come late, also while something moves', () => {
    const punctual = globalThis.setTimeout;
    let lateMs = 0;
    vi.stubGlobal('setTimeout', (run: (dueMs: number) => void, waitMs: number, dueMs: number) =>
      punctual(run, waitMs + lateMs, dueMs));
    const { requestCanvas } = useFrameStore();
    let count = 0;
    const draw = (): void => {
      count += 1;
      vi.advanceTimersByTime(6);
      requestCanvas(draw);
    };
    const drawnIn = (seconds: number): number => {
      count = 0;
      const endMs = performance.now() + seconds * 1000;
      while (performance.now() < endMs) {
        vi.advanceTimersByTime(1);
        if (frames.draw() > 0) frames.end();
      }
      return count / seconds;
    };
    requestCanvas(draw);
    drawnIn(2);
    expect(drawnIn(5)).toBeGreaterThan(25);
    lateMs = 60;
    drawnIn(5);
    expect(drawnIn(5)).toBeLessThan(6);
  });

  it('are seldom for components that are expensive, and as often as before for the canvases', () => {
    const { requestCanvas, requestComponents } = useFrameStore();
    const texts = vi.fn(() => { vi.advanceTimersByTime(40); });
    const messages = vi.fn(() => { vi.advanceTimersByTime(2); });
    for (let frame = 0; frame < 600; frame += 1) {
      requestCanvas(messages);
      requestComponents(texts);
      vi.advanceTimersByTime(14);
      if (frames.draw() > 0) frames.end();
      if (frame !== 300) continue;
      texts.mockClear();
      messages.mockClear();
    }
    // 299 frames, nearly five seconds, of which texts may take a fifth.
    expect(texts.mock.calls.length).toBeGreaterThan(15);
    expect(texts.mock.calls.length).toBeLessThan(32);
    expect(messages.mock.calls.length).toBeGreaterThan(280);
  });
});
