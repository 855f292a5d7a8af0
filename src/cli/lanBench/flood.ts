/** A flood of foreign datagrams, at little cost to this machine: noise, or datagrams that look like the lab's own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

export interface FloodPlan {
  /** On 127.0.0.1. */
  readonly ports: readonly number[];
  /** To all ports together. */
  readonly perSecond: number;
  /** What the datagrams begin with, in turns: nothing, or a header that only the seal proves to be forged. */
  readonly headers: readonly Uint8Array[];
}

/**
 * Without Python, or where the kernel does not cut buffers into datagrams, a thread of ours sends each one by itself.
 */
type Sender = 'python3' | 'a thread';

export class Flood {
  readonly by: Sender;
  readonly #end: () => Promise<unknown>;
  #sent = 0;

  /** Resolves when it has begun. */
  static async start(plan: FloodPlan): Promise<Flood> {
    return await startPython(plan) ?? startThread(plan);
  }

  constructor(by: Sender, listen: (onSent: (count: number) => void) => void, end: () => Promise<unknown>) {
    this.by = by;
    this.#end = end;
    listen((count) => {
      this.#sent = count;
    });
  }

  /** How many datagrams the system has accepted. */
  get sent(): number {
    return this.#sent;
  }

  async end(): Promise<void> {
    await this.#end();
  }
}

async function startPython({ ports, perSecond, headers }: FloodPlan): Promise<Flood | undefined> {
  const inHex = headers.map((header) => Buffer.from(header).toString('hex'));
  const plan = JSON.stringify({ ports, perSecond, headers: inHex });
  const script = fileURLToPath(new URL('./flood.py', import.meta.url));
  const child = spawn('python3', [script, plan], { stdio: ['pipe', 'pipe', 'ignore'] });
  const lines = createInterface(child.stdout);
  const ended = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const hasBegun = await Promise.race([once(lines, 'line').then(() => true), ended.then(() => false)]);
  if (!hasBegun) {
    return undefined;
  }
  const end = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  return new Flood('python3', (onSent) => lines.on('line', (line) => onSent(Number(line))), end);
}

async function startThread(plan: FloodPlan): Promise<Flood> {
  const worker = new Worker(new URL('./floodWorker.ts', import.meta.url), { workerData: plan });
  await once(worker, 'message');
  return new Flood('a thread', (onSent) => worker.on('message', onSent), () => worker.terminate());
}
