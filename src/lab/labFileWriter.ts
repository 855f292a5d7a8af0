/** Writes the open lab's lab.json whenever something changes that it keeps. */
import type { LabFile } from './labFile.ts';
import type { LabStore } from './labStore.ts';
import type { LabLog } from './service.ts';

export class LabFileWriter {
  readonly #store: LabStore;
  readonly #content: () => LabFile;
  readonly #log: LabLog;
  #writing: Promise<void> = Promise.resolve();
  #isQueued = false;

  /** @param content the lab as it is to be kept, now */
  constructor(store: LabStore, content: () => LabFile, log: LabLog) {
    this.#store = store;
    this.#content = content;
    this.#log = log;
  }

  /** Writes the lab as it is when the write begins; changes that come while one is waiting share it. */
  write(): Promise<void> {
    if (!this.#isQueued) {
      this.#isQueued = true;
      this.#writing = this.#writing.catch(() => undefined).then(() => {
        this.#isQueued = false;
        return this.#store.write(this.#content());
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
}
