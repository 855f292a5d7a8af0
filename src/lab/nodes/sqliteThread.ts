/**
 * A worker thread that uses SQLite, and how it is ended.
 *
 * A thread that is ended while it loads SQLite's addon ends the whole program: Node tells the addon that it can no
 * longer call anything, and better-sqlite3 13.2 then aborts. So `terminate` waits until the addon is loaded. Later a
 * thread can be ended anywhere.
 */
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import { SQLITE_LOADED } from '../../node/storage/sqliteLoading.ts';

/** A thread that has not loaded SQLite by then is stuck, and loads nothing. */
const LOADING_LIMIT_MS = 10_000;

export interface SqliteThreadListener {
  readonly onMessage: (message: unknown) => void;
  /** @param reason the error that ended it, or its exit code */
  readonly onExit: (reason: string) => void;
}

export class SqliteThread {
  readonly #worker: Worker;
  /** Resolves when the thread has loaded SQLite, or has ended. */
  readonly #loaded: Promise<void>;

  /** @param entry the thread's code, which calls `loadSqlite` first */
  constructor(entry: URL | string, options: WorkerOptions, { onMessage, onExit }: SqliteThreadListener) {
    const worker = new Worker(entry, options);
    let uncaught: string | undefined;
    this.#worker = worker;
    this.#loaded = new Promise((resolve) => {
      worker.on('message', (message: unknown) => {
        if (message === SQLITE_LOADED) {
          resolve();
        } else {
          onMessage(message);
        }
      });
      worker.on('error', (error) => {
        uncaught = error instanceof Error ? error.message : String(error);
      });
      worker.once('exit', (exitCode) => {
        resolve();
        onExit(uncaught ?? `exit code ${exitCode}`);
      });
    });
  }

  post(message: unknown): void {
    this.#worker.postMessage(message);
  }

  /** Ends the thread wherever it is. Resolves when it has ended. */
  async terminate(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LOADING_LIMIT_MS);
    });
    await Promise.race([this.#loaded, limit]);
    clearTimeout(timer);
    await this.#worker.terminate();
  }
}
