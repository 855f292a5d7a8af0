/** One real node for a test: its thread, its socket, its file; and a plain UDP socket that talks to it. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { bundledWorkers } from '../../src/cli/workers.ts';
import type { LabErrorData } from '../../src/contract/errors.ts';
import type { NodePlan } from '../../src/lab/nodes/nodeLink.ts';
import { NodeThread } from '../../src/lab/nodes/nodeThread.ts';
import { launchWorker } from '../../src/lab/nodes/workerLink.ts';
import type { DatagramCounters, NodeTraceEvent } from '../../src/trace/events.ts';
import type { ClientOperation } from '../../src/trace/operations.ts';

const { node: WORKER_URL } = bundledWorkers();
/** Far longer than anything that is waited for takes, and so short that a test says itself what it lacks. */
const LIMIT_MS = 30_000;

/** What a test starts a node with. */
export type TestNodePlan = NodePlan & { readonly directory: string };

/** A configuration for n1 of a lab of three whose other nodes a test may play. */
export function configurationFor(changes: Partial<TestNodePlan> = {}): TestNodePlan {
  return {
    labId: 'lab-a',
    name: 'n1',
    id: 1,
    incarnation: 1,
    directory: changes.directory ?? temporaryFolder(),
    address: '127.0.0.1',
    preferredPort: 0,
    initialVoters: [1, 2, 3],
    mayCreateDatabase: true,
    databaseBytesMax: 1024 * 1024 * 1024,
    peers: [],
    pace: 'fast',
    faults: {},
    seed: 1,
    ...changes,
  };
}

/** A new folder that is deleted when the test has finished. */
export function temporaryFolder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'raftlab-node-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  return directory;
}

/** A node's thread and everything that it has said. */
export class TestNode {
  readonly thread: NodeThread;
  readonly directory: string;
  readonly events: NodeTraceEvent[] = [];
  readonly operations: ClientOperation[] = [];
  port = 0;
  failure: LabErrorData | undefined;
  death: string | undefined;
  readonly #checks = new Set<() => void>();

  constructor({ directory, ...plan }: TestNodePlan, workerUrl: URL | string = WORKER_URL) {
    this.directory = directory;
    const look = (): void => {
      for (const check of this.#checks) {
        check();
      }
    };
    this.thread = new NodeThread(plan.name, launchWorker(workerUrl, plan, directory), {
      onEvents: (events) => {
        this.events.push(...events);
        look();
      },
      onOperations: (operations) => {
        this.operations.push(...operations);
      },
      onStarted: (port) => {
        this.port = port;
        look();
      },
      onMoved: look,
      onFailed: (failure) => {
        this.failure = failure;
        look();
      },
      onDied: (message) => {
        this.death = message;
        look();
      },
    });
    onTestFinished(() => this.thread.terminate());
  }

  /** A node that runs. */
  static async start(changes: Partial<TestNodePlan> = {}): Promise<TestNode> {
    const node = new TestNode(configurationFor(changes));
    await node.thread.started;
    return node;
  }

  /** Waits for what the node says until `find` returns something. */
  until<Found>(what: string, find: (node: TestNode) => Found | undefined | false): Promise<Found> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#checks.delete(check);
        reject(new Error(`waited ${LIMIT_MS} ms in vain for ${what}`));
      }, LIMIT_MS);
      const check = (): void => {
        const found = find(this);
        if (found !== undefined && found !== false) {
          clearTimeout(timer);
          this.#checks.delete(check);
          resolve(found);
        }
      };
      this.#checks.add(check);
      check();
    });
  }

  /** Events of one type, oldest first. */
  of<Type extends NodeTraceEvent['type']>(type: Type): readonly (NodeTraceEvent & { type: Type })[] {
    return this.events.filter((event): event is NodeTraceEvent & { type: Type } => event.type === type);
  }

  get counters(): DatagramCounters {
    return this.of('counters').at(-1)?.counters
      ?? { sent: 0, received: 0, bytesSent: 0, bytesReceived: 0, retransmitted: 0, dropped: {} };
  }
}

/** A UDP socket on the loopback interface, closed when the test has finished. */
export async function openSocket(): Promise<Socket> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => {
    socket.bind(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    socket.close();
  });
  return socket;
}

/** Sends a datagram and waits until the system has taken it. */
export async function sendDatagram(socket: Socket, bytes: Uint8Array, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    socket.send(bytes, port, '127.0.0.1', (error) => {
      if (error === null) {
        resolve();
      } else {
        reject(error);
      }
    });
  });
}

/** The next datagram that a socket receives and `accept` takes. */
export function nextDatagram<Found>(
  socket: Socket, what: string, accept: (bytes: Uint8Array) => Found | undefined,
): Promise<Found> {
  return new Promise((resolve, reject) => {
    const onMessage = (bytes: Uint8Array): void => {
      const found = accept(bytes);
      if (found !== undefined) {
        end();
        resolve(found);
      }
    };
    const timer = setTimeout(() => {
      end();
      reject(new Error(`waited ${LIMIT_MS} ms in vain for ${what}`));
    }, LIMIT_MS);
    const end = (): void => {
      clearTimeout(timer);
      socket.off('message', onMessage);
    };
    socket.on('message', onMessage);
  });
}

/** What a promise is rejected with; fails the test when it is not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(() => expect.unreachable('it did not fail'), (error: unknown) => error);
}
