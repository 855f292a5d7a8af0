/** Converts a raft.db of an older format to the current one. */
import type Database from 'better-sqlite3';
import { corrupt } from './errors.ts';
import { SCHEMA_VERSION, TABLES } from './schema.ts';

/**
 * Format 1 kept a snapshot in one row, and no node ever took one: only the first configuration is kept from it.
 * Formats 1 and 2 had no checksums; existing rows stay without. It is one transaction, so that the file has either the
 * old format or the new one.
 * @throws an error with code SQLITE_CORRUPT when the file was not written by Raftlab
 */
export function migrate(database: Database.Database, fromVersion: number): void {
  database.transaction(() => {
    if (fromVersion === 1) {
      takeOverFormat1(database);
    } else {
      database.exec('ALTER TABLE snapshot_contents ADD COLUMN crc32 INTEGER');
    }
    database.exec('ALTER TABLE log ADD COLUMN crc32 INTEGER');
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}

function takeOverFormat1(database: Database.Database): void {
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
}
