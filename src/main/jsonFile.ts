/** A small file of JSON that is checked when it is read and replaced as a whole when it is written. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import type { z } from 'zod';
import type { Log } from './log.ts';

export interface JsonFileOptions<Value> {
  readonly path: string;
  readonly schema: z.ZodType<Value>;
  readonly defaults: Value;
  readonly log: Log;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

const textOf = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export class JsonFile<Value> {
  readonly #options: JsonFileOptions<Value>;
  /** The write that is under way, and everything that waits behind it. */
  #writing: Promise<void> = Promise.resolve();

  constructor(options: JsonFileOptions<Value>) {
    this.#options = options;
  }

  /**
   * Reads the file. A missing one gives the defaults; so does one that is not what it should be, which is then kept
   * beside as `NAME.bad`. Synchronous, because the first window needs it before anything else can go on.
   */
  load(): Value {
    const { path, schema, defaults, log } = this.#options;
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      if (!isMissing(error)) log.warn('a settings file cannot be read: the defaults are used', error);
      return defaults;
    }
    try {
      return schema.parse(JSON.parse(text));
    } catch (error) {
      log.warn('a settings file is damaged: it is set aside and the defaults are used', error);
      this.#setAside();
      return defaults;
    }
  }

  /**
   * Writes the value, after every write that was asked for before. At every moment the file holds the old value or the
   * new one, whole.
   * @throws the file system's error, when the value could not be kept
   */
  save(value: Value): Promise<void> {
    const written = this.#writing.then(() => this.#replace(textOf(value)));
    // One that failed is its own caller's business; the next one begins afresh.
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Writes the value before it returns: for the moment when the app ends and nobody would wait. */
  saveNow(value: Value): void {
    const { path } = this.#options;
    const temporary = `${path}.last`;
    writeFileSync(temporary, textOf(value), { mode: 0o600, flush: true });
    renameSync(temporary, path);
  }

  async #replace(text: string): Promise<void> {
    const { path } = this.#options;
    const temporary = `${path}.new`;
    const file = await open(temporary, 'w', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  }

  #setAside(): void {
    const { path, log } = this.#options;
    try {
      renameSync(path, `${path}.bad`);
    } catch (error) {
      log.warn('the damaged settings file could not be set aside', error);
    }
  }
}
