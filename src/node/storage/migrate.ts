/** Brings a raft.db of an older format up to the present one. */
import type Database from 'better-sqlite3';
import { corrupt } from './errors.ts';
import { SCHEMA_VERSION, TABLES } from './schema.ts';

/**
 * Format 1 kept a snapshot in one row, and no node ever took one: there is only the first configuration to take over.
 * One transaction, so that the file is of the one format or the other.
 * @throws an error with code SQLITE_CORRUPT when the file is none that Raftlab wrote
 */
export function migrateFromVersion1(database: Database.Database): void {
  database.transaction(() => {
    const row = database.prepare<[], { last_included_index: number; configuration: string }>(
      'SELECT last_included_index, configuration FROM snapshot',
    ).get();
    if (row?.last_included_index !== 0) {
      throw corrupt('a file of format 1 holds a snapshot');
    }
    database.exec('DROP TABLE snapshot');
    for (const table of ['snapshot', 'incoming_snapshot', 'snapshot_contents']) {
      database.exec(TABLES[table] ?? '');
    }
    database.prepare("INSERT INTO snapshot VALUES (1, 0, 0, ?, 0, x'', 0)").run(row.configuration);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}
