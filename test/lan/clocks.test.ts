/** Machines whose clocks differ: a member's events are put on the host's time, and a window knows the host's time. */
import { expect, test } from 'vitest';
import { ClockOffset, EventTimes } from '../../src/lan/channel/clockOffset.ts';
import type { NodePlan } from '../../src/lab/nodes/nodeLink.ts';
import { comeIn, joinHost, openHost } from './support.ts';

const LIMIT = { timeout: 90_000 };
const TEN_MINUTES_MS = 600_000;
/** Far more than a round trip here takes, far less than the clocks differ. */
const CLOSE_MS = 30_000;

test('the offset is that of the quickest round trip, and a clock that is set counts at once', () => {
  const clock = new ClockOffset();
  expect(clock.ms).toBe(0);
  // Their clock is 100 ahead. The first answer was slow on its way back: half of it is taken for the way there.
  clock.take(1100, 1040, 40);
  expect(clock.ms).toBe(80);
  clock.take(2101, 2002, 2);
  expect(clock.ms).toBe(100);
  clock.take(3115, 3030, 30);
  expect(clock.ms, 'a slower one tells less').toBe(100);
  // It is set back an hour: no round trip explains that.
  clock.take(4100 - 3_600_000, 4010, 20);
  expect(clock.ms).toBe(100 - 3_600_000);
  // A hint that is half a minute old is forgotten: clocks part slowly.
  for (let count = 0; count < 30; count += 1) clock.take(5105 - 3_600_000 + count, 5010 + count, 20);
  expect(clock.ms).toBe(105 - 3_600_000);
});

test('a node\'s events never go back in time, and none is later than now', () => {
  const times = new EventTimes();
  expect(times.here(10_000, 9000, 1010)).toBe(1000);
  expect(times.here(10_020, 9030, 1012), 'the offset was measured better').toBe(1000);
  expect(times.here(10_050, 9030, 1022)).toBe(1020);
  // Its clock jumps ahead an hour before the offset follows: pinned to now, and back in step once it does.
  expect(times.here(3_610_100, 9030, 1080)).toBe(1080);
  expect(times.here(3_610_200, 3_609_030, 1180)).toBe(1170);
  // And back, before the offset follows.
  expect(times.here(10_300, 3_609_030, 1280)).toBe(1170);
  // This machine's own clock is set back: what is said now happened now.
  expect(times.here(10_300, 9030, 500)).toBe(500);
});

test('events of a member whose clock is ten minutes ahead, or behind, are told on the host\'s time', async () => {
  for (const skewMs of [TEN_MINUTES_MS, -TEN_MINUTES_MS]) {
    const { host, key, machines } = await openHost();
    const clockMs = (): number => Date.now() + skewMs;
    const guest = await comeIn(host.port, key, {}, () => undefined, { clockMs });
    const told: number[] = [];
    const plan = { id: 4, name: 'n4' } as unknown as NodePlan;
    machines[0]?.launch(plan)({
      onMessage: (message) => {
        if (message.type === 'events') told.push(...message.events.map(({ atMs }) => atMs));
      },
      onExit: () => undefined,
    });
    const atMs = clockMs();
    const events = [0, 5, 9].map((ms) => (
      { type: 'nodeFailed', code: 'internal', message: 'as an example', atMs: atMs + ms } as const));
    guest.channel.send({ type: 'node', id: 4, message: { type: 'events', dropped: 0, events } });
    await expect.poll(() => told.length, LIMIT).toBe(3);
    expect(Math.abs((told[0] ?? 0) - Date.now())).toBeLessThan(CLOSE_MS);
    expect(told).toEqual(told.toSorted((a, b) => a - b));
  }
});

test('a window whose clock is ten minutes ahead knows by how much', async () => {
  const { host, key } = await openHost();
  const { lab } = await joinHost(host, key, { clockMs: () => Date.now() + TEN_MINUTES_MS });
  const offset = (): number => (lab.status.mode === 'joined' ? lab.status.clockOffsetMs : 0);
  await expect.poll(() => Math.abs(offset() + TEN_MINUTES_MS), LIMIT).toBeLessThan(CLOSE_MS);
  host.close();
  await expect.poll(() => lab.status, LIMIT).toMatchObject({ isConnected: false });
  expect(Math.abs(offset() + TEN_MINUTES_MS), 'also of the picture as it was last seen').toBeLessThan(CLOSE_MS);
});
