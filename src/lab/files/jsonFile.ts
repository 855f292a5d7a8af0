/**
 * A small JSON file: read with a schema, written completely or not at all, and kept when it cannot be read.
 * docs/decisions/0012 says why this is not a library.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../contract/errors.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';
import { diskError, onDisk } from './diskError.ts';

const BYTES_MAX = 1024 * 1024;
/** The most copies of files that could not be read; more exist only when something is very wrong. */
const SET_ASIDE_MAX = 20;
/** On Windows a virus scanner or an indexer may briefly hold a file that was just written. */
const HELD_BY_OTHERS: ReadonlySet<string> = new Set(['EBUSY', 'EPERM', 'EACCES']);
const RETRY_MS = [10, 20, 40, 80, 160, 320] as const;

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
  | { readonly type: 'unreadable'; readonly code: string };

export class JsonFile<Value> {
  readonly #options: JsonFileOptions<Value>;
  /** The write that is under way, and everything that waits behind it. */
  #writing: Promise<void> = Promise.resolve();
  /** The existing file could not be read. It is set aside before another one is written in its place. */
  #keepsOther = false;
  /** Counts the synchronous writes: they overtake those that wait. */
  #writesNow = 0;

  constructor(options: JsonFileOptions<Value>) {
    this.#options = options;
  }

  /** Reads the file, and never changes it. */
  async read(): Promise<JsonReading<Value>> {
    return this.#judge(await readFile(this.#options.path, 'utf8').catch((error: unknown) => ({ error })));
  }

  /** Reads the file synchronously: for what must be known before the first window is created. */
  readNow(): JsonReading<Value> {
    let text;
    try {
      text = readFileSync(this.#options.path, 'utf8');
    } catch (error) {
      text = { error };
    }
    return this.#judge(text);
  }

  /**
   * Writes the value, after all earlier writes. At every moment the file holds either the complete old value or the
   * complete new one. A file that could not be read is set aside first.
   * @throws {LabError} `invalid-argument` when the value could not be read back; `disk-full` or `disk-error` when it
   *   could not be saved. The file is then unchanged
   */
  write(value: Value): Promise<void> {
    const before = this.#writesNow;
    const written = this.#writing.then(async () => {
      const text = this.#textOf(value);
      await onDisk(`${basename(this.#options.path)} cannot be saved`, dirname(this.#options.path), async () => {
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
      this.#setOtherAside();
      writeFileSync(temporary, text, { mode: 0o600, flush: true });
      renameSync(temporary, path);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw diskError(error, `${basename(path)} cannot be saved`, dirname(path));
    }
  }

  /** The name while writing. Another Raftlab on the same folder uses a different one. */
  get #temporary(): string {
    return `${this.#options.path}.${process.pid}.new`;
  }

  async #replace(text: string, isLatest: () => boolean): Promise<void> {
    const { path } = this.#options;
    const temporary = this.#temporary;
    try {
      const file = await open(temporary, 'w', 0o600);
      try {
        await file.writeFile(text, 'utf8');
        await file.sync();
      } finally {
        await file.close();
      }
      if (!isLatest()) {
        await rm(temporary, { force: true });
        return;
      }
      this.#setOtherAside();
      await untilLetGo(() => rename(temporary, path));
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => undefined); // the earlier error is the one to report
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
    renameSync(path, free);
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
    const reading = typeof text === 'string' ? this.#parse(text) : unread(text.error);
    this.#keepsOther = reading.type !== 'value' && reading.type !== 'missing';
    return reading;
  }

  #parse(text: string): JsonReading<Value> {
    const { schema, version: newest } = this.#options;
    if (Buffer.byteLength(text) > BYTES_MAX) {
      return { type: 'damaged', where: '', problem: `longer than ${BYTES_MAX} bytes`, text };
    }
    let content: unknown;
    try {
      content = JSON.parse(withoutByteOrderMark(text));
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

/** Editors on Windows begin a file with one when somebody saves it as UTF-8. */
function withoutByteOrderMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

function unread(error: unknown): JsonReading<never> {
  const code = errorCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' ? { type: 'missing' } : { type: 'unreadable', code };
}

/**
 * Tries again while another program holds a file.
 * @param waitsMs how long to wait before each further try
 * @throws the last try's error, or at once an error that another try cannot fix
 */
export async function untilLetGo(act: () => Promise<void>, waitsMs: readonly number[] = RETRY_MS): Promise<void> {
  for (const waitMs of waitsMs) {
    try {
      await act();
      return;
    } catch (error) {
      if (!HELD_BY_OTHERS.has(errorCodeOf(error))) {
        throw error;
      }
    }
    await new Promise((resolve) => {
      setTimeout(resolve, waitMs);
    });
  }
  await act();
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
