/**
 * The only queue for jobs that open, close, join or leave a lab, or change how it is reached: one job at a time.
 *
 * If something makes a job's wait for another machine pointless, its signal is aborted. The job then ends what it has
 * begun, and the next job has its turn.
 */
import { LabError } from '../contract/errors.ts';
import { SerialQueue } from '../lab/serialQueue.ts';

/** Far more than a person asks for at once. */
const JOBS_MAX = 100;

export type LifecycleJob<Result> = (signal: AbortSignal) => Promise<Result>;

export class LifecycleQueue {
  readonly #queue = new SerialQueue();
  readonly #waits = new Set<AbortController>();

  /** Runs the job after those before it. @throws {LabError} `busy` when too many wait */
  run<Result>(job: LifecycleJob<Result>): Promise<Result> {
    if (this.#waits.size >= JOBS_MAX) {
      return Promise.reject(new LabError('busy', 'too many commands for the lab wait: try again in a moment'));
    }
    return this.#add(job);
  }

  /** Like `run`, but earlier jobs stop waiting for other machines. Never refused as one too many. */
  runSoon<Result>(job: LifecycleJob<Result>): Promise<Result> {
    this.#waits.forEach((wait) => wait.abort());
    return this.#add(job);
  }

  #add<Result>(job: LifecycleJob<Result>): Promise<Result> {
    const wait = new AbortController();
    this.#waits.add(wait);
    return this.#queue.run(() => job(wait.signal)).finally(() => this.#waits.delete(wait));
  }
}
