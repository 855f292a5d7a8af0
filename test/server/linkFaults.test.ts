/** The faults of links: zero is a direct call, chance follows its seed, every queue has an end. */
import { describe, expect, test } from 'vitest';
import { LinkFaultInjector } from '../../src/server/net/linkFaults.ts';
import { seededRandom } from '../../src/server/random.ts';
import type { DropReason, LinkFaults } from '../../src/trace/events.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { TestClock } from './support.ts';

interface Numbered {
  readonly to: number;
  readonly number: number;
}

function setUp(faults: Partial<LinkFaults>, seed = 7): {
  readonly clock: TestClock;
  readonly links: LinkFaultInjector<Numbered>;
  readonly sent: number[];
  readonly dropped: (readonly [number, DropReason])[];
  readonly send: (count: number) => void;
} {
  const sent: number[] = [];
  const dropped: (readonly [number, DropReason])[] = [];
  const clock = new TestClock();
  const links = new LinkFaultInjector<Numbered>({
    clock,
    random: seededRandom(seed),
    transmit: ({ number }) => sent.push(number),
    onDropped: ({ number }, reason) => dropped.push([number, reason]),
  });
  links.setFaults({ 2: { ...NO_FAULTS, ...faults } });
  const send = (count: number): void => {
    for (let number = 1; number <= count; number += 1) {
      links.send({ to: 2, number });
    }
  };
  return { clock, links, sent, dropped, send };
}

