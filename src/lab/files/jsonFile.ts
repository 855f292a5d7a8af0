/**
 * A small JSON file: read with a schema, written completely or not at all, and kept when it cannot be read.
 * docs/decisions/0012 says why this is not a library.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../contract/errors.ts';
import { errorCodeOf, folderProblem } from '../../node/storage/errors.ts';
import { mayBeHeld, removeFile, untilLetGo, untilLetGoNow } from '../../node/storage/heldByOthers.ts';
import { diskError, onDisk } from './diskError.ts';

const BYTES_MAX = 1024 * 1024;
/** Editors on Windows may put it in front. */
const BYTE_ORDER_MARK = /^\u{FEFF}/u;
/** The most copies of files that could not be read; more exist only when something is very wrong. */
const SET_ASIDE_MAX = 20;

export interface JsonFileOptions<Value> {
  readonly path: string;
  readonly schema: z.ZodType<Value>;
  /** The newest format that this Raftlab knows, for files that have a `version`. */
  readonly version?: number;
}

/** What was found when a file was read. */
export type JsonReading<Value> =
  | { readonly type: 'value'; readonly value: Value }
  | { readonly type: 'missing' }
  /** A newer Raftlab has written it. */
  | { readonly type: 'newer'; readonly version: number; readonly text: string }
  /** It is not what it should be. @property where the field, such as `nodes.0.port`; empty for the file as a whole */
  | { readonly type: 'damaged'; readonly where: string; readonly problem: string; readonly text: string }
  /** The system does not let it be read. */
  | { readonly type: 'unreadable'; readonly code: string }
  /** Another program held it for longer than is waited for: nothing is known of its content. */
  | { readonly type: 'held'; readonly problem: LabError };

export class JsonFile<Value> {
  readonly #options: JsonFileOptions<Value>;
  /** The write that is under way, and everything that waits behind it. */
  #writing: Promise<void> = Promise.resolve();
  /** The existing file could not be read. It is set aside before another one is written in its place. */
  #keepsOther = false;
  /** It was held when it was read. It is read before another one is written in its place. */
  #isUnknown = false;
  /** Counts the synchronous writes: they overtake those that wait. */
  #writesNow = 0;

  constructor(options: JsonFileOptions<Value>) {
    this.#options = options;
  }

  /** Reads the file, and never changes it. */
  async read(): Promise<JsonReading<Value>> {
    const { path } = this.#options;
    return this.#judge(await untilLetGo(() => readFile(path, 'utf8')).catch((error: unknown) => ({ error })));
  }

  /** Reads the file synchronously: for what must be known before the first window is created. */
  readNow(): JsonReading<Value> {
    let text;
    try {
      text = untilLetGoNow(() => readFileSync(this.#options.path, 'utf8'));
    } catch (error) {
      text = { error };
    }
    return this.#judge(text);
  }

  /**
   * Writes the value, after all earlier writes. At every moment the file holds either the complete old value or the
   * complete new one. A file that could not be read is set aside first; one that was held is read first.
   * @throws {LabError} `invalid-argument` when the value could not be read back; `disk-full` or `disk-error` when it
   *   could not be saved, or is still held. The file is then unchanged
   */
  write(value: Value): Promise<void> {
    const before = this.#writesNow;
    const written = this.#writing.then(async () => {
      const text = this.#textOf(value);
      await onDisk(`${basename(this.#options.path)} cannot be saved`, dirname(this.#options.path), async () => {
        if (this.#isUnknown) {
          refuseHeld(await this.read());
        }
        await this.#replace(text, () => before === this.#writesNow);
      });
    });
    // The caller of a failed write handles its error; the next write is not affected.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** As `write`, but synchronously: for the moment when the app ends and nobody would wait. */
  writeNow(value: Value): void {
    const text = this.#textOf(value);
    const { path } = this.#options;
    const temporary = `${this.#temporary}.last`;
    this.#writesNow += 1;
    try {
      if (this.#isUnknown) {
        refuseHeld(this.readNow());
      }
      this.#setOtherAside();
      untilLetGoNow(() => writeFileSync(temporary, text, { mode: 0o600, flush: true }));
      untilLetGoNow(() => renameSync(temporary, path));
    } catch (error) {
      rmSync(temporary, { force: true });
      throw diskError(error, `${basename(path)} cannot be saved`, dirname(path));
    }
  }

  /** Whether another program held the file when it was last read: nothing is known of its content. */
  get isUnknown(): boolean {
    return this.#isUnknown;
  }

  /** The name while writing. Another Raftlab on the same folder uses a different one. */
  get #temporary(): string {
    return `${this.#options.path}.${process.pid}.new`;
  }

