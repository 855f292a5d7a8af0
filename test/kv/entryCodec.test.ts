/** Entries as bytes: exactly what the schema below describes is read, whatever else the bytes may hold. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeCbor, encodeCbor } from '../../src/cbor/strict.ts';
import type { CborValue } from '../../src/cbor/strict.ts';
import {
  CLIENT_BYTES_MAX, decodeKvEntry, encodeKvEntry, KEY_BYTES_MAX, LIST_ENTRIES_MAX, VALUE_BYTES_MAX,
} from '../../src/kv/index.ts';
import type { KvEntry } from '../../src/kv/index.ts';
import { isWithinUtf8, utf8Length } from '../../src/kv/text.ts';
import { anyEntry } from './arbitraries.ts';

const textUpTo = (bytesMax: number) => z.string().refine((text) => utf8Length(text) <= bytesMax);
const name = textUpTo(CLIENT_BYTES_MAX).min(1);
const UTF8 = new TextDecoder('utf-8', { fatal: true });
const isUtf8 = (bytes: Uint8Array): boolean => {
  try {
    UTF8.decode(bytes);
    return true;
  } catch {
    return false;
  }
};
/** Bytes are only written as such where they are no text, or begin with a byte order mark. */
const bytesUpTo = (bytesMax: number) => z.instanceof(Uint8Array).refine((bytes) => (
  bytes.length <= bytesMax && (!isUtf8(bytes) || isMarked(bytes))));
const isMarked = (bytes: Uint8Array): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
const key = z.union([textUpTo(KEY_BYTES_MAX).min(1), bytesUpTo(KEY_BYTES_MAX)]);
const prefix = z.union([textUpTo(KEY_BYTES_MAX), bytesUpTo(KEY_BYTES_MAX)]);
const value = z.union([textUpTo(VALUE_BYTES_MAX), bytesUpTo(VALUE_BYTES_MAX)]);
const positive = z.int().min(1);
const request = [z.literal('request'), name, positive, positive, positive] as const;

const command = z.union([
  z.tuple([z.enum(['get', 'delete']), key]),
  z.tuple([z.literal('put'), key, value]),
  z.tuple([z.literal('cas'), key, value.nullable(), value]),
  z.tuple([z.literal('incr'), key, z.int()]),
  z.tuple([z.literal('list'), prefix, positive.max(LIST_ENTRIES_MAX)]),
  z.tuple([z.literal('list'), prefix, positive.max(LIST_ENTRIES_MAX), key]),
]);
const isCommand = (words: readonly unknown[]): boolean => command.safeParse(words).success;

/** The format as one schema that tries every kind in turn: slow, and plain to see. */
const entrySchema = z.union([
  z.tuple([z.literal('register'), name, name]),
  z.tuple([z.literal('register'), name, name, z.int().min(1)]),
  z.tuple([...request], z.unknown())
    .refine(([, , , sequence, acknowledgedBelow, ...words]) => acknowledgedBelow <= sequence && isCommand(words)),
  z.tuple([z.literal('plain'), name, name, positive.nullable()], z.unknown())
    .refine(([, , , , ...words]) => isCommand(words)),
]);

const WORDS: readonly CborValue[] = [
  'register', 'request', 'plain', 'get', 'put', 'delete', 'cas', 'incr', 'list', 'constructor', '__proto__',
  'c1', '', null, true, 0, 1, 2, -1, 1.5, 2 ** 53, LIST_ENTRIES_MAX, LIST_ENTRIES_MAX + 1, new Uint8Array(1), [], {},
  new Uint8Array(), Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xe2, 0x82, 0xac), Uint8Array.of(0xef, 0xbb, 0xbf),
  new Uint8Array(KEY_BYTES_MAX).fill(0xff), new Uint8Array(KEY_BYTES_MAX + 1).fill(0xff),
  'é'.repeat(CLIENT_BYTES_MAX / 2), 'é'.repeat(CLIENT_BYTES_MAX / 2 + 1),
  'k'.repeat(KEY_BYTES_MAX), 'k'.repeat(KEY_BYTES_MAX + 1),
];
/** The longest value, and one that is a little longer: only tried where a value may stand. */
const VALUES = [Math.floor(VALUE_BYTES_MAX / 3), Math.ceil(VALUE_BYTES_MAX / 3)].map((length) => '€'.repeat(length));

