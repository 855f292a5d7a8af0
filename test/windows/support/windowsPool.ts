/**
 * A pool of vitest whose workers are Nodes for Windows, so that tests written for no particular system run on Windows.
 * Node under Wine has no pipes to its parent: it talks over TCP.
 */
import { spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from 'vitest/node';
import { projectDirectory } from '../../../scripts/setup/project.mjs';
import { receiveMessages, sendMessage } from './frames.ts';
import { nodeOptions, readWindows, windowsPath } from './windows.ts';

class WindowsWorker implements PoolWorker {
  readonly name = 'windows';
  readonly #options: PoolOptions;
  readonly #events = new EventEmitter();
  #socket: Socket | undefined;
  #end: (() => Promise<void>) | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  on(event: string, callback: (...values: unknown[]) => void): void {
    this.#events.on(event, callback);
  }

  off(event: string, callback: (...values: unknown[]) => void): void {
    this.#events.off(event, callback);
  }

  send(message: WorkerRequest): void {
    if (this.#socket === undefined) throw new Error('the worker on Windows has not started');
    sendMessage(this.#socket, message);
  }

  deserialize(data: unknown): unknown {
    return data;
  }

  async start(): Promise<void> {
    const windows = readWindows();
    const { windowsCheckout } = this.#options.project.getProvidedContext();
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // eslint-disable-next-line @typescript-eslint/consistent-type-assertions
    const { port } = server.address() as AddressInfo;
    const folder = mkdtempSync(join(tmpdir(), 'raftlab-windows-worker-'));
    const outputPath = join(folder, 'output');
    const output = openSync(outputPath, 'w');
    const child = spawn(windows.command, [
      ...windows.words, ...nodeOptions,
      windowsPath(join(windowsCheckout, 'test/windows/support/suiteRunner.ts')),
      String(port), windowsPath(projectDirectory), windowsPath(windowsCheckout),
    ], {
      stdio: ['ignore', output, output],
      env: { ...this.#options.env, ...windows.env },
      cwd: windowsCheckout,
    });
    closeSync(output);
    const exited = once(child, 'exit');
    this.#end = async () => {
      child.kill('SIGKILL');
      await exited;
      server.close();
      rmSync(folder, { recursive: true, force: true });
    };
    const early = exited.then(() => {
      throw new Error(`the worker on Windows ended:\n${readFileSync(outputPath, 'utf8')}`);
    });
    early.catch((error: unknown) => this.#events.emit('exit', 1) && console.error(error));
    const [socket] = await Promise.race([once(server, 'connection'), early]);
    this.#socket = socket;
    receiveMessages(socket, (message) => this.#events.emit('message', message));
  }

  async stop(): Promise<void> {
    await this.#end?.();
  }
}

export const windowsPool: PoolRunnerInitializer = {
  name: 'windows',
  createPoolWorker: (options) => new WindowsWorker(options),
};
