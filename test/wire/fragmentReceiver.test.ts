/** A receiver of fragments: nothing that anyone sends does harm, and its word says exactly what it has. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FragmentReceiver, MESSAGE_BYTES_MAX } from '../../src/wire/index.ts';
import type { Fragment } from '../../src/wire/index.ts';
import { INCOMPLETE_BYTES_MAX } from '../../src/wire/fragmentReceiver.ts';
import { fragmentFromArray, fragmentToArray, MESSAGE_LIFETIME_MS_MAX, rangeOf } from '../../src/wire/fragments.ts';
import { bodyOf, fragmentsOf, headerOf } from './fragmentLink.ts';

describe('a receiver', () => {
  it('puts a message together from any order, and delivers it once', () => {
    fc.assert(fc.property(fc.integer({ min: 101, max: 3000 }), fc.infiniteStream(fc.nat()), (bytes, order) => {
      const body = bodyOf(bytes);
      const receiver = new FragmentReceiver(crc32);
      const left = fragmentsOf(body, 100);
      const whole: Uint8Array[] = [];
      while (left.length > 0) {
        const [fragment] = left.splice((order.next().value ?? 0) % left.length, 1);
        if (fragment === undefined) break;
        const outcome = receiver.accept(headerOf(1), fragment, 0);
        if (outcome.type === 'complete') whole.push(outcome.body);
        expect(receiver.accept(headerOf(1), fragment, 0)).toEqual({ type: 'refused', reason: 'duplicate' });
      }
      expect(whole).toEqual([body]);
      expect(receiver.incompleteBytes).toBe(0);
    }));
  });

  it('tells again that a message has arrived when its sender has not heard', () => {
    const receiver = new FragmentReceiver(crc32);
    const [first, second] = fragmentsOf(bodyOf(150), 100);
    if (first === undefined || second === undefined) expect.unreachable('nothing was cut');
    receiver.accept(headerOf(1), first, 0);
    receiver.accept(headerOf(1), second, 0);
    const word = [{ to: 1, received: { boot: 1, message: 7, below: 2, bitmap: new Uint8Array() } }];
    expect(receiver.acknowledgements(0)).toEqual(word);
    expect(receiver.acknowledgements(0)).toEqual([]);
    expect(receiver.accept(headerOf(1), second, 900)).toEqual({ type: 'refused', reason: 'duplicate' });
    expect(receiver.acknowledgements(900)).toEqual(word);
  });

  it('says exactly what is missing: at once where a gap opens, else after a moment', () => {
    const receiver = new FragmentReceiver(crc32);
    const [first, second, third, , , sixth] = fragmentsOf(bodyOf(1000), 100);
    if (first === undefined || second === undefined || third === undefined || sixth === undefined) {
      expect.unreachable('nothing was cut');
    }
    receiver.accept(headerOf(1), first, 0);
    receiver.accept(headerOf(1), second, 1);
    expect(receiver.acknowledgements(1)).toEqual([]);
    expect(receiver.deadlineMs).toBe(5);
    receiver.accept(headerOf(1), sixth, 2);
    expect(receiver.acknowledgements(2))
      .toEqual([{ to: 1, received: { boot: 1, message: 7, below: 2, bitmap: Uint8Array.of(0b1000) } }]);
    receiver.accept(headerOf(1), third, 3);
    expect(receiver.acknowledgements(8))
      .toEqual([{ to: 1, received: { boot: 1, message: 7, below: 3, bitmap: Uint8Array.of(0b100) } }]);
  });

  it('gives a message up when a later one begins, and does not take it up again', () => {
    const receiver = new FragmentReceiver(crc32);
    const [old, oldLast] = fragmentsOf(bodyOf(150), 100, 7);
    const [next] = fragmentsOf(bodyOf(300), 100, 8);
    if (old === undefined || oldLast === undefined || next === undefined) expect.unreachable('nothing was cut');
    receiver.accept(headerOf(1), old, 0);
    expect(receiver.accept(headerOf(1), next, 0)).toEqual({ type: 'kept' });
    expect(receiver.deadlineMs).toBe(-Infinity);
    expect(receiver.abandoned(0)).toEqual([{ sender: 1, boot: 1, message: 7 }]);
    expect(receiver.accept(headerOf(1), oldLast, 0)).toEqual({ type: 'refused', reason: 'duplicate' });
    expect(receiver.incompleteBytes).toBe(300);
  });

  it('begins anew with a sender that was started anew', () => {
    const receiver = new FragmentReceiver(crc32);
    const [first, second] = fragmentsOf(bodyOf(150), 100, 3);
    if (first === undefined || second === undefined) expect.unreachable('nothing was cut');
    receiver.accept(headerOf(1, 5, 1), { ...first, message: 900 }, 0);
    expect(receiver.accept(headerOf(1, 1, 2), first, 0)).toEqual({ type: 'kept' });
    expect(receiver.accept(headerOf(1, 2, 2), second, 0)).toEqual({ type: 'complete', body: bodyOf(150) });
  });

  it('gives up what takes too long, however busily it comes, and frees its memory', () => {
    const receiver = new FragmentReceiver(crc32);
    const fragments = fragmentsOf(bodyOf(100_000), 100);
    const [first] = fragments;
    if (first === undefined) expect.unreachable('nothing was cut');
    receiver.accept(headerOf(1), first, 0);
    let nowMs = 0;
    for (const fragment of fragments.map((each) => ({ ...each, message: 8 }))) {
      if (receiver.accept(headerOf(2), fragment, nowMs).type === 'refused') break;
      expect(receiver.abandoned(nowMs)).toEqual([]);
      nowMs += 1000;
      receiver.acknowledgements(nowMs);
      if (nowMs === MESSAGE_LIFETIME_MS_MAX) break;
    }
    expect(receiver.deadlineMs).toBe(MESSAGE_LIFETIME_MS_MAX);
    expect(receiver.abandoned(MESSAGE_LIFETIME_MS_MAX - 1)).toEqual([]);
    expect(receiver.abandoned(MESSAGE_LIFETIME_MS_MAX).map(({ sender }) => sender)).toEqual([1, 2]);
    expect(receiver.incompleteBytes).toBe(0);
    expect(receiver.deadlineMs).toBe(Infinity);
    receiver.accept(headerOf(1), first, nowMs);
    expect(receiver.acknowledgements(nowMs), 'nothing is said of what was given up').toEqual([]);
  });

  it('keeps within its memory, whoever begins how many messages', () => {
    const receiver = new FragmentReceiver(crc32);
    let refused = 0;
    for (let sender = 1; sender <= 100; sender += 1) {
      for (let message = 1; message <= 3; message += 1) {
        const data = new Uint8Array(MESSAGE_BYTES_MAX / 2);
        const fragment = { message, bytes: MESSAGE_BYTES_MAX, count: 2, checksum: 0, index: 0, data };
        const outcome = receiver.accept(headerOf(sender), fragment, 0);
        refused += outcome.type === 'refused' && outcome.reason === 'queue-full' ? 1 : 0;
        expect(receiver.incompleteBytes).toBeLessThanOrEqual(INCOMPLETE_BYTES_MAX);
        receiver.abandoned(0);
      }
    }
    expect(refused).toBeGreaterThan(0);
  });

  const longFragment = (message: number): Fragment => ({
    message, bytes: MESSAGE_BYTES_MAX, count: 2, checksum: 0, index: 0, data: new Uint8Array(MESSAGE_BYTES_MAX / 2),
  });

  it('lets a later message take the place of the same sender\'s earlier one when there is no room for both', () => {
    const receiver = new FragmentReceiver(crc32, MESSAGE_BYTES_MAX);
    expect(receiver.accept(headerOf(1), longFragment(1), 0)).toEqual({ type: 'kept' });
    expect(receiver.accept(headerOf(2), longFragment(1), 0)).toEqual({ type: 'refused', reason: 'queue-full' });
    expect(receiver.accept(headerOf(1), longFragment(2), 0)).toEqual({ type: 'kept' });
    expect(receiver.incompleteBytes).toBe(MESSAGE_BYTES_MAX);
  });

  it('remembers 64 senders, and frees what the one has begun that was heard longest ago', () => {
    const receiver = new FragmentReceiver(crc32);
    const [first, second] = fragmentsOf(bodyOf(150), 100);
    if (first === undefined || second === undefined) expect.unreachable('nothing was cut');
    for (let sender = 1; sender <= 64; sender += 1) receiver.accept(headerOf(sender), first, 0);
    receiver.accept(headerOf(1), first, 0); // a copy, but heard
    expect(receiver.incompleteBytes).toBe(64 * 150);
    receiver.accept(headerOf(65), first, 0);
    expect(receiver.abandoned(0)).toEqual([{ sender: 2, boot: 1, message: 7 }]);
    expect(receiver.incompleteBytes).toBe(64 * 150);
    expect(receiver.accept(headerOf(1), second, 0).type).toBe('complete');
  });

  it('takes an earlier message of a later boot for the later one, and not the other way round', () => {
    const receiver = new FragmentReceiver(crc32);
    const [first] = fragmentsOf(bodyOf(150), 100);
    if (first === undefined) expect.unreachable('nothing was cut');
    receiver.accept(headerOf(1, 1, 2), first, 0);
    expect(receiver.accept(headerOf(1, 2, 1), { ...first, message: 99 }, 0))
      .toEqual({ type: 'refused', reason: 'duplicate' });
    expect(receiver.accept(headerOf(1, 3, 3), { ...first, message: 1 }, 0)).toEqual({ type: 'kept' });
  });

  it('gives its word after 8 fragments or 64 KiB, and then counts anew', () => {
    const receiver = new FragmentReceiver(crc32);
    const dueAfter = (fragments: readonly Fragment[], nowMs: number): readonly boolean[] => fragments.map((each) => {
      receiver.accept(headerOf(1), each, nowMs);
      return receiver.acknowledgements(nowMs).length > 0;
    });
    const small = fragmentsOf(bodyOf(2000), 100).slice(0, 17);
    const everyEighth = Array.from({ length: 17 }, (_, at) => at % 8 === 7);
    expect(dueAfter(small, 0)).toEqual(everyEighth);
    const large = fragmentsOf(bodyOf(300_000), 40_000, 8).slice(0, 5);
    expect(dueAfter(large, 100)).toEqual([false, true, false, true, false]);
  });

  it('does not believe a checksum that is wrong, nor fragments of different cuts', () => {
    const receiver = new FragmentReceiver(crc32);
    const [first, second] = fragmentsOf(bodyOf(150), 100).map((each) => ({ ...each, checksum: 7 }));
    const [other] = fragmentsOf(bodyOf(160), 100);
    if (first === undefined || second === undefined || other === undefined) expect.unreachable('nothing was cut');
    receiver.accept(headerOf(1), first, 0);
    expect(receiver.accept(headerOf(1), other, 0)).toEqual({ type: 'refused', reason: 'malformed' });
    expect(receiver.accept(headerOf(1), second, 0)).toEqual({ type: 'refused', reason: 'malformed' });
    expect(receiver.incompleteBytes).toBe(0);
  });

  it('never throws and never grows, whatever comes', () => {
    const number = fc.nat({ max: 3 });
    const anyFragment = fc.record({
      sender: number, boot: number, message: fc.integer({ min: 1, max: 4 }), bytes: fc.integer({ min: 2, max: 40 }),
      count: fc.integer({ min: 2, max: 8 }), checksum: number, index: number,
      passedMs: fc.nat({ max: 20_000 }),
    });
    fc.assert(fc.property(fc.array(anyFragment, { maxLength: 80 }), (steps) => {
      const receiver = new FragmentReceiver(crc32);
      let nowMs = 0;
      for (const { sender, boot, passedMs, ...rest } of steps) {
        nowMs += passedMs;
        const { start, end } = rangeOf(rest, rest.index);
        const data = new Uint8Array(Math.max(0, end - start));
        const fragment = fragmentFromArray(fragmentToArray({ ...rest, data }));
        if (fragment !== undefined) receiver.accept(headerOf(sender, 1, boot), fragment, nowMs);
        expect(receiver.incompleteBytes).toBeLessThanOrEqual(4 * 40);
        for (const { received } of receiver.acknowledgements(nowMs)) expect(received.below).toBeLessThanOrEqual(8);
        receiver.abandoned(nowMs);
      }
      receiver.abandoned(nowMs + MESSAGE_LIFETIME_MS_MAX);
      expect(receiver.incompleteBytes).toBe(0);
    }), { numRuns: 500 });
  });
});
