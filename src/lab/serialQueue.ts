/** Runs asynchronous jobs one after another, so that a restart never overtakes the crash before it. */

export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `job` when all jobs before it have ended, however they ended. @returns the job's result */
  run<Result>(job: () => Promise<Result>): Promise<Result> {
    const result = this.#tail.then(job);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
