/** A flood of datagrams that are nobody's, from a thread of its own: noise, or what looks like the lab's own. */
import { Worker } from 'node:worker_threads';

export interface FloodPlan {
  /** On 127.0.0.1. */
  readonly ports: readonly number[];
  /** To all ports together. */
  readonly perSecond: number;
  /** What the datagrams begin with, in turns: nothing, or a header that only the seal shows to be forged. */
  readonly headers: readonly Uint8Array[];
}

export class Flood {
  readonly #worker: Worker;
  #sent = 0;

  /** Resolves when the first datagrams are sent. */
  static async start(plan: FloodPlan): Promise<Flood> {
    const flood = new Flood(plan);
    await new Promise((resolve, reject) => {
      flood.#worker.once('message', resolve);
      flood.#worker.once('error', reject);
    });
    return flood;
  }

  private constructor(plan: FloodPlan) {
    this.#worker = new Worker(new URL('./floodWorker.ts', import.meta.url), { workerData: plan });
    this.#worker.on('message', (sent: number) => {
      this.#sent = sent;
    });
  }

  /** How many datagrams the system has taken. */
  get sent(): number {
    return this.#sent;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