const request5 = { kind: 'request', client: 'c1', session: 5, sequence: 3, acknowledgedBelow: 2 } as const;
const ENTRIES: readonly KvEntry[] = [
  { kind: 'register', client: 'c1', request: 'r1' },
  { kind: 'register', client: 'c1', request: 'r1', dataBytesMax: 2 ** 28 },
  { ...request5, command: { op: 'get', key: 'k' } },
  { ...request5, command: { op: 'put', key: 'k', value: 'v' } },
  { ...request5, command: { op: 'delete', key: 'k' } },
  { ...request5, command: { op: 'cas', key: 'k', expected: null, value: 'v' } },
  { ...request5, command: { op: 'incr', key: 'k', by: 1 } },
  { ...request5, command: { op: 'list', prefix: 'k', limit: 10 } },
  { ...request5, command: { op: 'list', prefix: 'k', limit: 10, after: 'k1' } },
  { kind: 'plain', client: 'c1', request: 'r1', command: { op: 'incr', key: 'k', by: 1 } },
  { kind: 'plain', client: 'c1', request: 'r1', dataBytesMax: 2 ** 28, command: { op: 'put', key: 'k', value: 'v' } },
];

/** Each entry with each of its words left out, and with each other word in its place or before it. */
function* nearlyEntries(): Generator<CborValue[]> {
  for (const words of ENTRIES.map(wordsOf)) {
    for (let at = 0; at <= words.length; at += 1) {
      yield words.toSpliced(at, 1);
      const mayHoldValue = at > 6 && (words.includes('put') || words.includes('cas'));
      for (const word of mayHoldValue ? [...WORDS, ...VALUES] : WORDS) {
        yield words.toSpliced(at, 1, word);
        yield words.toSpliced(at, 0, word);
      }
    }
  }
}

function wordsOf(entry: KvEntry): CborValue[] {
  if (entry.kind === 'register') {
    const limit = entry.dataBytesMax === undefined ? [] : [entry.dataBytesMax];
    return ['register', entry.client, entry.request, ...limit];
  }
  if (entry.kind === 'plain') {
    const { client, request, dataBytesMax = null } = entry;
    return ['plain', client, request, dataBytesMax, ...Object.values(entry.command) as CborValue[]];
  }
  const { client, session, sequence, acknowledgedBelow, command } = entry;
  return ['request', client, session, sequence, acknowledgedBelow, ...Object.values(command) as CborValue[]];
}

describe('decodeKvEntry', () => {
  it('brings back what was written', () => {
    fc.assert(fc.property(anyEntry, (entry) => {
      expect(decodeKvEntry(encodeKvEntry(entry))).toEqual(entry);
    }));
  });

  it('reads exactly what the schema allows', () => {
    for (const words of nearlyEntries()) {
      const allowed = entrySchema.safeParse(words).success;
      const entry = decodeKvEntry(encodeCbor(words));
      expect(entry !== undefined, JSON.stringify(words.slice(0, 7))).toBe(allowed);
      expect(entry === undefined || encodeKvEntry(entry)).toEqual(entry === undefined || encodeCbor(words));
    }
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      decodeKvEntry(bytes);
    }), { numRuns: 4000 });
  });
});

describe('a key or value that is no text', () => {
  it('is a byte string, and one that is text a text string', () => {
    const words = (text: string) => (
      decodeCbor(encodeKvEntry({ ...request5, command: { op: 'put', key: 'é', value: text } })));
    expect(words('\udc89PNG')).toEqual(['request', 'c1', 5, 3, 2, 'put', 'é', Uint8Array.of(0x89, 0x50, 0x4e, 0x47)]);
    expect(words('€')).toEqual(['request', 'c1', 5, 3, 2, 'put', 'é', '€']);
  });

  it('keeps a byte order mark, which a decoder of long texts takes away', () => {
    const entry: KvEntry = { ...request5, command: { op: 'put', key: 'k', value: `\ufeff${'x'.repeat(100)}` } };
    expect(decodeKvEntry(encodeKvEntry(entry))).toEqual(entry);
  });
});

describe('isWithinUtf8', () => {
  it('says the same as the length in bytes', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'é', '€', '😀', '\ud800', '\udcff'), maxLength: 40 });
    fc.assert(fc.property(text, fc.nat({ max: 160 }), (sample, bytesMax) => {
      expect(isWithinUtf8(sample, bytesMax)).toBe(utf8Length(sample) <= bytesMax);
    }), { numRuns: 2000 });
  });
});
