/** The time of a simulated lab in the window: its clock, the ways to other moments, what a step back leaves alone. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TimeStatus } from '../../../src/contract/time.ts';
import { useLabClock } from '../../../src/renderer/lan/labClock.ts';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useTimeStore } from '../../../src/renderer/stores/time.ts';
import { VirtualClock } from '../../../src/renderer/time/virtualClock.ts';
import { openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { settle, withWindow } from '../support/mountWindow.ts';
import { simulatedAnswer, timeStatus } from '../support/time.ts';

describe('the virtual clock', () => {
  it('goes on at the lab’s speed, and stands while time is held', () => {
    const clock = new VirtualClock();
    clock.tell({ atMs: 5000, speed: 0.1, runs: true }, 100);
    expect(clock.nowMs(300)).toBe(5020);
    expect(clock.rate).toBe(0.1);
    clock.tell({ atMs: 5015, speed: 0.1, runs: false }, 310);
    expect([clock.nowMs(310), clock.nowMs(9000), clock.rate]).toEqual([5015, 5015, 0]);
  });

  it('does not go back a little while time runs, and does when another moment was sought', () => {
    const clock = new VirtualClock();
    clock.tell({ atMs: 0, speed: 1, runs: true }, 0);
    expect(clock.nowMs(100)).toBe(100);
    clock.tell({ atMs: 90, speed: 1, runs: true }, 100);
    expect([clock.nowMs(100), clock.nowMs(105), clock.nowMs(130)]).toEqual([100, 100, 120]);
    clock.tell({ atMs: 50_000, speed: 1, runs: true }, 130);
    clock.tell({ atMs: 4000, speed: 1, runs: true }, 131);
    expect(clock.nowMs(131)).toBe(4000);
  });

  it('waits for a lab that says nothing', () => {
    const clock = new VirtualClock();
    clock.tell({ atMs: 0, speed: 100, runs: true }, 0);
    expect(clock.nowMs(60_000)).toBe(100_000);
  });
});

describe('the time of the open lab', () => {
  let bridge: ManualBridge;
  let unmount: () => void;
  const history = openingEvents();

  beforeEach(() => {
    stubFrames();
    bridge = new ManualBridge().answer('lab:attach', () => simulatedAnswer(history));
  });
  afterEach(() => { unmount(); });

  async function opened() {
    const window = withWindow(bridge, () => ({
      cluster: useClusterStore(), time: useTimeStore(), labNowMs: useLabClock(),
    }));
    unmount = window.unmount;
    await window.result.cluster.start();
    return window.result;
  }

  it('is the clock of every picture, and none in a live lab', async () => {
    const { time, labNowMs } = await opened();
    expect([time.nowMs(), labNowMs(), time.rate()]).toEqual([14_200, 14_200, 0]);
    const { time: _, ...live } = simulatedAnswer(history);
    bridge.answer('lab:attach', () => live);
    bridge.changeLab();
    await settle();
    expect([time.status, time.nowMs(), time.rate()]).toEqual([null, null, 1]);
    expect(Math.abs(labNowMs() - Date.now())).toBeLessThan(10_000);
    bridge.tellTime(timeStatus());
    expect(time.status, 'told of a lab that is no longer open').toBeNull();
  });

  it('has one way under way: of the seeks meanwhile the newest is kept, and steps add up', async () => {
    const answers: ((time: TimeStatus) => void)[] = [];
    const later = () => new Promise<TimeStatus>((resolve) => answers.push(resolve));
    bridge.answer('time:seek', later).answer('time:back', later);
    const { time } = await opened();
    for (const atMs of [1000, 2000, 3000]) void time.seek({ atMs });
    await settle();
    expect(bridge.called('time:seek')).toEqual([{ atMs: 1000 }]);
    answers.shift()?.(timeStatus({ atMs: 1000 }));
    await settle();
    expect(bridge.called('time:seek')).toEqual([{ atMs: 1000 }, { atMs: 3000 }]);
    void time.back();
    void time.back();
    answers.shift()?.(timeStatus({ atMs: 3000 }));
    await settle();
    expect(bridge.called('time:back')).toEqual([{ unit: 'event', count: 2 }]);
    answers.shift()?.(timeStatus({ atMs: 2990 }));
    await settle();
    expect([time.isGoing, time.nowMs()]).toEqual([false, 2990]);
  });

  it('goes back without taking the stage or the selection away, and replaces the events', async () => {
    const crash = traceEvent(history.length + 1, { type: 'nodeCrashed' }, 3);
    bridge.answer('lab:attach', () => simulatedAnswer([...history, crash]));
    const { cluster } = await opened();
    cluster.select('n3');
    const traces = cluster.traceNumber;
    const statuses: string[] = [];
    bridge.answer('lab:attach', () => {
      statuses.push(cluster.status);
      return simulatedAnswer(history, { step: 639, atMs: 14_100 });
    });
    bridge.changeLab();
    await settle();
    expect(statuses).toEqual(['live']);
    expect([cluster.selected, cluster.node('n3')?.life, cluster.events().length])
      .toEqual(['n3', 'running', history.length]);
    expect(cluster.traceNumber).toBe(traces + 1);
  });

  it('knows another branch by its number, although it has more events', async () => {
    const { cluster } = await opened();
    const crash = traceEvent(history.length + 1, { type: 'nodeCrashed' }, 3);
    const other = history.map((event) => ({ ...event, atMs: event.atMs + 7 }));
    bridge.answer('lab:attach', () => simulatedAnswer([...other, crash], { branch: 1 }));
    bridge.changeLab();
    await settle();
    expect(cluster.events().at(0)?.atMs).toBe(other[0]?.atMs);
    expect(cluster.node('n3')?.life).toBe('crashed');
  });

  it('begins its events anew after a long way on, so that the list has no hole', async () => {
    const { cluster } = await opened();
    const later = [5000, 5001].map((seq) => traceEvent(seq, { type: 'nodeCrashed' }, 3));
    bridge.answer('lab:attach', () => {
      const answer = simulatedAnswer([...history, ...later], { step: 2000 });
      return { ...answer, recentEvents: later };
    });
    bridge.changeLab();
    await settle();
    expect([cluster.events().length, cluster.events().at(0)?.seq]).toEqual([2, 5000]);
  });

  it('shows an error as a message and stays where it was', async () => {
    bridge.answer('time:back', () => ({ code: 'refused', message: 'nothing is before the beginning' }));
    const { time } = await opened();
    await time.back('event');
    expect([time.isGoing, time.nowMs()]).toEqual([false, 14_200]);
    vi.unstubAllGlobals();
  });
});
