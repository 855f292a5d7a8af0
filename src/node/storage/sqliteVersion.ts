/** The version of SQLite that the nodes use, according to the library itself. */
import Database from 'better-sqlite3';

/** For example `3.54.1`. Opens a database in memory for a moment. */
export function sqliteVersion(): string {
  const database = new Database(':memory:');
  try {
    return String(database.prepare('SELECT sqlite_version()').pluck().get());
  } finally {
    database.close();
  }
}
