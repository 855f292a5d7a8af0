/** The bounds of a node's small queues: what waits for its turn, and strangers' datagrams in a tick. */
import { expect, test } from 'vitest';
import { Counters } from '../../src/server/trace/counters.ts';
import { Inbox } from '../../src/server/turn/inbox.ts';
import type { ReceivedMessage } from '../../src/server/turn/inbox.ts';
import { Strangers } from '../../src/server/net/strangers.ts';

const message = (term: number): ReceivedMessage => (
  { message: { type: 'TimeoutNow', from: 2, to: 1, term }, messageId: `2.1.${term}` });

test('an inbox hands over what came in its order, once, and takes 4096 at most', () => {
  const inbox = new Inbox();
  for (let term = 1; term <= 4096; term += 1) expect(inbox.add(message(term))).toBe(true);
  expect(inbox.add(message(4097))).toBe(false);
  expect(inbox.take().map(({ message: { term } }) => term)).toEqual(Array.from({ length: 4096 }, (_, at) => at + 1));
  expect(inbox.take()).toEqual([]);
  expect(inbox.add(message(1))).toBe(true);
});

test('of strangers 16 are looked at, and as many again in the next tick', () => {
  const strangers = new Strangers();
  const admitted = () => Array.from({ length: 20 }, () => strangers.admit()).filter(Boolean).length;
  expect([admitted(), admitted()]).toEqual([16, 0]);
  strangers.tick();
  expect(admitted()).toBe(16);
});

test('counters are told when one has changed, each kind for itself', () => {
  const counters = new Counters();
  expect(counters.takeIfChanged()).toBeUndefined();
  counters.countSent(10);
  counters.countSent(5);
  expect(counters.takeIfChanged()).toMatchObject({ sent: 2, bytesSent: 15, received: 0, bytesReceived: 0 });
  counters.countReceived(7);
  expect(counters.takeIfChanged()).toMatchObject({ sent: 2, received: 1, bytesReceived: 7 });
  counters.countRetransmitted();
  expect(counters.takeIfChanged()).toMatchObject({ retransmitted: 1 });
  counters.countDropped('loss');
  counters.countDropped('loss');
  counters.countDropped('cut');
  expect(counters.takeIfChanged()?.dropped).toEqual({ loss: 2, cut: 1 });
  expect(counters.takeIfChanged()).toBeUndefined();
});
