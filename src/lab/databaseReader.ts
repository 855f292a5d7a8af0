/** Asks the reader thread for pages of a node's database, so that no file is read on the thread that asks. */
import { Worker } from 'node:worker_threads';
import type { DiskPage } from '../contract/answers.ts';
import { LabError } from '../contract/errors.ts';
import type { LabErrorData } from '../contract/errors.ts';

export interface DiskQuestion {
  readonly nodeName: string;
  readonly databasePath: string;
  /** The rows come in descending index order, beginning here; undefined: at the end of the log. */
  readonly fromIndex: number | undefined;
  readonly count: number;
}

export interface ToReader {
  readonly questionId: number;
  readonly question: DiskQuestion;
}

export type FromReader =
  | { readonly questionId: number; readonly ok: true; readonly page: DiskPage }
  | { readonly questionId: number; readonly ok: false; readonly error: LabErrorData };

/** Questions that may wait for the reader; the window asks again for what it still shows. */
const QUESTIONS_MAX = 64;

interface Waiting {
  readonly resolve: (page: DiskPage) => void;
  readonly reject: (error: LabError) => void;
}

export class DatabaseReader {
  readonly #workerUrl: URL | string;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #questionCount = 0;

  constructor(workerUrl: URL | string) {
    this.#workerUrl = workerUrl;
  }

  /** @throws {LabError} when the file is not there or cannot be read */
  read(question: DiskQuestion): Promise<DiskPage> {
    if (this.#waiting.size >= QUESTIONS_MAX) {
      return Promise.reject(new LabError('busy', 'the database reader is busy: ask again in a moment'));
    }
    this.#worker ??= this.#launch();
    this.#questionCount += 1;
    const message: ToReader = { questionId: this.#questionCount, question };
    const { questionId } = message;
    return new Promise((resolve, reject) => {
      this.#waiting.set(questionId, { resolve, reject });
      this.#worker?.postMessage(message);
    });
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #launch(): Worker {
    const worker = new Worker(this.#workerUrl, { name: 'database reader' });
    let reason = 'it was closed';
    worker.on('message', (message: FromReader) => {
      const waiting = this.#waiting.get(message.questionId);
      this.#waiting.delete(message.questionId);
      if (message.ok) {
        waiting?.resolve(message.page);
      } else {
        waiting?.reject(new LabError(message.error.code, message.error.message));
      }
    });
    worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    worker.once('exit', () => {
      this.#worker = undefined; // the next question starts another
      for (const { reject } of this.#waiting.values()) {
        reject(new LabError('internal', `the database reader ended (${reason}): ask again`));
      }
      this.#waiting.clear();
    });
    return worker;
  }
}
