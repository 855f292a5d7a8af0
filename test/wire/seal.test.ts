/** The seal: what members of a lab send each other opens, and nothing that others send, change or repeat does. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/raft/types.ts';
import { DatagramOpener, DatagramSealer, labDigestOf } from '../../src/wire/crypto.ts';
import {
  DATAGRAM_BYTES_MAX, decodeDatagram, encodeDatagram, encodeMessage, encodeMessageBody, HEADER_BYTES, ReplayWindow,
  SEAL_BYTES,
} from '../../src/wire/index.ts';
import type { DatagramHeader, DecodeFailure } from '../../src/wire/index.ts';
import { anyMessage } from './arbitraries.ts';

const LAB = 'lab-1';
const labDigest = labDigestOf(LAB);
const secret = Uint8Array.from({ length: 32 }, (_, at) => at);
const otherSecret = Uint8Array.from({ length: 32 }, (_, at) => at + 1);
const start = Uint8Array.of(1, 2, 3, 4, 5, 6);

const FLAGS_AT = 5;

const heartbeat: Message = { type: 'Heartbeat', from: 3, to: 4, term: 2, leaderCommit: 17, context: new Uint8Array() };
const headerOf = (message: Message, counter: number, boot = 7): DatagramHeader =>
  ({ sender: message.from, receiver: message.to, boot, counter });

function sealed(message: Message, counter = 42, by: Partial<{ secret: Uint8Array; lab: string; boot: number }> = {}) {
  const boot = by.boot ?? 7;
  const sealer = new DatagramSealer(by.secret ?? secret, by.lab ?? LAB, message.from, boot, start);
  return sealer.seal(encodeMessage(message, { labDigest, boot, counter }), headerOf(message, counter, boot));
}

function reasonFor(bytes: Uint8Array, opener = new DatagramOpener([secret], LAB)): DecodeFailure | 'ok' {
  const result = decodeDatagram(bytes, { labDigest, opener });
  return result.ok ? 'ok' : result.reason;
}

describe('a sealed datagram', () => {
  it('brings the message back, is longer by the seal, and shows nothing but its header', () => {
    const opener = new DatagramOpener([secret], LAB);
    fc.assert(fc.property(anyMessage, fc.integer({ min: 1, max: 2 ** 48 - 1 }), (message, counter) => {
      const plain = encodeMessage(message, { labDigest, boot: 7, counter });
      const bytes = sealed(message, counter);
      expect(bytes).toHaveLength(plain.length + SEAL_BYTES);
      expect(decodeDatagram(bytes, { labDigest, opener }))
        .toEqual({ ok: true, header: headerOf(message, counter), kind: 'message', message });
    }), { numRuns: 300 });
    const value = Buffer.from('a value that nobody else is to read');
    const proposal: Message = {
      type: 'ForwardedProposal', from: 3, to: 4, term: 0,
      entries: [{ term: 0, index: 0, type: 'command', data: value }],
    };
    expect(Buffer.from(encodeMessage(proposal, { labDigest, boot: 7, counter: 1 })).includes(value)).toBe(true);
    expect(Buffer.from(sealed(proposal)).includes(value)).toBe(false);
  });

  it('of the same message never looks the same twice', () => {
    const bodyOf = (bytes: Uint8Array) => Buffer.from(bytes.subarray(HEADER_BYTES)).toString('hex');
    const differently = [
      sealed(heartbeat, 1), sealed(heartbeat, 2), sealed(heartbeat, 1, { boot: 8 }),
      sealed({ ...heartbeat, from: 1003 }, 1),
      sealed(heartbeat, 1, { secret: otherSecret }), sealed(heartbeat, 1, { lab: 'lab-2' }),
    ];
    expect(new Set(differently.map(bodyOf)).size).toBe(differently.length);
  });

  it('fills the longest datagram to the last byte', () => {
    const data = new Uint8Array(DATAGRAM_BYTES_MAX - SEAL_BYTES - HEADER_BYTES - 20);
    const entries = [{ term: 1, index: 1, type: 'command' as const, data }];
    const append: Message = {
      type: 'AppendEntries', from: 3, to: 4, term: 1, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 0, entries,
    };
    const room = DATAGRAM_BYTES_MAX - SEAL_BYTES - HEADER_BYTES - encodeMessageBody(append).length;
    const full = { ...append, entries: [{ ...entries[0], data: new Uint8Array(data.length + room) }] } as Message;
    const bytes = sealed(full);
    expect(bytes).toHaveLength(DATAGRAM_BYTES_MAX);
    expect(reasonFor(bytes)).toBe('ok');
  });
});

describe('what does not open', () => {
  const good = sealed(heartbeat);

  it('says which check failed', () => {
    expect(reasonFor(good)).toBe('ok');
    expect(reasonFor(encodeMessage(heartbeat, { labDigest, boot: 7, counter: 1 }))).toBe('not-sealed');
    expect(reasonFor(good, new DatagramOpener([otherSecret], LAB)), 'another code').toBe('bad-seal');
    expect(reasonFor(good, new DatagramOpener([secret], 'lab-2')), 'another lab\'s keys').toBe('bad-seal');
    expect(decodeDatagram(good, { labDigest }), 'no code at all').toMatchObject({ ok: false, reason: 'bad-seal' });
    // What is sealed well and is no message all the same.
    const header = headerOf(heartbeat, 1);
    const sealer = new DatagramSealer(secret, LAB, 3, 7, start);
    expect(reasonFor(sealer.seal(encodeDatagram([Uint8Array.of(0xff)], labDigest, header), header))).toBe('malformed');
  });

  it('is every datagram in which a bit was changed, wherever', () => {
    const opener = new DatagramOpener([secret], LAB);
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const changed = Uint8Array.from(good);
      changed[bit >>> 3] = (changed[bit >>> 3] ?? 0) ^ (1 << (bit & 7));
      expect(reasonFor(changed, opener), `bit ${bit}`).not.toBe('ok');
    }
  });

  it('is every datagram that was cut off or has grown', () => {
    const opener = new DatagramOpener([secret], LAB);
    for (let length = 0; length < good.length; length += 1) {
      expect(reasonFor(good.subarray(0, length), opener)).not.toBe('ok');
    }
    expect(reasonFor(Uint8Array.from([...good, 0]), opener)).toBe('bad-seal');
  });

  it('is a datagram that is sent back with sender and receiver exchanged, or as of another boot or incarnation', () => {
    const withHeader = (change: Partial<DatagramHeader>): Uint8Array => {
      const header = { ...headerOf(heartbeat, 42), ...change };
      const other = encodeDatagram([encodeMessageBody(heartbeat)], labDigest, header);
      other[FLAGS_AT] = 1;
      return Uint8Array.from([...other.subarray(0, HEADER_BYTES), ...good.subarray(HEADER_BYTES)]);
    };
    expect(reasonFor(withHeader({}))).toBe('ok');
    expect(reasonFor(withHeader({ sender: 4, receiver: 3 }))).toBe('bad-seal');
    expect(reasonFor(withHeader({ receiver: 5 }))).toBe('bad-seal');
    expect(reasonFor(withHeader({ sender: 1003 }))).toBe('bad-seal');
    expect(reasonFor(withHeader({ boot: 8 }))).toBe('bad-seal');
    expect(reasonFor(withHeader({ counter: 43 }))).toBe('bad-seal');
  });

  it('is anything made up, and nothing throws', () => {
    const opener = new DatagramOpener([secret, otherSecret], LAB);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (body, cut) => {
      const forged = Uint8Array.from([...good.subarray(0, HEADER_BYTES), ...body]);
      expect(reasonFor(forged, opener)).not.toBe('ok');
      expect(reasonFor(body, opener)).not.toBe('ok');
      const spliced = Uint8Array.from([...good.subarray(0, cut % good.length), ...body]);
      expect(reasonFor(spliced, opener)).not.toBe('ok');
    }), { numRuns: 1000 });
  });

  it('comes a second time: the seal is good, the replay window knows it; forgeries do not fill the window', () => {
    const opener = new DatagramOpener([secret], LAB);
    const window = new ReplayWindow();
    const accepted = (bytes: Uint8Array): boolean => {
      const result = decodeDatagram(bytes, { labDigest, opener });
      return result.ok && window.accept(result.header);
    };
    const forged = Uint8Array.from(good);
    forged[34] = 0xff; // the counter, far ahead
    expect(accepted(forged)).toBe(false);
    expect(accepted(good)).toBe(true);
    expect(accepted(good)).toBe(false);
    const fromBootBefore = sealed(heartbeat, 42, { boot: 6 });
    expect(accepted(fromBootBefore), 'late, from the boot before').toBe(true);
    expect(accepted(fromBootBefore)).toBe(false);
  });
});

describe('a sealer', () => {
  it('never uses a counter twice, nor seals for another sender or boot', () => {
    const sealer = new DatagramSealer(secret, LAB, 3, 7, start);
    const seal = (counter: number, message = heartbeat, boot = 7) =>
      sealer.seal(encodeMessage(message, { labDigest, boot, counter }), headerOf(message, counter, boot));
    seal(5);
    expect(() => seal(5)).toThrow(/3\.7\.5 is to be sealed after 3\.7\.5: a nonce is used once/);
    expect(() => seal(4)).toThrow(RangeError);
    expect(() => seal(6, { ...heartbeat, from: 4 })).toThrow(RangeError);
    expect(() => seal(6, heartbeat, 8)).toThrow(RangeError);
    seal(2 ** 48 - 1);
    expect(() => seal(2 ** 48), 'the counter has run out').toThrow(/counter/);
  });

  it('refuses secrets and starts of the wrong length', () => {
    expect(() => new DatagramSealer(secret.subarray(1), LAB, 3, 7, start)).toThrow(/31 bytes, not 32/);
    expect(() => new DatagramSealer(secret, LAB, 3, 7, start.subarray(1))).toThrow(RangeError);
  });
});

describe('a change of the secret', () => {
  it('is bridged by opening both for a while', () => {
    const both = new DatagramOpener([otherSecret, secret], LAB);
    expect(reasonFor(sealed(heartbeat), both)).toBe('ok');
    expect(reasonFor(sealed(heartbeat, 43, { secret: otherSecret }), both)).toBe('ok');
    expect(reasonFor(sealed(heartbeat), new DatagramOpener([otherSecret], LAB))).toBe('bad-seal');
  });
});
