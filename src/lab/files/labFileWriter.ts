/** Writes the open lab's lab.json whenever something changes that it keeps. */
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

  /** @param content the lab as it is to be kept, now */
  constructor(file: JsonFile<LabFile>, content: () => LabFile, log: LabLog) {
    this.#file = file;
    this.#content = content;
    this.#log = log;
  }

  /**
   * Writes the lab as it is when the write begins; changes that come while one is waiting share it.
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

  /** For what goes on without the file: a failure is in the log, and never thrown. */
  async writeOrReport(): Promise<void> {
    await this.write().catch((error: unknown) => {
      this.#log.error(`lab.json of ${this.#content().labId} could not be written: ${String(error)}`);
    });
  }

  /** Writes what has changed last; afterwards the file is somebody else's, and is not touched. */
  async close(): Promise<void> {
    await this.writeOrReport();
    this.#isClosed = true;
    await this.#writing.catch(() => undefined); // it has been reported
  }
}
