/** Messages in fragments on their way from node to node: which wait, which overtake, and when they are given up. */
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { LargeMessages } from '../../src/server/net/largeMessages.ts';
import type { NodeMessage } from '../../src/server/net/outbox.ts';
import type { AppendEntries, Message } from '../../src/raft/types.ts';
import { summaryOf } from '../../src/trace/messageSummary.ts';
import { labDigestOf } from '../../src/wire/crypto.ts';
import { decodeDatagram, encodeDatagram, encodeMessageBody } from '../../src/wire/index.ts';
import type { FragmentsReceived } from '../../src/wire/index.ts';
import { TestClock } from './support.ts';

const labDigest = labDigestOf('lab-a');

function append(prevLogIndex: number, ...sizes: readonly number[]): AppendEntries {
  const entries = sizes.map((size, at) => ({
    index: prevLogIndex + 1 + at, term: 1, type: 'command' as const, data: new Uint8Array(size),
  }));
  return { type: 'AppendEntries', from: 1, to: 2, term: 1, prevLogIndex, prevLogTerm: 0, leaderCommit: 0, entries };
}

function setUp(): {
  readonly clock: TestClock;
  readonly large: LargeMessages;
  readonly begin: (message: Message, number: number) => void;
  /** The numbers and indexes of the fragments that were sent. */
  readonly fragments: (readonly [number, number])[];
  readonly dispatched: NodeMessage[];
  readonly givenUp: (readonly [NodeMessage, readonly NodeMessage[]])[];
  readonly hear: (received: Omit<FragmentsReceived, 'boot' | 'bitmap'>) => boolean;
} {
  const fragments: (readonly [number, number])[] = [];
  const dispatched: NodeMessage[] = [];
  const givenUp: (readonly [NodeMessage, readonly NodeMessage[]])[] = [];
  const clock = new TestClock();
  const large = new LargeMessages({
    clock,
    crc32,
    boot: 4,
    datagramBytesMax: 1200,
    transmit: (to, body) => {
      const datagram = encodeDatagram(body, labDigest, { sender: 1, receiver: to, boot: 4, counter: 1 }, 1200);
      const decoded = decodeDatagram(datagram, { labDigest });
      if (!decoded.ok || decoded.kind !== 'fragment') {
        expect.unreachable('something else than a fragment was sent');
      }
      fragments.push([decoded.fragment.message, decoded.fragment.index]);
    },
    dispatch: (message) => dispatched.push(message),
    onRetransmitted: () => undefined,
    onGivenUp: ({ message }, waiting) => givenUp.push([message, waiting]),
    onAbandoned: () => expect.unreachable('nothing was received'),
  });
  const begin = (message: Message, number: number): void => {
    large.begin({ message, number, summary: () => summaryOf(message) }, encodeMessageBody(message));
  };
  let counter = 0;
  const hear = (received: Omit<FragmentsReceived, 'boot' | 'bitmap'>): boolean => {
    counter += 1;
    const header = { sender: 2, receiver: 1, boot: 1, counter };
    return large.acceptReceived(header, { ...received, boot: 4, bitmap: new Uint8Array() });
  };
  return { clock, large, begin, fragments, dispatched, givenUp, hear };
}

describe('while a message is under way', () => {
  test('others wait, and go in their order when it has arrived', () => {
    const { clock, large, begin, fragments, dispatched, hear } = setUp();
    expect(large.isBusy(2)).toBe(false);
    begin(append(0, 3000), 10);
    expect(fragments).toEqual([[10, 0], [10, 1], [10, 2]]);
    expect(large.isBusy(2)).toBe(true);
    const [second, third] = [append(1, 10), append(2)];
    expect([large.wait(second), large.wait(third)]).toEqual([true, true]);
    expect(hear({ message: 10, below: 2 })).toBe(true);
    expect(dispatched).toEqual([]);
    hear({ message: 10, below: 3 });
    expect(dispatched).toEqual([second, third]);
    expect(large.isBusy(2)).toBe(false);
    expect(clock.timerCount).toBeLessThanOrEqual(1);
    clock.advance(60_000);
    expect(fragments).toHaveLength(3);
    expect(clock.timerCount).toBe(0);
  });

  test('what it brings is not sent a second time, but newer entries are', () => {
    const { large, begin, dispatched, hear } = setUp();
    begin(append(0, 3000), 10);
    large.wait(append(0, 3000));
    large.wait(append(0));
    large.wait(append(1, 10));
    large.wait(append(1, 10));
    large.wait({ ...append(1, 10), term: 2 });
    hear({ message: 10, below: 3 });
    expect(dispatched.map((message) => [message.term, message.type === 'AppendEntries' && message.prevLogIndex]))
      .toEqual([[1, 1], [2, 1]]);
  });

  test('of those without entries only what tells of a later commit waits too', () => {
    const { large, begin, dispatched, hear } = setUp();
    begin(append(0, 3000), 10);
    for (const leaderCommit of [3, 3, 2, 4]) large.wait({ ...append(5), leaderCommit });
    hear({ message: 10, below: 3 });
    expect(dispatched.map((message) => message.type === 'AppendEntries' && message.leaderCommit)).toEqual([3, 4]);
  });

  test('what has left makes room for others, and so does what was given up', () => {
    const { clock, large, begin, hear } = setUp();
    const fill = (): number => {
      let taken = 0;
      while (large.wait(append(taken + 1, 1024 * 1024))) taken += 1;
      return taken;
    };
    begin(append(0, 3000), 10);
    expect(fill()).toBe(8);
    hear({ message: 10, below: 3 });
    begin(append(0, 3000), 11);
    expect(fill()).toBe(8);
    clock.advance(60_000);
    begin(append(0, 3000), 12);
    expect(fill()).toBe(8);
  });

  test('only so much waits: a leader hears that the follower is too slow', () => {
    const { large, begin } = setUp();
    begin(append(0, 3000), 10);
    let waiting = 0;
    while (large.wait(append(waiting + 1, 1024 * 1024))) {
      waiting += 1;
    }
    expect(waiting).toBe(8);
    while (large.wait(append(waiting + 1))) {
      waiting += 1;
    }
    expect(waiting).toBe(512);
  });

  test('a word that cannot be true is told from one that comes late', () => {
    const { begin, hear } = setUp();
    begin(append(0, 3000), 10);
    expect(hear({ message: 9, below: 3 })).toBe(true);
    expect(hear({ message: 10, below: 4 })).toBe(false);
  });
});

describe('a receiver that says nothing', () => {
  test('is tried now and then, and given up after half a minute, with all that waits', () => {
    const { clock, large, begin, fragments, givenUp } = setUp();
    const [first, second] = [append(0, 3000), append(1, 10)];
    begin(first, 10);
    large.wait(second);
    clock.advance(29_000);
    expect(givenUp).toEqual([]);
    expect(fragments.length).toBeGreaterThan(50);
    expect(fragments.length).toBeLessThan(80);
    clock.advance(1500);
    expect(givenUp).toEqual([[first, [second]]]);
    expect(large.isBusy(2)).toBe(false);
    expect(clock.timerCount).toBe(0);
    begin(append(0, 3000), 11);
    expect(fragments.at(-1)).toEqual([11, 2]);
  });

  test('and is no longer known is forgotten at once', () => {
    const { clock, large, begin, givenUp } = setUp();
    begin(append(0, 3000), 10);
    large.retain((id) => id !== 2);
    expect(givenUp).toHaveLength(1);
    large.close();
    expect(clock.timerCount).toBe(0);
  });
});
