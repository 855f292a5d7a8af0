/** A sender of fragments: what leaves when, what is sent again, and when a message is given up. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FragmentSender } from '../../src/wire/index.ts';
import { MESSAGE_LIFETIME_MS_MAX } from '../../src/wire/fragments.ts';
import { UNANSWERED_TRIES_MAX } from '../../src/wire/fragmentSender.ts';
import { bodyOf, headerOf } from './fragmentLink.ts';

describe('a sender', () => {
  it('has one message under way at a time', () => {
    const sender = new FragmentSender(1, 100, crc32);
    sender.start(1, bodyOf(1000), 0);
    expect(() => sender.start(2, bodyOf(1000), 0)).toThrow(RangeError);
  });

  it('gives up after a time, even when words of progress never end', () => {
    const sender = new FragmentSender(1, 100, crc32);
    sender.start(1, bodyOf(1000), 0);
    let nowMs = 0;
    for (let counter = 1; !sender.isOverdue(nowMs); counter += 1) {
      nowMs += 1000;
      sender.take(nowMs);
      // Now it has some, now it has none: as a receiver would say that is started anew again and again.
      const word = { boot: 1, message: 1, below: counter % 2, bitmap: new Uint8Array() };
      sender.acknowledge(headerOf(2, counter), word, nowMs);
    }
    expect(nowMs).toBe(MESSAGE_LIFETIME_MS_MAX);
  });

  it('takes no word about other messages, other boots, or from before', () => {
    const sender = new FragmentSender(5, 100, crc32);
    sender.start(9, bodyOf(1000), 0);
    sender.take(0);
    const word = { boot: 5, message: 9, below: 10, bitmap: new Uint8Array() };
    expect(sender.acknowledge(headerOf(2, 1), { ...word, boot: 4 }, 1)).toBe('ignored');
    expect(sender.acknowledge(headerOf(2, 2), { ...word, message: 8 }, 1)).toBe('ignored');
    expect(sender.acknowledge(headerOf(2, 3), { ...word, below: 11 }, 1)).toBe('malformed');
    expect(sender.acknowledge(headerOf(2, 4), { ...word, below: 9, bitmap: new Uint8Array(2) }, 1)).toBe('malformed');
    expect(sender.acknowledge(headerOf(2, 5), { ...word, below: 3 }, 1)).toBe('progress');
    expect(sender.acknowledge(headerOf(2, 4), { ...word, below: 2 }, 1)).toBe('ignored');
    expect(sender.acknowledge(headerOf(2, 6), word, 1)).toBe('complete');
    expect(sender.acknowledge(headerOf(2, 7), word, 1)).toBe('ignored');
  });

  /** A sender with five fragments under way, and the indexes of what it sends when it hears that some have arrived. */
  const underWay = () => {
    const sender = new FragmentSender(1, 100, crc32);
    sender.start(1, bodyOf(500), 0);
    expect(sender.take(0)).toHaveLength(5);
    let counter = 0;
    const hear = (nowMs: number, ...arrived: readonly number[]): readonly number[] => {
      counter += 1;
      const bitmap = Uint8Array.of(arrived.reduce((bits, index) => bits | (1 << index), 0));
      sender.acknowledge(headerOf(2, counter), { boot: 1, message: 1, below: 0, bitmap }, nowMs);
      return sender.take(nowMs).map(({ fragment }) => fragment.index);
    };
    return { sender, hear };
  };

  it('sends again what three later ones have overtaken, not what two have', () => {
    expect(underWay().hear(4, 2)).toEqual([]);
    expect(underWay().hear(4, 3)).toEqual([0]);
    expect(underWay().hear(4, 4)).toEqual([0, 1]);
  });

  it('sends again what one has overtaken when a round trip and a quarter is over, and nothing that left later', () => {
    const early = underWay();
    expect(early.hear(20, 1)).toEqual([]);
    expect(early.hear(25, 1, 2), 'a round trip is 20.6 ms by then').toEqual([]);
    const late = underWay();
    late.hear(20, 1);
    expect(late.hear(27, 1, 2), 'a round trip is 20.9 ms by then').toEqual([0]);
  });

  it('counts unanswered tries from the latest news on', () => {
    const { sender, hear } = underWay();
    let nowMs = 0;
    const tryInVain = (times: number): void => {
      for (let count = 0; count < times; count += 1) {
        nowMs = sender.deadlineMs;
        expect(sender.isOverdue(nowMs), `try ${count}`).toBe(false);
        expect(sender.take(nowMs)).toHaveLength(1);
      }
    };
    tryInVain(UNANSWERED_TRIES_MAX);
    hear(nowMs + 1, 3);
    tryInVain(UNANSWERED_TRIES_MAX);
    expect(sender.isOverdue(sender.deadlineMs - 1)).toBe(false);
    expect(sender.isOverdue(sender.deadlineMs)).toBe(true);
  });

  it('stays within its window and its message, whatever it is told', () => {
    const word = fc.record({
      boot: fc.constantFrom(1, 2), message: fc.constantFrom(1, 2), below: fc.nat({ max: 60 }),
      bitmap: fc.uint8Array({ maxLength: 8 }),
    });
    const step = fc.record({ word, counter: fc.nat({ max: 100 }), passedMs: fc.nat({ max: 600 }) });
    fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const sender = new FragmentSender(1, 100, crc32);
      sender.start(1, bodyOf(5000), 0);
      let nowMs = 0;
      for (const { word: received, counter, passedMs } of steps) {
        nowMs += passedMs;
        expect(sender.take(nowMs).length).toBeLessThanOrEqual(50);
        sender.acknowledge(headerOf(2, counter), received, nowMs);
      }
    }), { numRuns: 300 });
  });
});
