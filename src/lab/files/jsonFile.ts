/**
 * A small file of JSON: read with a schema, written whole or not at all, and kept when it cannot be read.
 * Why not a library: docs/decisions/0012.
 */
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { z } from 'zod';
import { LabError } from '../../contract/errors.ts';
import { errorCodeOf } from '../../node/storage/errors.ts';
import { diskError, onDisk } from './diskError.ts';

const BYTES_MAX = 1024 * 1024;
/** Copies of files that could not be read; more than this lie there only when something is very wrong. */
const SET_ASIDE_MAX = 20;
/** On Windows a virus scanner or an indexer holds a file that was just written, for a moment. */
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
  /** What lies there could not be read, and is set aside before anything is written in its place. */
  #keepsOther = false;
  /** Counts the writes that were done at once: they overtake those that wait. */
  #writesNow = 0;

  constructor(options: JsonFileOptions<Value>) {
    this.#options = options;
  }

  /** Reads the file, and never changes it. */
  async read(): Promise<JsonReading<Value>> {
    return this.#judge(await readFile(this.#options.path, 'utf8').catch((error: unknown) => ({ error })));
  }

  /** Reads the file before it returns: for what has to be known before the first window is made. */
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
   * Writes the value, after every write that was asked for before. At every moment the file holds the old value or the
   * new one, whole. A file that could not be read is set aside first.
   * @throws {LabError} `invalid-argument` when the value would not be read back; `disk-full` or `disk-error` when it
   *   could not be kept. The file then is as it was
   */
  write(value: Value): Promise<void> {
    const before = this.#writesNow;
    const written = this.#writing.then(async () => {
      const text = this.#textOf(value);
      await onDisk(`${basename(this.#options.path)} cannot be saved`, dirname(this.#options.path), async () => {
        await this.#replace(text, () => before === this.#writesNow);
      });
    });
    // One that failed is its own caller's business; the next one begins afresh.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** As `write`, but before it returns: for the moment when the app ends and nobody would wait. */
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

  /** Another Raftlab on the same folder has a name of its own for what it is writing. */
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
      await rm(temporary, { force: true }).catch(() => undefined); // what went wrong before is what is told
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

  /** @throws {LabError} when the text would not be read back */
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
      content = JSON.parse(text);
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

function unread(error: unknown): JsonReading<never> {
  const code = errorCodeOf(error);
  return code === 'ENOENT' || code === 'ENOTDIR' ? { type: 'missing' } : { type: 'unreadable', code };
}

/**
 * Tries again while another program holds a file.
 * @param waitsMs how long to wait before each further try
 * @throws the last try's error, or at once what another try cannot help
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

/** Brings a new name in a folder to the disk where the system knows how: without it a power cut may undo the rename. */
async function syncFolder(folder: string): Promise<void> {
  let handle;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // Windows does not let a folder be opened: its file system keeps the order by itself.
  } finally {
    await handle?.close();
  }
}
