/** Lines of a stream: whole, in order, bounded, and not read ahead of what is carried out. */
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { boundedLines } from '../../src/cli/terminal/boundedLines.ts';

async function linesOf(chunks: readonly (string | Buffer)[], charactersMax = 100): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of boundedLines(Readable.from(chunks), charactersMax)) {
    lines.push(line);
  }
  return lines;
}

test('lines are whole wherever the stream is cut, and the last one needs no end', async () => {
  const text = Buffer.from('put a ü\r\n\nget a\nlast');
  for (let cut = 0; cut <= text.length; cut += 1) {
    expect(await linesOf([text.subarray(0, cut), text.subarray(cut)])).toEqual(['put a ü', '', 'get a', 'last']);
  }
});

test('a file of Windows PowerShell, in UTF-16, reads like any other', async () => {
  const text = Buffer.from('\u{FEFF}put a ü\r\nget a\r\nlast', 'utf16le');
  for (let cut = 2; cut <= text.length; cut += 1) {
    expect(await linesOf([text.subarray(0, cut), text.subarray(cut)])).toEqual(['\u{FEFF}put a ü', 'get a', 'last']);
  }
});

test('a last character that is not complete is shown to be damaged, and not left out', async () => {
  expect(await linesOf([Buffer.from('put a Zoë').subarray(0, -1)])).toEqual(['put a Zo\u{FFFD}']);
});

test('a line has a bound, with and without an end, in one chunk or in many', async () => {
  expect(await linesOf(['x'.repeat(100), '\n', 'y'])).toEqual(['x'.repeat(100), 'y']);
  for (const chunks of [['x'.repeat(101)], ['x'.repeat(60), 'x'.repeat(60), '\n'], [`a\n${'x'.repeat(101)}\nb`]]) {
    await expect(linesOf(chunks)).rejects.toThrow(LabError);
  }
});

test('nothing is read on while a line is carried out, nor after the last one that is wanted', async () => {
  const input = new PassThrough();
  const lines = boundedLines(input, 100);
  input.write('first\n');
  expect(await lines.next()).toEqual({ done: false, value: 'first' });
  for (let written = 0; written < 100; written += 1) {
    input.write(`${'x'.repeat(99)}\n`.repeat(100));
  }
  expect(input.isPaused()).toBe(true);
  expect(input.writableNeedDrain).toBe(true);
  await lines.return();
  expect(input.isPaused()).toBe(true);
  expect(input.destroyed).toBe(false);
});

test('the signal ends the reading, and the stream stays open', async () => {
  const input = new PassThrough();
  const end = new AbortController();
  const lines = boundedLines(input, 100, end.signal);
  const next = lines.next();
  end.abort();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(input.destroyed).toBe(false);
});
