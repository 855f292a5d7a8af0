/** Opens recording.db, or a recording in memory. A file that cannot be used is set aside, and a new one begun. */
import { existsSync, renameSync, rmSync } from 'node:fs';
import type Database from 'better-sqlite3';
import { LabError } from '../../contract/errors.ts';
import { connect } from '../../node/storage/connect.ts';
import { isCorruption } from '../../node/storage/errors.ts';
import { RECORDING_TABLES, RECORDING_VERSION } from './schema.ts';

const BESIDE = ['', '-wal', '-shm'] as const;

/**
 * @param path null: in memory
 * @throws {LabError} `lab-newer`; SQLite's own errors when the folder cannot be written
 */
export function openRecordingDatabase(path: string | null): Database.Database {
  if (path === null) return withTables(connect(':memory:', {}));
  try {
    return withTables(connect(path, {}));
  } catch (error) {
    if (!isCorruption(error) || !existsSync(path)) throw error;
    setAside(path);
    return withTables(connect(path, {}));
  }
}

function withTables(database: Database.Database): Database.Database {
  try {
    database.pragma('trusted_schema = OFF');
    // The last second may be lost with the power: raft.db, which may lose nothing, is another file.
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = NORMAL');
    const version = Number(database.pragma('user_version', { simple: true }));
    if (version === 0) database.transaction(() => database.exec(RECORDING_TABLES))();
    else if (version !== RECORDING_VERSION) {
      throw new LabError('lab-newer', `recording.db has format ${version}, this Raftlab writes ${RECORDING_VERSION}: `
        + 'nothing is recorded. Open the lab with the newer Raftlab');
    }
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** One damaged file is kept for whoever wants to look; an older one gives way. */
function setAside(path: string): void {
  for (const end of BESIDE) {
    rmSync(`${path}.damaged${end}`, { force: true });
    if (existsSync(`${path}${end}`)) renameSync(`${path}${end}`, `${path}.damaged${end}`);
  }
}
