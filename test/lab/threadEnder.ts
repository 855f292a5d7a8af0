/** A process of its own, because it may be aborted: starts threads, and ends each while it is loading SQLite. */
import { fileURLToPath } from 'node:url';
import { SqliteThread } from '../../src/lab/nodes/sqliteThread.ts';

/** The end falls just before, into and after the loading, which takes about a millisecond. */
const DELAYS_MS = Array.from({ length: 13 }, (_, step) => step / 10);

const entry = fileURLToPath(new URL('./loadingThread.mjs', import.meta.url));
const ends = Number(process.argv[2]);
for (let count = 0; count < ends; count += 1) {
  await new Promise<void>((resolve) => {
    const thread = new SqliteThread(entry, { workerData: { delayMs: DELAYS_MS[count % DELAYS_MS.length] } }, {
      onMessage: () => void thread.terminate(),
      onExit: () => resolve(),
    });
  });
}
console.log(`${ends} ended`);
