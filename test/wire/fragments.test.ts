/** Fragments: what is cut comes back as it was, whatever the network does, and nothing that anyone sends does harm. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCbor } from '../../src/cbor/strict.ts';
import {
  bodyBytesMax, decodeDatagram, encodeDatagram, encodeFragmentBody, encodeReceivedBody, fragmentDataBytesMax,
  FragmentReceiver, FragmentSender, labDigestOf, LAN_DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MAX,
} from '../../src/wire/index.ts';
import type { Body, Fragment } from '../../src/wire/index.ts';
import { INCOMPLETE_BYTES_MAX } from '../../src/wire/fragmentReceiver.ts';
import {
  cutOf, FRAGMENTS_MAX, fragmentFromArray, fragmentToArray, MESSAGE_LIFETIME_MS_MAX, rangeOf,
} from '../../src/wire/fragments.ts';
import { UNANSWERED_TRIES_MAX } from '../../src/wire/fragmentSender.ts';
import { bodyOf, FragmentLink } from './fragmentLink.ts';
import type { LinkSettings } from './fragmentLink.ts';

const labDigest = labDigestOf('lab-1');
const headerOf = (sender: number, counter = 1, boot = 1) => ({ sender, receiver: 9, boot, counter });

function fragmentsOf(body: Uint8Array, dataBytesMax: number, message = 7): Fragment[] {
  const cut = cutOf(body, dataBytesMax);
  return Array.from({ length: cut.count }, (_, index) => {
    const { start, end } = rangeOf(cut, index);
    return { ...cut, message, index, data: body.subarray(start, end) };
  });
}

const lengthOf = (body: Body): number => body.reduce((sum, part) => sum + part.length, 0);

describe('cutting', () => {
  it('gives the body back when its parts are put one behind the other, none longer than allowed', () => {
    const sizes = fc.tuple(fc.integer({ min: 2, max: 5000 }), fc.integer({ min: 2, max: 400 }));
    fc.assert(fc.property(sizes.filter(([bytes, max]) => bytes > max), ([bytes, dataBytesMax]) => {
      const body = bodyOf(bytes);
      const parts = fragmentsOf(body, dataBytesMax).map(({ data }) => data);
      expect(Buffer.concat(parts).equals(body)).toBe(true);
      for (const part of parts) {
        expect(part.length).toBeGreaterThan(0);
        expect(part.length).toBeLessThanOrEqual(dataBytesMax);
      }
    }));
  });

  it('refuses what needs no cutting, what is too long and what would be too many', () => {
    expect(() => cutOf(bodyOf(10), 10)).toThrow(RangeError);
    expect(() => cutOf(new Uint8Array(MESSAGE_BYTES_MAX + 1), 1000)).toThrow(RangeError);
    expect(() => cutOf(new Uint8Array(FRAGMENTS_MAX + 1), 1)).toThrow(RangeError);
    expect(cutOf(new Uint8Array(MESSAGE_BYTES_MAX), fragmentDataBytesMax(LAN_DATAGRAM_BYTES_MAX)).count)
      .toBeLessThan(FRAGMENTS_MAX);
  });

  it('fits: the longest fragment and the longest word of what has arrived go into a datagram of a LAN', () => {
    const max = fragmentDataBytesMax(LAN_DATAGRAM_BYTES_MAX);
    const [first] = fragmentsOf(new Uint8Array(MESSAGE_BYTES_MAX), max, 2 ** 48 - 1);
    const longest = { ...first, index: FRAGMENTS_MAX - 1, count: FRAGMENTS_MAX } as Fragment;
    expect(lengthOf(encodeFragmentBody({ ...longest, data: new Uint8Array(max) })))
      .toBeLessThanOrEqual(bodyBytesMax(LAN_DATAGRAM_BYTES_MAX));
    const word = {
      boot: 2 ** 32 - 1, message: 2 ** 48 - 1, below: FRAGMENTS_MAX, bitmap: new Uint8Array(FRAGMENTS_MAX / 8),
    };
    expect(lengthOf(encodeReceivedBody(word))).toBeLessThanOrEqual(bodyBytesMax(LAN_DATAGRAM_BYTES_MAX));
  });
});

describe('datagrams of fragments', () => {
  it('come back as they were sent', () => {
    const [, fragment] = fragmentsOf(bodyOf(1000), 300, 2 ** 40);
    if (fragment === undefined) expect.unreachable('nothing was cut');
    const header = headerOf(3, 9);
    expect(decodeDatagram(encodeDatagram(encodeFragmentBody(fragment), labDigest, header), { labDigest }))
      .toEqual({ ok: true, header, kind: 'fragment', fragment });
    const received = { boot: 4, message: 2 ** 40, below: 3, bitmap: Uint8Array.of(0b10, 1) };
    expect(decodeDatagram(encodeDatagram(encodeReceivedBody(received), labDigest, header), { labDigest }))
      .toEqual({ ok: true, header, kind: 'received', received });
  });

  it('are what a CBOR library writes', () => {
    const anyData = fc.uint8Array({ minLength: 2, maxLength: 700 });
    fc.assert(fc.property(anyData, fc.integer({ min: 1, max: 2 ** 48 }), (data, message) => {
      const fragment = { message, bytes: 2 * data.length, count: 2, checksum: 5, index: 0, data };
      const { checksum, count, index, bytes } = fragment;
      const written = Buffer.concat(encodeFragmentBody(fragment));
      expect(decodeCbor(written)).toEqual([2, message, bytes, count, checksum, index, data]);
    }));
  });

  const [good] = fragmentsOf(bodyOf(1000), 300);
  it.each<[string, Partial<Fragment>]>([
    ['of message 0', { message: 0 }],
    ['with a part that is too short for its place', { data: new Uint8Array(249) }],
    ['with a part that is too long for its place', { data: new Uint8Array(251) }],
    ['beyond the last one', { index: 4 }],
    ['before the first one', { index: -1 }],
    ['of a message of one fragment', { count: 1, data: new Uint8Array(1000) }],
    ['of a message of too many fragments', { count: FRAGMENTS_MAX + 1, bytes: FRAGMENTS_MAX + 1, data: bodyOf(1) }],
    ['of a message with empty fragments', { bytes: 9, count: 6, data: new Uint8Array(2) }],
    ['of a message that is too long', { bytes: MESSAGE_BYTES_MAX + 1, count: 2, data: new Uint8Array(1_081_345) }],
    ['of a message of half a byte', { bytes: 1000.5 }],
    ['with a checksum that is too large', { checksum: 2 ** 32 }],
  ])('are refused %s', (_what, change) => {
    expect(fragmentFromArray(fragmentToArray({ ...good, ...change } as Fragment))).toBeUndefined();
  });
});

describe('a link', () => {
  it('without loss carries each fragment once', () => {
    const link = new FragmentLink();
    const body = bodyOf(1024 * 1024);
    expect(link.transfer(1, body)).toBeDefined();
    expect(Buffer.compare(link.bodies[0] ?? bodyOf(0), body)).toBe(0);
    expect(link.repeated).toBe(0);
    expect(link.fragmentsSent).toBe(Math.ceil(body.length / 1120));
  });

  it('never has more under way than a window', () => {
    const link = new FragmentLink({ delayMs: 20 });
    link.transfer(1, bodyOf(1024 * 1024));
    expect(link.underWayMax).toBeLessThanOrEqual(80 + 10); // fragments, and words of what has arrived
    const loopback = new FragmentLink({ delayMs: 20, dataBytesMax: 59_920 });
    loopback.transfer(1, bodyOf(1024 * 1024));
    expect(loopback.underWayMax).toBeLessThanOrEqual(3 + 3);
  });

  it('with 5 % loss repeats about 5 % of 1 MiB, and no more time passes than a few round trips', () => {
    const link = new FragmentLink({ lossPercent: 5, delayMs: 1 });
    const tookMs = link.transfer(1, bodyOf(1024 * 1024));
    expect(link.bodies).toHaveLength(1);
    const needed = Math.ceil(1024 * 1024 / 1120);
    expect(link.repeated).toBeGreaterThan(needed * 0.03);
    expect(link.repeated).toBeLessThan(needed * 0.12);
    expect(tookMs).toBeLessThan(400);
  });

  /** Sends messages of these sizes, one after the other; each has to come whole, once, and as it was. */
  const expectAllCarried = (settings: Partial<LinkSettings>, sizes: readonly number[]): FragmentLink => {
    const link = new FragmentLink(settings);
    sizes.forEach((bytes, at) => {
      expect(link.transfer(at + 1, bodyOf(bytes)), `message ${at + 1} of ${bytes} bytes`).toBeDefined();
    });
    expect(link.bodies.map((body) => body.length)).toEqual(sizes);
    for (const body of link.bodies) expect(Buffer.compare(body, bodyOf(body.length))).toBe(0);
    expect(link.receiver.incompleteBytes).toBe(0);
    return link;
  };

  it('carries every message whole and once, whatever is doubled, late, out of order or, up to 40 %, lost', () => {
    fc.assert(fc.property(
      fc.record({
        seed: fc.nat(),
        lossPercent: fc.integer({ min: 0, max: 40 }),
        duplicatePercent: fc.integer({ min: 0, max: 40 }),
        delayMs: fc.integer({ min: 0, max: 50 }),
        jitterMs: fc.integer({ min: 0, max: 50 }),
        dataBytesMax: fc.integer({ min: 50, max: 400 }),
      }),
      fc.array(fc.integer({ min: 401, max: 12_000 }), { minLength: 1, maxLength: 3 }),
      (settings, sizes) => {
        expectAllCarried(settings, sizes);
      },
    ), {
      seed: 1343326207,
      numRuns: 300,
      examples: [[
        { seed: 282829257, lossPercent: 28, duplicatePercent: 0, delayMs: 0, jitterMs: 0, dataBytesMax: 50 },
        [5051, 1301, 401],
      ]],
    });
  });

  it.each([
    ['the longest message at 40 % loss', 40, 5, 1120, [MESSAGE_BYTES_MAX]],
    ['the longest message at 40 % loss and half a second of delay', 40, 500, 1120, [MESSAGE_BYTES_MAX]],
    ['100 messages at 60 % loss', 60, 20, 200, Array.from({ length: 100 }, (_, at) => 401 + 50 * at)],
    ['20 messages at 60 % loss and a second of delay', 60, 1000, 200, Array.from({ length: 20 }, () => 3000)],
  ])('carries %s', (_what, lossPercent, delayMs, dataBytesMax, sizes) => {
    expectAllCarried({ seed: 11, lossPercent, delayMs, dataBytesMax, limitMs: MESSAGE_LIFETIME_MS_MAX }, sizes);
  });

  it('takes no loss for slowness: what waited through lost words is no round trip', () => {
    let longestMs = 0;
    for (let seed = 1; seed <= 300; seed += 1) {
      const link = new FragmentLink({ seed, lossPercent: 40, delayMs: 0, dataBytesMax: 50 });
      for (let message = 1; message <= 3; message += 1) {
        link.transfer(message, bodyOf(2000));
        longestMs = Math.max(longestMs, link.longestWaitMs);
      }
    }
    // The doubled timeout's end. A link whose answers come at once has no reason to wait longer for one.
    expect(longestMs).toBeLessThanOrEqual(500);
  });

  it('learns how long a slow link takes: it does not send everything twice', () => {
    const link = new FragmentLink({ delayMs: 1000 });
    link.transfer(1, bodyOf(200_000));
    link.transfer(2, bodyOf(200_000));
    expect(link.repeated).toBeLessThan(20);
  });

  it('sends again what a receiver forgot that was started anew', () => {
    const link = new FragmentLink({ delayMs: 2 });
    let steps = 0;
    const body = bodyOf(300_000);
    expect(link.transfer(1, body, () => {
      steps += 1;
      if (steps === 6) link.restartReceiver();
    })).toBeDefined();
    expect(link.repeated).toBeGreaterThan(0);
    expect(Buffer.compare(link.bodies[0] ?? bodyOf(0), body)).toBe(0);
  });

  it('that is dead is tried twice a second, and given up in the end', () => {
    const link = new FragmentLink({ lossPercent: 100 });
    expect(link.transfer(1, bodyOf(1024 * 1024))).toBeUndefined();
    expect(link.sender.isOverdue(link.nowMs)).toBe(true);
    expect(link.repeated).toBe(UNANSWERED_TRIES_MAX);
    expect(link.nowMs).toBe(1000 + 100 + 200 + 400 + 58 * 500);
    expect(link.sender.take(link.nowMs)).toEqual([]);
    link.sender.giveUp();
    expect(link.sender).toMatchObject({ isBusy: false, deadlineMs: Infinity });
  });
});

