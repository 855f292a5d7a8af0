/** The lower limits for a write's time: a transaction on the disk, and a datagram there and back. */
import { once } from 'node:events';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { openDatabase } from '../../../node/storage/openDatabase.ts';
import { configurationOf } from '../../../raft/index.ts';
import { VALUE_BYTES } from '../workload.ts';

/** One SQLite transaction with one log entry, on a node's database: same tables, same pragmas. */
export class CommitProbe {
  readonly #folder: string;
  readonly #database: Database.Database;
  readonly #commitOne: (index: number) => void;
  #index = 0;

  static async open(): Promise<CommitProbe> {
    return new CommitProbe(await mkdtemp(join(tmpdir(), 'raftlab-bench-')));
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#database = openDatabase({
      directory: folder,
      identity: { labId: 'bench', nodeName: 'n1', nodeId: 1, incarnation: 1 },
      initialConfiguration: configurationOf([1]),
      mayCreate: true,
      bytesMax: 1024 * 1024 * 1024,
    });
    const begin = this.#database.prepare('BEGIN IMMEDIATE');
    const insert = this.#database.prepare("INSERT INTO log (idx, term, type, data) VALUES (?, 1, 'command', ?)");
    const commit = this.#database.prepare('COMMIT');
    const data = Buffer.alloc(VALUE_BYTES);
    this.#commitOne = (index) => {
      begin.run();
      insert.run(index, data);
      commit.run();
    };
  }

  /** @returns the time of each of `count` transactions, in milliseconds */
  measure(count: number): readonly number[] {
    return Array.from({ length: count }, () => {
      const startedAtMs = performance.now();
      this.commit();
      return performance.now() - startedAtMs;
    });
  }

  /** One transaction. */
  commit(): void {
    this.#index += 1;
    this.#commitOne(this.#index);
  }

  async close(): Promise<void> {
    this.#database.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** One datagram to another thread of this process and back, as between two nodes. */
export class RoundTripProbe {
  readonly #worker: Worker;
  readonly #socket = createSocket('udp4');
  readonly #port: number;

  static async open(): Promise<RoundTripProbe> {
    const worker = new Worker(new URL('echoWorker.ts', import.meta.url), { name: 'echo' });
    const [port] = (await once(worker, 'message')) as [number];
    const probe = new RoundTripProbe(worker, port);
    probe.#socket.bind(0, '127.0.0.1');
    await once(probe.#socket, 'listening');
    return probe;
  }

  private constructor(worker: Worker, port: number) {
    this.#worker = worker;
    this.#port = port;
  }

  /** @returns the time of each of `count` round trips, in milliseconds */
  async measure(count: number): Promise<readonly number[]> {
    const bytes = Buffer.alloc(VALUE_BYTES);
    const samplesMs: number[] = [];
    for (let trip = 0; trip < count; trip += 1) {
      const startedAtMs = performance.now();
      this.#socket.send(bytes, this.#port, '127.0.0.1');
      await once(this.#socket, 'message');
      samplesMs.push(performance.now() - startedAtMs);
    }
    return samplesMs;
  }

  async close(): Promise<void> {
    this.#socket.close();
    await this.#worker.terminate();
  }
}
