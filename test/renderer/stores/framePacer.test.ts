import { describe, expect, it } from 'vitest';
import { FramePacer } from '../../../src/renderer/stores/framePacer.ts';

const SCREEN_MS = 1000 / 60;
const SECOND_MS = 1000;
const PACE = { coreShare: 0.2, intervalMsMax: 400 };

/**
 * Draws for ten seconds on a screen of 60 frames a second and counts the last of them.
 * @param costMs what each frame costs at that time
 * @returns frames in the last second, and the part of it that they took
 */
function drawn(costMs: (nowMs: number) => number): { frames: number; share: number } {
  const pacer = new FramePacer(PACE);
  let frames = 0;
  let busyMs = 0;
  for (let count = 1; count <= 600; count += 1) {
    const nowMs = count * SCREEN_MS;
    // A request that waits is made when its time has come, and shown at the screen's next.
    if (pacer.waitMs(nowMs) > 0) continue;
    pacer.begin(nowMs);
    const cost = costMs(nowMs);
    pacer.end(cost);
    if (nowMs <= 9 * SECOND_MS) continue;
    frames += 1;
    busyMs += cost;
  }
  return { frames, share: busyMs / SECOND_MS };
}

describe('the pace of frames', () => {
  it('is the screen’s where frames are cheap', () => {
    expect(drawn(() => 2.5).frames).toBe(60);
  });

  it('falls so far that frames take their part of a core, whatever one costs', () => {
    for (const cost of [4, 6, 8, 12, 20, 30, 40, 80]) {
      const { frames, share } = drawn(() => cost);
      // Frames are counted in one second, into which one more may fall.
      expect(share, `${cost} ms a frame`).toBeLessThanOrEqual(0.2 + cost / SECOND_MS + 0.02);
      // And no further than it has to.
      expect(frames, `${cost} ms a frame`).toBeGreaterThanOrEqual(Math.floor((0.2 * SECOND_MS) / cost) - 1);
    }
  });

  it('comes back when frames are cheap again', () => {
    expect(drawn((nowMs) => (nowMs < 5 * SECOND_MS ? 20 : 2.5)).frames).toBe(60);
  });

  it('outlives one frame that took seconds', () => {
    expect(drawn((nowMs) => (nowMs > 8.5 * SECOND_MS && nowMs < 8.52 * SECOND_MS ? 4000 : 1.5)).frames)
      .toBeGreaterThan(50);
  });

  it('never waits longer than it may', () => {
    const { frames } = drawn(() => 500);
    expect(frames).toBeGreaterThanOrEqual(2);
  });

  it('owes nothing to a time when nobody drew', () => {
    const pacer = new FramePacer(PACE);
    pacer.begin(0);
    for (let frame = 0; frame < 50; frame += 1) pacer.end(20);
    pacer.begin(60_000);
    expect(pacer.waitMs(60_000)).toBe(0);
    pacer.begin(60_000);
    expect(pacer.waitMs(60_000)).toBeGreaterThan(90);
  });
});
