/** Datagrams: every message comes back as it was sent, and nothing that anyone may send does harm. */
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { encodeCbor } from '../../src/cbor/strict.ts';
import type { CborValue } from '../../src/cbor/strict.ts';
import type { AppendEntries, Message } from '../../src/raft/types.ts';
import type { DropReason } from '../../src/trace/events.ts';
import { labDigestOf } from '../../src/wire/crypto.ts';
import {
  DATAGRAM_BYTES_MAX, decodeDatagram, encodeMessage, encodeMessageBody, HEADER_BYTES, MESSAGE_BYTES_MAX,
  messageIdOf, MessageTooLongError,
} from '../../src/wire/index.ts';
import type { DecodeFailure } from '../../src/wire/index.ts';
import { anyMessage, messagesByType } from './arbitraries.ts';

const labDigest = labDigestOf('lab-1');
const stamp = { labDigest, boot: 7, counter: 2 ** 40 + 5 };

const heartbeat: Message = { type: 'Heartbeat', from: 3, to: 4, term: 2, leaderCommit: 17, context: new Uint8Array() };

/** A datagram with a good header and the given body. */
function withBody(body: CborValue): Uint8Array {
  const good = encodeMessage(heartbeat, stamp);
  return Uint8Array.from([...good.subarray(0, HEADER_BYTES), ...encodeCbor(body)]);
}

function reasonFor(bytes: Uint8Array): DecodeFailure | 'ok' {
  const result = decodeDatagram(bytes, { labDigest });
  return result.ok ? 'ok' : result.reason;
}

describe('round trip', () => {
  for (const [type, arbitrary] of Object.entries(messagesByType)) {
    it(`brings back every ${type}`, () => {
      fc.assert(fc.property(arbitrary, (message) => {
        const result = decodeDatagram(encodeMessage(message, stamp), { labDigest });
        expect(result).toEqual({
          ok: true,
          header: { sender: message.from, receiver: message.to, boot: 7, counter: 2 ** 40 + 5 },
          kind: 'message',
          message,
        });
      }), { numRuns: 100 });
    });
  }

  it('keeps no reference to the received bytes', () => {
    const message: Message = { ...heartbeat, context: Uint8Array.of(1, 2, 3) };
    const bytes = encodeMessage(message, stamp);
    const result = decodeDatagram(bytes, { labDigest });
    bytes.fill(0);
    expect(result).toMatchObject({ ok: true, message });
  });

  it('reads a datagram out of the middle of a larger buffer', () => {
    const bytes = encodeMessage(heartbeat, stamp);
    const buffer = Buffer.alloc(bytes.length + 20);
    buffer.set(bytes, 10);
    const result = decodeDatagram(buffer.subarray(10, 10 + bytes.length), { labDigest });
    expect(result).toMatchObject({ ok: true, message: heartbeat });
  });

  it('names a datagram by sender, boot and counter', () => {
    expect(messageIdOf({ sender: 1003, boot: 4, counter: 99 })).toBe('1003.4.99');
  });
});

