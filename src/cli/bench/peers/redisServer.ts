/** A real Redis server on this machine that syncs each write: the limit of one machine without consensus. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { endProgram, freePorts } from './programs.ts';
import type { Program } from './programs.ts';

export const REDIS_SERVER: Program = {
  name: 'redis-server', version: /v=(\S+)/, debianPackage: 'redis-server',
};
const START_TRIES_MAX = 300;
const START_TRY_MS = 100;

export class RedisServer {
  readonly address = '127.0.0.1';
  readonly port: number;
  readonly #folder: string;
  readonly #process: ChildProcess;

  /** Starts the server and waits until it listens. @throws {Error} when it does not come up */
  static async start(): Promise<RedisServer> {
    const folder = await mkdtemp(join(tmpdir(), 'raftlab-bench-redis-'));
    const [port = 0] = await freePorts(1);
    const program = spawn(REDIS_SERVER.name, [
      '--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'yes',
      '--appendfsync', 'always', '--loglevel', 'warning',
    ], { stdio: ['ignore', 'ignore', 'inherit'] });
    const server = new RedisServer(port, folder, program);
    try {
      await listening(port, program);
      return server;
    } catch (error) {
      await server.close();
      throw error;
    }
  }

  private constructor(port: number, folder: string, program: ChildProcess) {
    this.port = port;
    this.#folder = folder;
    this.#process = program;
  }

  /** Ends the server and deletes its files. */
  async close(): Promise<void> {
    await endProgram(this.#process);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function listening(port: number, program: ChildProcess): Promise<void> {
  for (let tries = 0; tries < START_TRIES_MAX; tries += 1) {
    if (program.exitCode !== null) {
      throw new Error(`redis-server ended with exit code ${program.exitCode} before it listened`);
    }
    const socket = connect(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(() => true, () => false);
    socket.destroy();
    if (isThere) {
      return;
    }
    await delay(START_TRY_MS);
  }
  throw new Error(`redis-server did not listen after ${(START_TRIES_MAX * START_TRY_MS) / 1000} s`);
}
