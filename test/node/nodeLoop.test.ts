/** A node's rhythm: which ticks are made up for after its thread stood still, and which are lost. */
import { expect, it, vi } from 'vitest';
import { NodeLoop } from '../../src/node/nodeLoop.ts';

const TICK_MS = 5;

it('after a spell without a turn three ticks are made up for, and the rest is told as lost', async () => {
  const turns: (readonly [number, number])[] = [];
  let onTurn = (): void => undefined;
  const loop = new NodeLoop({
    tickMs: TICK_MS,
    pauseFlag: new SharedArrayBuffer(4),
    turn: (dueTicks, lostTicks) => {
      turns.push([dueTicks, lostTicks]);
      onTurn();
    },
    beforePause: () => undefined,
  });
  const nextTurn = () => new Promise<void>((resolve) => (onTurn = resolve));
  loop.start();
  await nextTurn();
  const busyUntilMs = performance.now() + 11 * TICK_MS;
  while (performance.now() < busyUntilMs);
  turns.length = 0;
  await nextTurn();
  loop.stop();
  const [[dueTicks, lostTicks] = [0, 0]] = turns;
  expect(dueTicks).toBe(3);
  expect(lostTicks).toBeGreaterThanOrEqual(7);
});

it('where the wall clock and the monotonic one part, time is lost: the computer slept, or the time was set', async () => {
  const lost: number[] = [];
  let onTurn = (): void => undefined;
  const loop = new NodeLoop({
    tickMs: 1000,
    pauseFlag: new SharedArrayBuffer(4),
    turn: (_dueTicks, lostTicks) => {
      lost.push(lostTicks);
      onTurn();
    },
    beforePause: () => undefined,
  });
  const nextTurn = () => new Promise<void>((resolve) => {
    onTurn = resolve;
    loop.schedule();
  });
  loop.start();
  await nextTurn();
  const wall = vi.spyOn(Date, 'now');
  const realNow = () => performance.timeOrigin + performance.now();
  for (const aheadMs of [30_000, 30_000, -10_000, -10_100]) {
    wall.mockImplementation(() => Math.round(realNow() + aheadMs));
    await nextTurn();
  }
  loop.stop();
  wall.mockRestore();
  // A jump is told once, in either direction; what a time server corrects is none.
  expect(lost.slice(-4)).toEqual([1, 0, 1, 0]);
});
