/** Runs many seeds on all cores: one thread per core, and one seed for each idle thread. */
import { availableParallelism } from 'node:os';
import { Worker, type WorkerOptions } from 'node:worker_threads';
import type { SimOptions } from '../../sim/settings.ts';
import type { SeedReport } from './seedReport.ts';

const WORKER_ENTRY = new URL('./seedWorker.ts', import.meta.url);
/** A run needs a few tens of MiB; one that grows beyond this ends with a clear message. */
const HEAP_MIB_MAX = 1024;
const THREADS_MAX = 64;

export interface PoolOptions {
  /** Ascending. */
  readonly seeds: readonly number[];
  readonly options: Omit<SimOptions, 'seed'>;
  /**
   * Begin no seed above the lowest one that ends this way: the result is the same as when seeds run one after another.
   */
  readonly stopAt?: (report: SeedReport) => boolean;
  readonly onReport?: (report: SeedReport) => void;
  /** What the threads have beside their entry, as a test that mutates what they run needs it. */
  readonly worker?: Pick<WorkerOptions, 'env' | 'execArgv'>;
  /** Aborting ends the threads at once; what was reported until then is the result. */
  readonly signal?: AbortSignal;
}

/**
 * @returns the reports of the seeds that were run, in the order of the seeds
 * @throws Error when a thread died: a bug in the simulator itself, not a broken promise of the cluster
 */
export async function runSeeds(pool: PoolOptions): Promise<SeedReport[]> {
  const run = new PoolRun(pool);
  const threadCount = Math.min(availableParallelism(), THREADS_MAX, pool.seeds.length);
  await Promise.all(Array.from({ length: threadCount }, () => run.runThread()));
  return run.reports();
}

class PoolRun {
  readonly #pool: PoolOptions;
  readonly #reports: SeedReport[] = [];
  #position = 0;
  /** The lowest seed whose report satisfied `stopAt`. */
  #lastWanted = Infinity;

  constructor(pool: PoolOptions) {
    this.#pool = pool;
  }

  reports(): SeedReport[] {
    return this.#reports.filter(({ seed }) => seed <= this.#lastWanted).sort((a, b) => a.seed - b.seed);
  }

  /** Resolves when there is nothing left to do. */
  runThread(): Promise<void> {
    const { signal } = this.#pool;
    const worker = new Worker(WORKER_ENTRY, {
      ...this.#pool.worker, resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    });
    return new Promise<void>((resolve, reject) => {
      let current: number | undefined;
      const stop = () => void worker.terminate();
      const giveNext = () => {
        current = signal?.aborted === true ? undefined : this.#nextSeed();
        if (current === undefined) {
          stop();
        } else {
          worker.postMessage({ ...this.#pool.options, seed: current });
        }
      };
      worker.on('message', (report: SeedReport) => {
        this.#take(report);
        giveNext();
      });
      worker.once('error', (cause) => {
        reject(new Error(`seed ${current ?? '?'}: the simulator itself failed`, { cause }));
      });
      worker.once('exit', () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
      giveNext();
    });
  }

  #nextSeed(): number | undefined {
    const seed = this.#pool.seeds[this.#position];
    if (seed === undefined || seed > this.#lastWanted) {
      return undefined;
    }
    this.#position += 1;
    return seed;
  }

  #take(report: SeedReport): void {
    this.#reports.push(report);
    if (this.#pool.stopAt?.(report) === true) {
      this.#lastWanted = Math.min(this.#lastWanted, report.seed);
    }
    this.#pool.onReport?.(report);
  }
}