describe('what is refused', () => {
  const good = encodeMessage(heartbeat, stamp);
  const changed = (offset: number, value: number): Uint8Array => {
    const bytes = Uint8Array.from(good);
    bytes[offset] = value;
    return bytes;
  };

  it('says which check failed, in the order of the checks', () => {
    expect(reasonFor(new Uint8Array(DATAGRAM_BYTES_MAX + 1))).toBe('too-long');
    expect(reasonFor(good.subarray(0, HEADER_BYTES))).toBe('too-short');
    expect(reasonFor(new Uint8Array())).toBe('too-short');
    expect(reasonFor(changed(0, 0))).toBe('bad-magic');
    expect(reasonFor(changed(4, 99))).toBe('other-version');
    expect(reasonFor(changed(5, 99))).toBe('other-version');
    expect(reasonFor(changed(5, 1)), 'sealed, for a node without a secret').toBe('bad-seal');
    expect(decodeDatagram(good, { labDigest: labDigestOf('lab-2') })).toMatchObject({ ok: false, reason: 'other-lab' });
    expect(reasonFor(changed(25, 0))).toBe('malformed'); // sender 0
    expect(reasonFor(good)).toBe('ok');
  });

  it.each<[string, CborValue]>([
    ['no array', 'hello'],
    ['an unknown kind', [9, 7, 2, 17, new Uint8Array()]],
    ['an unknown type', [1, 99, 2, 17, new Uint8Array()]],
    ['a missing field', [1, 7, 2, 17]],
    ['one field too many', [1, 7, 2, 17, new Uint8Array(), 0]],
    ['a negative term', [1, 7, -2, 17, new Uint8Array()]],
    ['a fractional index', [1, 7, 2, 17.5, new Uint8Array()]],
    ['an index beyond the safe integers', [1, 7, 2, 2 ** 60, new Uint8Array()]],
    ['text for bytes', [1, 7, 2, 17, 'context']],
    ['a context that is too long', [1, 7, 2, 17, new Uint8Array(65)]],
    ['members that are not ascending', [1, 9, 2, 5, 1, [[2, 1], [], [], [], false], new Uint8Array()]],
    ['an entry of an unknown type', [1, 1, 2, 0, 0, 0, [[1, 7, new Uint8Array()]]]],
    ['an entry of term 0', [1, 1, 2, 0, 0, 0, [[0, 0, new Uint8Array()]]]],
    ['entries whose terms go back', [1, 1, 3, 0, 0, 0, [[2, 0, new Uint8Array()], [1, 0, new Uint8Array()]]]],
    ['an entry of an older term than the one before it', [1, 1, 3, 4, 2, 0, [[1, 0, new Uint8Array()]]]],
    ['an entry of a later term than its leader', [1, 1, 3, 0, 0, 0, [[4, 0, new Uint8Array()]]]],
    ['a heartbeat of term 0', [1, 7, 0, 17, new Uint8Array()]],
    ['a vote of term 0', [1, 4, 0, true, 0, 0]],
    ['an empty proposal', [1, 11, 0, []]],
  ])('a body with %s', (_what, body) => {
    expect(reasonFor(withBody(body))).toBe('malformed');
  });

  it('has the trace\'s words for every reason', () => {
    expectTypeOf<DecodeFailure>().toExtend<DropReason>();
  });

  it('never throws: random bytes behind a good header', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (body) => {
      decodeDatagram(Uint8Array.from([...good.subarray(0, HEADER_BYTES), ...body]), { labDigest });
      decodeDatagram(body, { labDigest });
    }), { numRuns: 5000 });
  });

  it('never throws: truncated and bit-flipped messages; a truncated one is never accepted', () => {
    fc.assert(fc.property(anyMessage, fc.nat(), fc.nat(), (message, cut, flip) => {
      const bytes = encodeMessage(message, stamp);
      expect(reasonFor(bytes.subarray(0, cut % bytes.length))).not.toBe('ok');
      const flipped = Uint8Array.from(bytes);
      const bit = flip % (bytes.length * 8);
      flipped[bit >>> 3] = (flipped[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      decodeDatagram(flipped, { labDigest });
    }), { numRuns: 2000 });
  });
});

describe('what does not fit', () => {
  const withData = (bytes: number): AppendEntries => ({
    type: 'AppendEntries', from: 1, to: 2, term: 1, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 0,
    entries: [{ term: 1, index: 1, type: 'command', data: new Uint8Array(bytes) }],
  });

  it('gives an error with the size: a datagram that is too long is a bug, a message may just be too long', () => {
    expect(() => encodeMessage(withData(DATAGRAM_BYTES_MAX), stamp)).toThrow(/do not fit into a datagram of 60000 bytes/);
    const encode = () => encodeMessageBody(withData(MESSAGE_BYTES_MAX));
    expect(encode).toThrow(MessageTooLongError);
    expect(encode).toThrow(/a AppendEntries of 2162\d{3} bytes is longer than the longest message, 2162688 bytes/);
  });

  it('fills a datagram to the last byte', () => {
    const overhead = encodeMessage(withData(50_000), stamp).length - 50_000;
    const full = encodeMessage(withData(DATAGRAM_BYTES_MAX - overhead), stamp);
    expect(full).toHaveLength(DATAGRAM_BYTES_MAX);
    expect(reasonFor(full)).toBe('ok');
  });

  it('refuses to write entries that do not follow each other: their indexes are not sent', () => {
    const message = withData(1);
    const gap = { ...message, entries: [{ term: 1, index: 5, type: 'command' as const, data: new Uint8Array() }] };
    expect(() => encodeMessage(gap, stamp)).toThrow(/entry 5 stands at 1/);
  });

  it('refuses a counter that has run out', () => {
    expect(() => encodeMessage(heartbeat, { ...stamp, counter: 2 ** 48 })).toThrow(RangeError);
  });
});
