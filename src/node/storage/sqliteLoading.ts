/** How a thread loads SQLite and reports it: before that it must not be terminated (lab/nodes/sqliteThread.ts). */
import { parentPort } from 'node:worker_threads';
import Database from 'better-sqlite3';

/** The first message of a thread that uses SQLite. */
export const SQLITE_LOADED = 'sqlite-loaded';

/** Loads the addon, which better-sqlite3 does with the first database. Must be called before any other is opened. */
export function loadSqlite(): void {
  new Database(':memory:').close();
  parentPort?.postMessage(SQLITE_LOADED);
}
