/**
 * The least that one write can take: a client's thread asks a leader's, which sends a datagram to two followers'
 * threads and commits; each follower commits and answers; with the second commit the leader's thread answers the
 * client's. Nothing else is done: no Raft, no encoding, no checks. All three commit to one disk at the same time, as
 * nodes of one machine do.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const FOLLOWERS = 2;

/** What a probe's thread is made as. */
export interface FloorRole {
  /** Where the followers receive; undefined for a follower. */
  readonly followerPorts: readonly number[] | undefined;
}

export class FloorProbe {
  readonly #leader: Worker;
  readonly #all: readonly Worker[];

  static async open(): Promise<FloorProbe> {
    const followers = Array.from({ length: FOLLOWERS }, () => startThread({ followerPorts: undefined }));
    const followerPorts = await Promise.all(followers.map(portOf));
    const leader = startThread({ followerPorts });
    await portOf(leader);
    return new FloorProbe(leader, [leader, ...followers]);
  }

  private constructor(leader: Worker, all: readonly Worker[]) {
    this.#leader = leader;
    this.#all = all;
  }

  /** @returns the time of each of `count` writes, one after the other, in milliseconds */
  async measure(count: number): Promise<readonly number[]> {
    const samplesMs: number[] = [];
    for (let write = 0; write < count; write += 1) {
      const startedAtMs = performance.now();
      this.#leader.postMessage('write');
      await once(this.#leader, 'message');
      samplesMs.push(performance.now() - startedAtMs);
    }
    return samplesMs;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map(async (thread) => {
      thread.postMessage('close');
      await once(thread, 'exit');
    }));
  }
}

function startThread(role: FloorRole): Worker {
  return new Worker(new URL('floorWorker.ts', import.meta.url), { name: 'floor', workerData: role });
}

/** The first message of a thread: where it receives. */
async function portOf(thread: Worker): Promise<number> {
  const [port] = (await once(thread, 'message')) as [number];
  return port;
}
