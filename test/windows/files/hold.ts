// Holds files without sharing for the scripts that run on Windows, and tells what they found.
import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { LabError } from '../../../src/contract/errors.ts';

/** As long as a virus scanner holds a file that was just written. */
export const A_MOMENT_MS = 500;

export interface HoldOrder {
  readonly path: string;
  /** Null: until it is released. */
  readonly forMs: number | null;
  /** The first is set to release the file, the second when it was let go. */
  readonly signals: Int32Array;
}

export interface Hold {
  /** Whether the file was let go. */
  readonly isOver: () => boolean;
  /** Lets go of it, and resolves when it can be opened again. */
  readonly release: () => Promise<void>;
}

const holder = new Worker(new URL('./holder.ts', import.meta.url));
holder.unref();

/**
 * Holds a file in another thread, until it is released or the time is over; one file at a time.
 * @throws {Error} when the file can be read all the same: then nothing that follows would show anything
 */
export async function hold(path: string, forMs: number | null = null): Promise<Hold> {
  const signals = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  holder.postMessage({ path, forMs, signals } satisfies HoldOrder);
  holder.ref();
  await once(holder, 'message');
  const released = once(holder, 'message').finally(() => { holder.unref(); });
  const code = codeOf(() => readFileSync(path));
  if (code !== 'EBUSY') throw new Error(`the file ${path} is not held (${code})`);
  return {
    isOver: () => Atomics.load(signals, 1) === 1,
    release: async () => {
      Atomics.store(signals, 0, 1);
      Atomics.notify(signals, 0);
      await released;
    },
  };
}

/** Runs an action while a file is held for a moment; tells its result, and whether it ended only after the hold. */
export async function whileHeld<Result>(path: string, act: () => Result | Promise<Result>) {
  const held = await hold(path, A_MOMENT_MS);
  const outcome = await outcomeOf(act);
  const waited = held.isOver();
  await held.release();
  return { outcome, waited };
}

/** What an action returns, or the code and the sentence of what it throws. */
export async function outcomeOf<Result>(act: () => Result | Promise<Result>) {
  try {
    return await act();
  } catch (error) {
    if (error instanceof LabError) return error.toData();
    throw error;
  }
}

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'no error';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
