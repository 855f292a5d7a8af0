/** A node's rhythm: which ticks are made up for after its thread stood still, and what comes first after a pause. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NodeLoop } from '../../src/node/nodeLoop.ts';

const TICK_MS = 100;

function setUp() {
  const said: string[] = [];
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const loop = new NodeLoop({
    tickMs: TICK_MS,
    pauseFlag: flag.buffer,
    turn: (dueTicks, lostTicks) => said.push(`turn ${dueTicks} ${lostTicks}`),
    beforePause: () => {
      said.push('pause');
      flag[0] = 0; // else the thread would stand still for good: nobody else is here to resume it
    },
    afterPause: () => said.push('resumed'),
  });
  return { loop, said, flag };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setImmediate', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('a turn runs as soon as the loop starts, and with each tick', () => {
  const { loop, said } = setUp();
  loop.schedule();
  vi.advanceTimersByTime(1000);
  expect(said, 'nothing before the start').toEqual([]);
  loop.start();
  vi.advanceTimersByTime(3 * TICK_MS + 1);
  expect(said).toEqual(['turn 0 0', 'turn 1 0', 'turn 1 0', 'turn 1 0']);
});

test('however often a turn is asked for, one runs, and what is left of a tick is not lost', () => {
  const { loop, said } = setUp();
  loop.start();
  vi.advanceTimersByTime(TICK_MS - 1);
  said.length = 0;
  loop.schedule();
  loop.schedule();
  vi.advanceTimersToNextTimer();
  expect(said).toEqual(['turn 0 0']);
  vi.advanceTimersByTime(TICK_MS);
  expect(said).toEqual(['turn 0 0', 'turn 1 0']);
});

test('after a spell without a turn three ticks are made up for, and the rest is told as lost', () => {
  const { loop, said } = setUp();
  loop.start();
  vi.advanceTimersByTime(1);
  said.length = 0;
  const elapsed = vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 11 * TICK_MS);
  loop.schedule();
  vi.advanceTimersToNextTimer();
  loop.schedule();
  vi.advanceTimersToNextTimer();
  elapsed.mockRestore();
  expect(said).toEqual(['turn 3 8', 'turn 0 0']);
});

test('a turn that stood still takes what was said meanwhile before it runs', () => {
  const { loop, said, flag } = setUp();
  loop.start();
  vi.advanceTimersByTime(1);
  said.length = 0;
  flag[0] = 1;
  vi.advanceTimersByTime(TICK_MS);
  expect(said).toEqual(['pause', 'resumed', 'turn 1 0']);
  flag[0] = 1;
  expect(loop.waitWhilePaused()).toBe(true);
  expect(loop.waitWhilePaused()).toBe(false);
});

test('another length of ticks counts at once, and a loop that was stopped is silent', () => {
  const { loop, said } = setUp();
  loop.start();
  vi.advanceTimersByTime(1);
  said.length = 0;
  loop.setTickMs(10);
  expect(loop.tickMs).toBe(10);
  vi.advanceTimersByTime(31);
  expect(said).toEqual(['turn 1 0', 'turn 1 0', 'turn 1 0']);
  loop.schedule();
  loop.stop();
  loop.setTickMs(5);
  vi.advanceTimersByTime(1000);
  expect(said).toHaveLength(3);
  expect(vi.getTimerCount()).toBe(0);
});
