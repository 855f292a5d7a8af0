import { expect, it } from 'vitest';
import { hangingMessages } from '../../../src/renderer/stage/hanging.ts';
import { PictureClock } from '../../../src/renderer/stage/pictureClock.ts';
import type { MessageView } from '../../../src/trace/view.ts';
import { heldAppend } from '../support/time.ts';

const message = (messageId: string, sentAtMs: number, state: MessageView['state'] = 'travelling'): MessageView => ({
  messageId, from: 'n1', to: 'n2', message: { type: 'AppendEntries', term: 2 }, sentAtMs, state, endedAtMs: null,
});
const arrival = (messageId: string, inMs: number) => ({
  ...heldAppend, inMs, message: { from: 'n1', messageId, summary: { type: 'AppendEntries', term: 2 } } as const,
});

it('puts a message where time has brought it, and leaves out those that are no longer under way', () => {
  const placed = hangingMessages(
    [message('a', 996), message('b', 990, 'arrived'), message('c', 990)], [arrival('a', 4), arrival('b', 1)], 1000);
  expect(placed.map(({ message: { messageId }, fraction }) => [messageId, fraction])).toEqual([['a', 0.5]]);
});

it('keeps many on one link apart, in their order', () => {
  const many = Array.from({ length: 30 }, (_, at) => message(`m${at}`, 1000));
  const placed = hangingMessages(many, many.map(({ messageId }) => arrival(messageId, 5)), 1000)
    .map(({ fraction }) => fraction).toSorted((left, right) => left - right);
  const gaps = placed.slice(1).map((fraction, at) => fraction - (placed[at] ?? 0));
  expect(Math.min(...placed)).toBeGreaterThan(0.05);
  expect(Math.max(...placed)).toBeLessThan(0.94);
  expect(gaps.some((gap) => gap > 0.5)).toBe(false);
});

it('stops the picture’s animations while time is held, and goes on where they were', () => {
  const clock = new PictureClock();
  expect([clock.at(100, false), clock.at(200, true), clock.at(900, true), clock.at(1000, false), clock.at(1050, false)])
    .toEqual([100, 200, 200, 200, 250]);
});
