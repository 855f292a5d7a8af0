// A thread that says when it is about to load SQLite, and loads it a moment later. Plain, because Node's type stripping
// is itself not safe in threads that are ended (src/cli/workers.ts).
import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

parentPort?.postMessage('about to load');
const loadAtMs = performance.now() + workerData.delayMs;
while (performance.now() < loadAtMs);
new Database(':memory:').close();
parentPort?.postMessage('sqlite-loaded');