describe('a sender', () => {
  it('has one message under way at a time', () => {
    const sender = new FragmentSender(1, 100);
    sender.start(1, bodyOf(1000), 0);
    expect(() => sender.start(2, bodyOf(1000), 0)).toThrow(RangeError);
  });

  it('gives up after a time, even when words of progress never end', () => {
    const sender = new FragmentSender(1, 100);
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
    const sender = new FragmentSender(5, 100);
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
    const sender = new FragmentSender(1, 100);
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
    const { hear } = underWay();
    expect(hear(20, 1)).toEqual([]);
    expect(hear(25, 1, 2)).toEqual([]);
    // A round trip is measured as 20.6 ms by then: 25.8 ms and no less have to be over.
    expect(hear(26, 1, 2), 'no news').toEqual([]);
    expect(hear(27, 1, 2, 3)).toEqual([0]);
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
      const sender = new FragmentSender(1, 100);
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

describe('a receiver', () => {
  it('puts a message together from any order, and delivers it once', () => {
    fc.assert(fc.property(fc.integer({ min: 101, max: 3000 }), fc.infiniteStream(fc.nat()), (bytes, order) => {
      const body = bodyOf(bytes);
      const receiver = new FragmentReceiver();
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
    const receiver = new FragmentReceiver();
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
    const receiver = new FragmentReceiver();
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
    const receiver = new FragmentReceiver();
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
    const receiver = new FragmentReceiver();
    const [first, second] = fragmentsOf(bodyOf(150), 100, 3);
    if (first === undefined || second === undefined) expect.unreachable('nothing was cut');
    receiver.accept(headerOf(1, 5, 1), { ...first, message: 900 }, 0);
    expect(receiver.accept(headerOf(1, 1, 2), first, 0)).toEqual({ type: 'kept' });
    expect(receiver.accept(headerOf(1, 2, 2), second, 0)).toEqual({ type: 'complete', body: bodyOf(150) });
  });

  it('gives up what takes too long, however busily it comes, and frees its memory', () => {
    const receiver = new FragmentReceiver();
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
    const receiver = new FragmentReceiver();
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
    const receiver = new FragmentReceiver(MESSAGE_BYTES_MAX);
    expect(receiver.accept(headerOf(1), longFragment(1), 0)).toEqual({ type: 'kept' });
    expect(receiver.accept(headerOf(2), longFragment(1), 0)).toEqual({ type: 'refused', reason: 'queue-full' });
    expect(receiver.accept(headerOf(1), longFragment(2), 0)).toEqual({ type: 'kept' });
    expect(receiver.incompleteBytes).toBe(MESSAGE_BYTES_MAX);
  });

  it('remembers 64 senders, and frees what the one has begun that was heard longest ago', () => {
    const receiver = new FragmentReceiver();
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
    const receiver = new FragmentReceiver();
    const [first] = fragmentsOf(bodyOf(150), 100);
    if (first === undefined) expect.unreachable('nothing was cut');
    receiver.accept(headerOf(1, 1, 2), first, 0);
    expect(receiver.accept(headerOf(1, 2, 1), { ...first, message: 99 }, 0))
      .toEqual({ type: 'refused', reason: 'duplicate' });
    expect(receiver.accept(headerOf(1, 3, 3), { ...first, message: 1 }, 0)).toEqual({ type: 'kept' });
  });

  it('gives its word after 8 fragments or 64 KiB, and then counts anew', () => {
    const receiver = new FragmentReceiver();
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
    const receiver = new FragmentReceiver();
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
      const receiver = new FragmentReceiver();
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
