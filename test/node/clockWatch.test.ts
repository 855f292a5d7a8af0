/** A computer that slept, and a time that was set, are noticed once each. */
import { expect, it } from 'vitest';
import { ClockWatch } from '../../src/node/clockWatch.ts';

it('tells when the wall clock and the monotonic one part, in either direction, and once', () => {
  let [wall, monotonic] = [1_000_000, 50];
  const watch = new ClockWatch({ wallMs: () => wall, monotonicMs: () => monotonic });
  const after = (wallMs: number, monotonicMs: number) => {
    wall += wallMs;
    monotonic += monotonicMs;
    return watch.hasJumped(50);
  };
  expect(after(100, 100)).toBe(false);
  expect(after(5000, 5000), 'a long pause is told by the ticks').toBe(false);
  expect(after(30_000, 100), 'it slept').toBe(true);
  expect(after(100, 100)).toBe(false);
  expect(after(-3_600_000, 100), 'the time was set back').toBe(true);
  for (let turn = 0; turn < 100; turn += 1) expect(after(101, 100), 'the time is corrected').toBe(false);
});
