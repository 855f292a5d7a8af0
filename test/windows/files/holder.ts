// A thread that holds files without sharing, one after the other, as a virus scanner or a cloud drive does.
import { closeSync, openSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { HoldOrder } from './hold.ts';

/** libuv's flag for a file that nobody else may open meanwhile; Windows alone has it. */
const WITHOUT_SHARING = 0x1000_0000;

// Both ends of this channel are the same test's.
parentPort?.on('message', ({ path, forMs, signals }: HoldOrder) => {
  const file = openSync(path, WITHOUT_SHARING);
  parentPort?.postMessage('held');
  Atomics.wait(signals, 0, 0, forMs ?? Infinity);
  closeSync(file);
  Atomics.store(signals, 1, 1);
  parentPort?.postMessage('released');
});
