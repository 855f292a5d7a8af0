/** Writes a file of many lines, whole or not at all, while the thread's other work goes on. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { LabError } from '../../contract/errors.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';

/** Lines are gathered to pieces of about so many characters. */
const PIECE_LENGTH = 64 * 1024;

/**
 * @param lines each with its end
 * @throws {LabError} `disk-full`, `disk-error`; a file that was there before stays as it was
 */
export async function writeLines(path: string, lines: Iterable<string>, isZipped: boolean): Promise<void> {
  const unfinished = `${path}.part`;
  try {
    const source = Readable.from(pieces(lines));
    const target = createWriteStream(unfinished);
    await (isZipped ? pipeline(source, createGzip(), target) : pipeline(source, target));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    if (error instanceof LabError) throw error;
    throw errorCodeOf(error) === 'ENOSPC' ? new LabError('disk-full', 'the disk is full: choose another place')
      : new LabError('disk-error', `the file cannot be written there (${errorCodeOf(error)}): choose another place`);
  }
}

function* pieces(lines: Iterable<string>): Generator<string, void> {
  let piece = '';
  for (const line of lines) {
    piece += line;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
