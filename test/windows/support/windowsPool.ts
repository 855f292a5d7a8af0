/**
 * A pool of vitest whose workers are Nodes for Windows: tests that know no particular system run there as they are, and
 * vitest reports each of them. Node under Wine has no pipes to a Node of Linux, so that the two talk over TCP.
 */
import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from 'vitest/node';
import { projectDirectory } from '../../../scripts/setup/project.mjs';
import { receiveMessages, sendMessage } from './messages.ts';
import { readWindows, windowsNodeOptions, windowsPath } from './windows.ts';

const RUNNER = 'test/windows/support/suiteRunner.ts';

class WindowsWorker implements PoolWorker {
  readonly name = 'windows';
  readonly #options: PoolOptions;
  readonly #events = new EventEmitter();
  #socket: Socket | undefined;
  #end: () => Promise<void> = () => Promise.resolve();

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
    // Without a socket it has ended, and vitest was told.
    if (this.#socket !== undefined) sendMessage(this.#socket, message);
  }

  deserialize(data: unknown): unknown {
    return data;
  }

  canReuse(): boolean {
    return true;
  }

  async start(): Promise<void> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const connected = new Promise<Socket>((resolve) => { server.once('connection', resolve); });
    const socket = await Promise.race([connected, this.#launch(server)]);
    socket.on('error', () => undefined); // it has ended, which is told of below
    receiveMessages(socket, (message) => this.#events.emit('message', message));
    this.#socket = socket;
  }

  async stop(): Promise<void> {
    await this.#end();
  }

  /** Starts Node for Windows. @returns never; rejects when that ends, which vitest learns as well */
  #launch(server: Server): Promise<never> {
    const windows = readWindows();
    const { windowsCheckout } = this.#options.project.getProvidedContext();
    const { port } = server.address() as AddressInfo;
    const folder = mkdtempSync(join(tmpdir(), 'raftlab-windows-worker-'));
    const outputPath = join(folder, 'output');
    const output = openSync(outputPath, 'w');
    const child = spawn(windows.command, [
      ...windows.words, windowsPath(join(windowsCheckout, RUNNER)),
      String(port), projectDirectory, windowsPath(windowsCheckout),
    ], {
      stdio: ['ignore', output, output],
      // In the environment, so that programs which tests start have the options as well.
      env: { ...this.#options.env, ...windows.env, NODE_OPTIONS: windowsNodeOptions.join(' ') },
      cwd: windowsCheckout,
    });
    closeSync(output);
    const ended = once(child, 'exit');
    let isWanted = true;
    this.#end = async () => {
      isWanted = false;
      child.kill('SIGKILL');
      await ended.catch(() => undefined);
    };
    return ended.finally(() => {
      this.#socket = undefined;
      server.close();
    }).then(([code, signal]) => {
      const said = readFileSync(outputPath, 'utf8');
      rmSync(folder, { recursive: true, force: true });
      if (!isWanted) return new Promise<never>(() => undefined);
      this.#options.project.vitest.logger.error(`Node for Windows has ended, and said:\n${said}`);
      this.#events.emit('exit', code, signal);
      throw new Error('Node for Windows has ended before it ran tests');
    });
  }
}

export const windowsPool: PoolRunnerInitializer = {
  name: 'windows',
  createPoolWorker: (options) => new WindowsWorker(options),
};
