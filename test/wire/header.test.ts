/** The header's fields at their limits, and every byte that tells a datagram of this lab from another. */
import { labDigestOf } from '../../src/wire/crypto.ts';
import { describe, expect, it } from 'vitest';
import {
  DATAGRAM_BYTES_MAX, HEADER_BYTES, readHeader, WIRE_VERSION, writeHeader,
} from '../../src/wire/header.ts';
import type { DatagramHeader } from '../../src/wire/header.ts';

const labDigest = labDigestOf('lab-1');
const U32_MAX = 2 ** 32 - 1;

function written(header: DatagramHeader, bytes = HEADER_BYTES + 1): Uint8Array {
  const target = new Uint8Array(bytes);
  writeHeader(target, labDigest, header);
  return target;
}

const header: DatagramHeader = { sender: 1, receiver: 2, boot: 3, counter: 4 };
const limits: readonly DatagramHeader[] = [
  { sender: 1, receiver: 1, boot: 0, counter: 1 },
  { sender: U32_MAX, receiver: U32_MAX, boot: U32_MAX, counter: 2 ** 48 - 1 },
  { ...header, counter: 2 ** 32 - 1 }, { ...header, counter: 2 ** 32 }, { ...header, counter: 2 ** 33 + 5 },
];

describe('a header', () => {
  it.each(limits)('comes back as it was written: $sender $receiver $boot $counter', (each) => {
    expect(readHeader(written(each), labDigest)).toEqual(each);
  });

  it.each<[string, Partial<DatagramHeader>]>([
    ['sender', { sender: 0 }], ['sender', { sender: U32_MAX + 1 }], ['receiver', { receiver: 0 }],
    ['receiver', { receiver: U32_MAX + 1 }], ['boot', { boot: -1 }], ['boot', { boot: U32_MAX + 1 }],
    ['boot', { boot: 1.5 }], ['counter', { counter: 0 }], ['counter', { counter: 2 ** 48 }],
  ])('is not written with a %s out of its range', (what, change) => {
    expect(() => written({ ...header, ...change })).toThrow(new RegExp(`a datagram's ${what} is`));
  });

  it('is not written for what is no lab', () => {
    expect(() => writeHeader(new Uint8Array(HEADER_BYTES), new Uint8Array(15), header)).toThrow(RangeError);
  });

  it('is of another lab when any byte of that differs, and of another program or version likewise', () => {
    const failures: Readonly<Record<number, string>> = {
      0: 'bad-magic', 1: 'bad-magic', 2: 'bad-magic', 3: 'bad-magic', 4: 'other-version', 5: 'other-version',
    };
    for (let at = 0; at < 22; at += 1) {
      const bytes = written(header);
      bytes[at] = (bytes[at] ?? 0) ^ 0x80;
      expect(readHeader(bytes, labDigest), `byte ${at}`).toBe(failures[at] ?? 'other-lab');
    }
    expect(written(header)[4]).toBe(WIRE_VERSION);
  });

  const fields = [['sender', 22, 4], ['receiver', 26, 4], ['counter', 34, 6]] as const;
  it.each(fields)('is malformed with %s 0', (_what, at, length) => {
    expect(readHeader(written(header).fill(0, at, at + length), labDigest)).toBe('malformed');
  });

  it('has something behind it, and not too much', () => {
    expect(readHeader(written(header, HEADER_BYTES), labDigest)).toBe('too-short');
    expect(readHeader(written(header, DATAGRAM_BYTES_MAX), labDigest)).toEqual(header);
    expect(readHeader(written(header, DATAGRAM_BYTES_MAX + 1), labDigest)).toBe('too-long');
  });
});
