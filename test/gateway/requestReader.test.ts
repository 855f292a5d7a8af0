/** The reader of commands: the same commands however their bytes are cut, and an error for everything else. */
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { ProtocolError } from '../../src/gateway/resp/protocolError.ts';
import { RequestReader } from '../../src/gateway/resp/requestReader.ts';
import type { RequestLimits } from '../../src/gateway/resp/requestReader.ts';

const LIMITS: RequestLimits = { argumentsMax: 8, argumentBytesMax: 200_000, commandBytesMax: 250_000 };

/** The commands in pieces of bytes, as texts; the error's message last where there was one. */
function readAll(pieces: Iterable<Buffer>, limits = LIMITS): string[][] {
  const reader = new RequestReader(limits);
  const read: Buffer[][] = [];
  try {
    for (const piece of pieces) {
      reader.push(piece);
      for (let words = reader.next(); words !== undefined; words = reader.next()) {
        read.push([...words]);
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return [...textsOf(read), [error.message]];
  }
  return textsOf(read); // only now: later bytes must not change what was read before
}

function textsOf(read: readonly Buffer[][]): string[][] {
  return read.map((words) => words.map((word) => word.toString('latin1')));
}

function encoded(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

function* pieces(bytes: Buffer, lengths: readonly number[]): Generator<Buffer> {
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const length = lengths[turn % lengths.length] ?? 1;
    yield bytes.subarray(at, at + length);
    at += length;
  }
}

const words = fc.array(fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) }), {
  minLength: 1, maxLength: 8,
});
const lengths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 });

test('reads the same commands from pieces of any size', () => {
  fc.assert(fc.property(fc.array(words, { maxLength: 5 }), lengths, (commands, sizes) => {
    const bytes = Buffer.from(commands.map(encoded).join(''), 'latin1');
    expect(readAll(pieces(bytes, sizes))).toEqual(commands);
  }));
});

test('takes garbage of any kind, and breaks with nothing but a protocol error', () => {
  const junk = fc.array(fc.constantFrom('*', '$', '-', '1', '3', '99999999999999', '\r\n', '\n', '"', "'", 'a', '\0'));
  fc.assert(fc.property(junk, lengths, (parts, sizes) => {
    const bytes = Buffer.from(parts.join(''), 'latin1');
    expect(readAll(pieces(bytes, sizes))).toEqual(readAll([bytes]));
  }));
});

test('reads inline commands with quotes', () => {
  const line = 'set  key "a b\\x41\\n\\"" \'it\\\'s\'\r\n\r\n   \nping\n';
  expect(readAll([Buffer.from(line)])).toEqual([['set', 'key', 'a bA\n"', "it's"], ['ping']]);
});

test.each([
  ['*9\r\n', 'invalid multibulk length'],
  ['*x\r\n', 'invalid multibulk length'],
  ['*99999999999999999999\r\n', 'invalid multibulk length'],
  ['*1\r\n*1\r\n', "expected '$', got '*'"],
  ['*1\r\n$-1\r\n', 'invalid bulk length'],
  ['*1\r\n$200001\r\n', 'invalid bulk length'],
  [`*2\r\n$200000\r\n${'x'.repeat(200_000)}\r\n$50001\r\n`, 'too big command'],
  ['*1\r\n$1\r\nabc', 'an argument is longer than was announced'],
  [`*1\r\n$${'0'.repeat(40)}`, 'too big bulk count string'],
  ['x'.repeat(65_537), 'too big inline request'],
  ['a b c d e f g h i\r\n', 'too big inline request'],
  ['set "a\r\n', 'unbalanced quotes in request'],
  ['set "a"b\r\n', 'unbalanced quotes in request'],
])('refuses %j', (text, message) => {
  expect(readAll([Buffer.from(text)])).toEqual([[`Protocol error: ${message}`]]);
});

test('copies a long argument a few times at most, though each byte comes alone', () => {
  const bytes = Buffer.from(encoded(['set', 'x'.repeat(200_000)]), 'latin1');
  const copies = vi.spyOn(Buffer.prototype as Buffer, 'copy');
  expect(readAll(pieces(bytes, [1]))[0]?.[1]?.length).toBe(200_000);
  const copied = copies.mock.results.reduce((sum, { value }) => sum + Number(value), 0);
  copies.mockRestore();
  expect(copied).toBeLessThan(5 * bytes.length);
});
