/** Opens a connection to a database file, wherever it lies. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { toNamespacedPath } from 'node:path';
import Database from 'better-sqlite3';
import { untilLetGoNow } from './heldByOthers.ts';

/** Windows takes longer paths only in the form of its kernel (`\\?\C:\…`), unless the machine was told otherwise. */
const WINDOWS_PATH_MAX = 259;
const LONGEST_COMPANION = '-journal';

/**
 * Opens a file with SQLite.
 * @throws SQLite's own errors; the system's where another program holds the file
 */
export function connect(path: string, options: Database.Options): Database.Database {
  if (process.platform === 'win32' && options.readonly !== true && existsSync(path)) {
    // SQLite waits, too, but then opens the file for reading alone: a node cannot write, and a lock locks nothing.
    untilLetGoNow(() => closeSync(openSync(path, 'r+')));
  }
  return new Database(pathForSqlite(path), options);
}

/** The path as SQLite has to be given it; Node's own functions do the same. Only on Windows it is another one. */
function pathForSqlite(path: string): string {
  return path.length + LONGEST_COMPANION.length > WINDOWS_PATH_MAX ? toNamespacedPath(path) : path;
}
