/** Lines of a stream, one at a time and of a bounded length: nothing is read before earlier lines are carried out. */
import { on } from 'node:events';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { LabError } from '../../contract/errors.ts';

/** A value of 1 MiB, quoted, in which every character is escaped. */
export const COMMAND_LINE_CHARACTERS_MAX = 8 * 1024 * 1024;

/**
 * The lines of a stream, without their ends. The stream is left open when the reading ends before it.
 * @param signal ends the reading
 * @throws {LabError} `too-large` for a line that is longer than `charactersMax`; the rest of the stream is not read
 */
export async function* boundedLines(
  input: Readable, charactersMax: number, signal?: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  let decoder: StringDecoder | undefined;
  const parts: string[] = [];
  let characters = 0;
  const add = (part: string): void => {
    characters += part.length;
    if (characters > charactersMax) {
      throw new LabError('too-large', `a line is longer than ${charactersMax} characters: nothing more is read`);
    }
    parts.push(part);
  };
  const line = (): string => {
    const text = parts.join('');
    parts.length = 0;
    characters = 0;
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  };
  for await (const chunk of chunksOf(input, signal)) {
    if (typeof chunk !== 'string') decoder ??= decoderFor(chunk);
    const text = typeof chunk === 'string' ? chunk : decoder?.write(chunk) ?? '';
    const [first = '', ...others] = text.split('\n');
    add(first);
    for (const other of others) {
      yield line();
      add(other);
    }
  }
  add(decoder?.end() ?? ''); // an incomplete character at the end shows as a replacement character
  if (characters > 0) {
    yield line();
  }
}

/** UTF-8, or UTF-16 with its mark: what Windows PowerShell writes with `>`, and Notepad as “Unicode”. */
function decoderFor([first, second]: Buffer): StringDecoder {
  return new StringDecoder(first === 0xff && second === 0xfe ? 'utf16le' : 'utf8');
}

/** The stream's chunks, until it ends or the signal comes. The stream waits while a chunk is processed. */
async function* chunksOf(input: Readable, signal?: AbortSignal): AsyncGenerator<string | Buffer, void, undefined> {
  const bounds = { close: ['end', 'close'], highWaterMark: 1, lowWaterMark: 1 };
  const ends = signal === undefined ? bounds : { ...bounds, signal };
  try {
    for await (const [chunk] of on(input, 'data', ends) as AsyncIterable<readonly [string | Buffer]>) {
      yield chunk;
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  } finally {
    input.pause();
  }
}
