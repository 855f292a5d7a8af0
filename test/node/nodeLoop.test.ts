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
    turn: (dueTicks, isTimeLost) => said.push(`turn ${dueTicks}${isTimeLost ? ', time lost' : ''}`),
    beforePause: () => {
      said.push('pause');
      flag[0] = 0; // else the thread would stand still for good: nobody else is here to resume it
    },
    afterPause: () => said.push('resumed'),
  });
  return { loop, said, flag };
}

function runTurn(loop: NodeLoop): void {
  loop.schedule();
  vi.advanceTimersToNextTimer();
}

/** So much time has passed on both clocks when the next turn looks at them, and no timer came. */
function passWithoutTurns(ms: number): void {
  vi.setSystemTime(Date.now() + ms);
  const nowMs = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(nowMs + ms);
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setImmediate', 'performance', 'Date'] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test('a turn runs as soon as the loop starts, and with each tick', () => {
  const { loop, said } = setUp();
  loop.schedule();
  vi.advanceTimersByTime(1000);
  expect(said, 'nothing before the start').toEqual([]);
  loop.start();
  vi.advanceTimersByTime(3 * TICK_MS + 1);
  expect(said).toEqual(['turn 0', 'turn 1', 'turn 1', 'turn 1']);
});

test('however often a turn is asked for, one runs, and what is left of a tick is not lost', () => {
  const { loop, said } = setUp();
  loop.start();
  vi.advanceTimersByTime(TICK_MS - 1);
  said.length = 0;
  loop.schedule();
  loop.schedule();
  vi.advanceTimersToNextTimer();
  expect(said).toEqual(['turn 0']);
  vi.advanceTimersByTime(TICK_MS);
  expect(said).toEqual(['turn 0', 'turn 1']);
});

test('after a spell without a turn three ticks are made up for, and the rest is told as lost', () => {
  const { loop, said } = setUp();
  loop.start();
  vi.advanceTimersByTime(1);
  said.length = 0;
  passWithoutTurns(3.5 * TICK_MS);
  runTurn(loop);
  expect(said.splice(0), 'nothing is lost while all is made up for').toEqual(['turn 3']);
  passWithoutTurns(11 * TICK_MS);
  runTurn(loop);
  runTurn(loop);
  expect(said).toEqual(['turn 3, time lost', 'turn 0']);
});

test('a clock that was set, or a computer that slept, is told once as lost time', () => {
  const { loop, said } = setUp();
  loop.start();
  vi.advanceTimersByTime(1);
  said.length = 0;
  vi.setSystemTime(Date.now() + 0.4 * TICK_MS);
  runTurn(loop);
  expect(said.splice(0), 'a correction is none').toEqual(['turn 0']);
  for (const jumpMs of [60_000, -0.6 * TICK_MS]) {
    vi.setSystemTime(Date.now() + jumpMs);
    runTurn(loop);
    runTurn(loop);
    expect(said.splice(0)).toEqual(['turn 0, time lost', 'turn 0']);
  }
});

test('a turn that stood still takes what was said meanwhile before it runs', () => {
  const { loop, said, flag } = setUp();
  loop.start();
  vi.advanceTimersByTime(1);
  said.length = 0;
  flag[0] = 1;
  vi.advanceTimersByTime(TICK_MS);
  expect(said).toEqual(['pause', 'resumed', 'turn 1']);
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
  expect(said).toEqual(['turn 1', 'turn 1', 'turn 1']);
  loop.schedule();
  loop.stop();
  loop.setTickMs(5);
  vi.advanceTimersByTime(1000);
  expect(said).toHaveLength(3);
  expect(vi.getTimerCount()).toBe(0);
});
