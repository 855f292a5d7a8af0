/** Reads a `.raftlab` file into a recording in memory. Whatever the file holds, nothing else is touched. */
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { LabError } from '../../contract/errors.ts';
import { parseHeader, parseLine } from '../../history/recordingFile.ts';
import type { RecordingLine } from '../../history/recordingFile.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';
import { openRecordingDatabase } from './recordingDatabase.ts';
import { RecordingStore } from './recordingStore.ts';

const LINE_LENGTH_MAX = 4 * 1024 * 1024;
const UNPACKED_LENGTH_MAX = 1024 * 1024 * 1024;
const LINES_MAX = 5_000_000;
/** Events are taken together, for one transaction. */
const BATCH = 2048;

/** How a file ended. */
interface End { readonly problem: string | null }

/**
 * @param name what the recording is called in the window
 * @throws {LabError} `corrupt-file`, `lab-newer`, `too-large`, `disk-error`
 */
export async function openRecordingFile(path: string, name: string): Promise<RecordingStore> {
  const reader = new FileReader(name);
  try {
    const { problem } = await readLines(path, (text) => reader.take(text));
    return reader.finish(problem);
  } catch (error) {
    reader.close();
    throw error;
  }
}

class FileReader {
  readonly #name: string;
  readonly #database = openRecordingDatabase(null);
  #store: RecordingStore | undefined;
  #batch: RecordingLine[] = [];
  #lines = 0;
  #lastSeq = 0;
  #damagedLine: number | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** @returns whether it goes on */
  take(text: string): boolean {
    this.#lines += 1;
    if (this.#store === undefined) {
      const { labName } = parseHeader(text);
      this.#store = new RecordingStore(this.#database, { name: this.#name, labName }, null);
      return true;
    }
    if (this.#lines > LINES_MAX) throw tooLarge();
    const line = parseLine(text);
    if (line === undefined || !this.#isInOrder(line)) {
      this.#damagedLine = this.#lines;
      return false;
    }
    this.#batch.push(line);
    if (this.#batch.length >= BATCH) this.#flush(this.#store);
    return true;
  }

  /** Nothing of it is used. */
  close(): void {
    this.#database.close();
  }

  finish(problem: string | null): RecordingStore {
    const store = this.#store;
    if (store === undefined) throw new LabError('corrupt-file', 'this is not a recording: it is empty or not whole');
    this.#flush(store);
    store.problem = this.#damagedLine === undefined ? problem
      : `line ${this.#damagedLine} is damaged: what comes before it is shown`;
    store.write();
    return store;
  }

  /** A view comes before all events, and the numbers of events ascend. */
  #isInOrder(line: RecordingLine): boolean {
    if ('view' in line) return this.#lastSeq === 0;
    if (!('e' in line)) return true;
    const isNext = line.e.seq > this.#lastSeq;
    this.#lastSeq = line.e.seq;
    return isNext;
  }

  #flush(store: RecordingStore): void {
    for (const line of this.#batch) if ('view' in line) store.chunks.beginWith(line.view);
    store.addEvents(this.#batch.flatMap((line) => ('e' in line ? [line.e] : [])));
    store.addOperations(this.#batch.flatMap((line) => ('o' in line ? [line.o] : [])));
    for (const line of this.#batch) if ('n' in line) store.notes.add(line.n);
    this.#batch = [];
  }
}

/** Hands over line by line until one is refused, or the file ends or tears. */
async function readLines(path: string, take: (line: string) => boolean): Promise<End> {
  const source = createReadStream(path);
  const unzipped = createGunzip();
  source.on('error', (error) => unzipped.destroy(error));
  source.pipe(unzipped).setEncoding('utf8');
  let length = 0;
  /** The pieces of the line that has begun. */
  let begun: string[] = [];
  let begunLength = 0;
  try {
    for await (const piece of unzipped as AsyncIterable<string>) {
      length += piece.length;
      const [first = '', ...others] = piece.split('\n');
      begun.push(first);
      begunLength += first.length;
      if (length > UNPACKED_LENGTH_MAX || begunLength > LINE_LENGTH_MAX) throw tooLarge();
      const last = others.pop();
      if (last === undefined) continue;
      if (![begun.join(''), ...others].every((line) => take(line))) return { problem: null };
      begun = [last];
      begunLength = last.length;
    }
    const rest = begun.join('');
    return { problem: rest === '' || take(rest) ? null : 'the file ends in the middle of a line' };
  } catch (error) {
    return { problem: problemOf(error, length > 0) };
  } finally {
    source.destroy();
  }
}

/** @throws {LabError} unless the file can be used up to there */
function problemOf(error: unknown, hasBegun: boolean): string {
  if (error instanceof LabError) throw error;
  const code = errorCodeOf(error);
  if (!code.startsWith('Z_')) {
    throw new LabError('disk-error', `the file cannot be read (${code}): choose another one`);
  }
  if (!hasBegun) throw new LabError('corrupt-file', 'this is not a recording: choose a .raftlab file');
  return 'the end of the file is torn off: what comes before it is shown';
}

function tooLarge(): LabError {
  return new LabError('too-large', 'this recording is larger than Raftlab opens: save a shorter span of it');
}