describe('a link', () => {
  test('without faults transmits at once and draws no chance', () => {
    const clock = new TestClock();
    const links = new LinkFaultInjector<Numbered>({
      clock,
      random: () => expect.unreachable('chance was drawn'),
      transmit: ({ number }) => sent.push(number),
      onDropped: () => expect.unreachable('something was dropped'),
    });
    const sent: number[] = [];
    links.setFaults({ 2: NO_FAULTS });
    links.send({ to: 2, number: 1 });
    links.send({ to: 3, number: 2 });
    expect(sent).toEqual([1, 2]);
    expect(clock.timerCount).toBe(0);
  });

  test('that is cut transmits nothing, and other links are as before', () => {
    const { links, sent, dropped, send } = setUp({ down: true });
    send(3);
    links.send({ to: 3, number: 9 });
    expect(sent).toEqual([9]);
    expect(dropped).toEqual([[1, 'cut'], [2, 'cut'], [3, 'cut']]);
  });

  test('loses about as many as it should, and the same ones for the same seed', () => {
    const first = setUp({ lossPercent: 10 });
    const second = setUp({ lossPercent: 10 });
    first.send(10_000);
    second.send(10_000);
    expect(first.dropped.length).toBeGreaterThan(850);
    expect(first.dropped.length).toBeLessThan(1150);
    expect(second.sent).toEqual(first.sent);
  });

  test('with a delay keeps the order; with more jitter than that it may not', () => {
    const { clock, sent, send } = setUp({ delayMs: 100 });
    send(5);
    clock.advance(99);
    expect(sent).toEqual([]);
    clock.advance(1);
    expect(sent).toEqual([1, 2, 3, 4, 5]);

    const jittery = setUp({ delayMs: 100, jitterMs: 100 });
    jittery.send(50);
    jittery.clock.advance(200);
    expect(jittery.sent).toHaveLength(50);
    expect(jittery.sent).not.toEqual([...jittery.sent].sort((a, b) => a - b));
  });

  const ways: readonly (readonly [string, Partial<LinkFaults>, readonly number[]])[] = [
    ['delayed', { delayMs: 100 }, [1, 2]],
    ['delayed by jitter alone', { jitterMs: 100 }, [1, 2]],
    ['kept to be overtaken', { reorderPercent: 100 }, [1]],
    ['kept to be overtaken, and delayed then', { reorderPercent: 100, delayMs: 100 }, [1, 2]],
    ['doubled and delayed', { duplicatePercent: 100, delayMs: 100 }, [1, 1, 2, 2]],
  ];
  test.each(ways)('that is cut meanwhile loses what is %s, also when it is joined again', (_what, faults, held) => {
    for (const isJoined of [false, true]) {
      const { clock, links, sent, dropped, send } = setUp(faults);
      send(held.at(-1) ?? 0);
      expect(sent).toEqual([]);
      links.setFaults({ 2: { ...NO_FAULTS, ...faults, down: true } });
      if (isJoined) links.setFaults({});
      clock.advance(10_000);
      expect(sent).toEqual([]);
      expect(dropped.map(([number, reason]) => `${number} ${reason}`).sort()).toEqual(held.map((at) => `${at} cut`));
      expect(clock.timerCount).toBe(0);
    }
  });

  test('that was cut overtakes nothing that was on it before', () => {
    const { links, sent } = setUp({ reorderPercent: 100 });
    links.send({ to: 2, number: 1 });
    links.setFaults({ 2: { ...NO_FAULTS, down: true } });
    links.setFaults({});
    links.send({ to: 2, number: 2 });
    expect(sent).toEqual([2]);

    links.setFaults({ 2: { ...NO_FAULTS, reorderPercent: 100 } });
    links.send({ to: 2, number: 3 });
    links.setFaults({ 2: { ...NO_FAULTS, down: true } });
    links.setFaults({ 2: { ...NO_FAULTS, reorderPercent: 100 } });
    links.send({ to: 2, number: 4 });
    links.send({ to: 2, number: 5 });
    expect(sent, 'the next one is overtaken as any other').toEqual([2, 5, 4]);
  });

  test('that is cut loses nothing of other links, and one that is mended nothing at all', () => {
    const { clock, links, sent, dropped } = setUp({ delayMs: 100 });
    links.setFaults({ 2: { ...NO_FAULTS, delayMs: 100 }, 3: { ...NO_FAULTS, delayMs: 100 } });
    links.send({ to: 2, number: 1 });
    links.send({ to: 3, number: 2 });
    links.send({ to: 3, number: 3 });
    links.setFaults({ 2: { ...NO_FAULTS, down: true } });
    links.send({ to: 3, number: 4 });
    clock.advance(99);
    expect(sent).toEqual([4]);
    clock.advance(1);
    expect(sent).toEqual([4, 2, 3]);
    expect(dropped).toEqual([[1, 'cut']]);
  });

  test('that was mended lets the next one pass what it held', () => {
    const { clock, links, sent } = setUp({ reorderPercent: 100 });
    links.send({ to: 2, number: 1 });
    links.setFaults({});
    links.send({ to: 2, number: 2 });
    links.send({ to: 2, number: 3 });
    expect(sent).toEqual([2, 1, 3]);
    expect(clock.timerCount).toBe(0);
  });

  test('holds only so many delayed datagrams', () => {
    const { clock, dropped, send } = setUp({ delayMs: 1000 });
    send(4097);
    expect(dropped).toEqual([[4097, 'queue-full']]);
    clock.advance(1000);
    dropped.length = 0;
    send(4096);
    expect(dropped).toEqual([]);
  });

  test('duplicates, and reorders by letting the next one pass', () => {
    const twice = setUp({ duplicatePercent: 100 });
    twice.send(2);
    expect(twice.sent).toEqual([1, 1, 2, 2]);

    const swapped = setUp({ reorderPercent: 100 });
    swapped.send(4);
    expect(swapped.sent).toEqual([2, 1, 4, 3]);
    swapped.send(1);
    swapped.clock.advance(1000);
    expect(swapped.sent.at(-1)).toBe(1);
  });

  test('lets go of everything when the node ends', () => {
    const { clock, links, sent, send } = setUp({ delayMs: 100, reorderPercent: 50 });
    send(10);
    links.close();
    clock.advance(10_000);
    expect(sent).toEqual([]);
    expect(clock.timerCount).toBe(0);
  });
});