  async #replace(text: string, isLatest: () => boolean): Promise<void> {
    const { path } = this.#options;
    const temporary = this.#temporary;
    try {
      const file = await untilLetGo(() => open(temporary, 'w', 0o600));
      try {
        await file.writeFile(text, 'utf8');
        await file.sync();
      } finally {
        await file.close();
      }
      if (!isLatest()) {
        await removeFile(temporary);
        return;
      }
      this.#setOtherAside();
      // A later value may be written while another program holds the file.
      await untilLetGo(() => isLatest() ? rename(temporary, path) : removeFile(temporary));
    } catch (error) {
      await removeFile(temporary).catch(() => undefined); // the earlier error is the one to report
      throw error;
    }
    await syncFolder(dirname(path));
  }

  #setOtherAside(): void {
    const { path } = this.#options;
    if (!this.#keepsOther) {
      return;
    }
    const endings = Array.from({ length: SET_ASIDE_MAX }, (_, at) => (at === 0 ? '.bad' : `.bad-${at + 1}`));
    const free = endings.map((ending) => `${path}${ending}`).find((name) => !existsSync(name));
    if (free === undefined) {
      throw new LabError('disk-error', `${basename(path)} cannot be set aside: ${SET_ASIDE_MAX} copies lie there `
        + 'already. Delete those that are no longer needed');
    }
    untilLetGoNow(() => renameSync(path, free));
    this.#keepsOther = false;
  }

  /** @throws {LabError} when the text could not be read back */
  #textOf(value: Value): string {
    const text = `${JSON.stringify(value, null, 2)}\n`;
    const reading = this.#parse(text);
    if (reading.type !== 'value') {
      const why = reading.type === 'damaged' ? `${reading.where} ${reading.problem}`.trim() : reading.type;
      throw new LabError(
        'invalid-argument', `${basename(this.#options.path)} could not be read again (${why}): nothing was saved`,
      );
    }
    return text;
  }

  #judge(text: string | { readonly error: unknown }): JsonReading<Value> {
    const reading = typeof text === 'string' ? this.#parse(text) : unread(text.error, this.#options.path);
    this.#isUnknown = reading.type === 'held';
    this.#keepsOther = !['value', 'missing', 'held'].includes(reading.type);
    return reading;
  }

  #parse(text: string): JsonReading<Value> {
    const { schema, version: newest } = this.#options;
    if (Buffer.byteLength(text) > BYTES_MAX) {
      return { type: 'damaged', where: '', problem: `longer than ${BYTES_MAX} bytes`, text };
    }
    let content: unknown;
    try {
      content = JSON.parse(text.replace(BYTE_ORDER_MARK, ''));
    } catch {
      return { type: 'damaged', where: '', problem: 'no JSON', text };
    }
    const found = z.looseObject({ version: z.int() }).safeParse(content);
    if (newest !== undefined && found.success && found.data.version > newest) {
      return { type: 'newer', version: found.data.version, text };
    }
    const parsed = schema.safeParse(content);
    if (parsed.success) {
      return { type: 'value', value: parsed.data };
    }
    const [issue] = parsed.error.issues;
    const problem = issue?.message ?? 'not what it should be';
    return { type: 'damaged', where: issue?.path.join('.') ?? '', problem, text };
  }
}

function unread(error: unknown, path: string): JsonReading<never> {
  const code = errorCodeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return { type: 'missing' };
  }
  return mayBeHeld(error)
    ? { type: 'held', problem: heldFile(error, path) }
    : { type: 'unreadable', code };
}

function heldFile(error: unknown, path: string): LabError {
  const { code, message } = folderProblem(error, dirname(path));
  return new LabError(code, `${basename(path)} cannot be read: ${message}`);
}

/** @throws {LabError} when the file is held */
function refuseHeld(reading: JsonReading<unknown>): void {
  if (reading.type === 'held') {
    throw reading.problem;
  }
}

/** Syncs a folder to the disk where the system supports it: otherwise a power failure may undo a rename. */
async function syncFolder(folder: string): Promise<void> {
  let handle;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Windows does not allow opening a folder: its file system keeps the order by itself.
  } finally {
    await handle?.close();
  }
}
