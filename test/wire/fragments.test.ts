/** Fragments: what is cut comes back as it was, whatever the network does. */
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCbor } from '../../src/cbor/strict.ts';
import { labDigestOf } from '../../src/wire/crypto.ts';
import {
  bodyBytesMax, decodeDatagram, encodeDatagram, encodeFragmentBody, encodeReceivedBody, fragmentDataBytesMax,
  LAN_DATAGRAM_BYTES_MAX, MESSAGE_BYTES_MAX,
} from '../../src/wire/index.ts';
import type { Body, Fragment } from '../../src/wire/index.ts';
import {
  cutOf, FRAGMENTS_MAX, fragmentFromArray, fragmentToArray, MESSAGE_LIFETIME_MS_MAX,
} from '../../src/wire/fragments.ts';
import { UNANSWERED_TRIES_MAX } from '../../src/wire/fragmentSender.ts';
import { bodyOf, FragmentLink, fragmentsOf, headerOf } from './fragmentLink.ts';
import type { LinkSettings } from './fragmentLink.ts';

const labDigest = labDigestOf('lab-1');

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
    expect(() => cutOf(bodyOf(10), 10, crc32)).toThrow(RangeError);
    expect(() => cutOf(new Uint8Array(MESSAGE_BYTES_MAX + 1), 1000, crc32)).toThrow(RangeError);
    expect(() => cutOf(new Uint8Array(FRAGMENTS_MAX + 1), 1, crc32)).toThrow(RangeError);
    expect(cutOf(new Uint8Array(MESSAGE_BYTES_MAX), fragmentDataBytesMax(LAN_DATAGRAM_BYTES_MAX), crc32).count)
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
