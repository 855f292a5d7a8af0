/** The timeout by RFC 6298, its least and its doubling. */
import { expect, it } from 'vitest';
import { RoundTripTime } from '../../src/wire/roundTripTime.ts';

it('follows the round trips and how much they vary', () => {
  const time = new RoundTripTime();
  expect([time.smoothedMs, time.timeoutMs]).toEqual([undefined, 100]);
  time.measured(80);
  expect([time.smoothedMs, time.timeoutMs]).toEqual([80, 80 + 4 * 40]);
  time.measured(160);
  expect([time.smoothedMs, time.timeoutMs]).toEqual([90, 90 + 4 * 50]);
});

it('is at least 25 ms', () => {
  const time = new RoundTripTime();
  time.measured(1);
  expect(time.timeoutMs).toBe(25);
});

it('is doubled with each timeout, up to half a second, until an answer comes', () => {
  const time = new RoundTripTime();
  const timeouts = Array.from({ length: 5 }, () => {
    const { timeoutMs } = time;
    time.timedOut();
    return timeoutMs;
  });
  expect(timeouts).toEqual([100, 200, 400, 500, 500]);
  time.answered();
  expect(time.timeoutMs).toBe(100);
});

it('of a slow link is not doubled, and never cut short', () => {
  const time = new RoundTripTime();
  time.measured(1000);
  time.timedOut();
  expect(time.timeoutMs).toBe(3000);
});
