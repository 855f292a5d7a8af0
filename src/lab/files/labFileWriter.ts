/** Writes the open lab's lab.json whenever something that it keeps changes. */
import type { LabLog } from '../service.ts';
import type { JsonFile } from './jsonFile.ts';
import type { LabFile } from './labFile.ts';

export class LabFileWriter {
  readonly #file: JsonFile<LabFile>;
  readonly #content: () => LabFile;
  readonly #log: LabLog;
  #writing: Promise<void> = Promise.resolve();
  #isQueued = false;
  #isClosed = false;

  /** @param content returns what lab.json should hold now */
  constructor(file: JsonFile<LabFile>, content: () => LabFile, log: LabLog) {
    this.#file = file;
    this.#content = content;
    this.#log = log;
  }

  /**
   * Writes the lab as it is when the write begins. Changes that come while a write waits share it.
   * @throws {LabError} as JsonFile.write
   */
  write(): Promise<void> {
    if (!this.#isQueued) {
      this.#isQueued = true;
      this.#writing = this.#writing.catch(() => undefined).then(() => {
        this.#isQueued = false;
        // The lab may be open elsewhere by now, or deleted.
        return this.#isClosed ? undefined : this.#file.write(this.#content());
      });
    }
    return this.#writing;
  }

  /** For callers that do not depend on the file: a failure is logged, and never thrown. */
  async writeOrReport(): Promise<void> {
    await this.write().catch((error: unknown) => {
      this.#log.error(`lab.json of ${this.#content().labId} could not be written: ${String(error)}`);
    });
  }

  /** Writes the last changes. Afterwards the file may belong to somebody else, and is not touched. */
  async close(): Promise<void> {
    await this.writeOrReport();
    this.#isClosed = true;
    await this.#writing.catch(() => undefined); // it has been reported
  }
}
