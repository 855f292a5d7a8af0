/** A lock on a folder, held by a SQLite transaction on an empty file: however its owner dies, the lock dies with it. */
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { connect } from './connect.ts';
import { errorCodeOf, folderProblem } from './errors.ts';

/** A lock that is held until `release` is called, the thread ends or the process dies. */
export interface FolderLock {
  release(): void;
}

/**
 * Takes the lock `fileName` in a folder, or returns undefined when another thread or process holds it. The lock is on a
 * file of its own, so that raft.db stays readable for other programs while its node runs. No other code may open the
 * lock file: on POSIX, closing any descriptor of a file drops every lock that the process holds on it.
 * @throws {LabError} `disk-full`, `disk-error`: the folder and what keeps it from being locked (`folderProblem`)
 */
export function tryLockFolder(directory: string, fileName: string): FolderLock | undefined {
  let connection: Database.Database | undefined;
  try {
    connection = connect(join(directory, fileName), { timeout: 0 });
    // Nothing is ever written: without a journal file the folder stays tidy and there is nothing to recover. OFF would
    // change nothing: better-sqlite3 makes SQLite refuse it without a word.
    connection.pragma('journal_mode = MEMORY');
    connection.exec('BEGIN EXCLUSIVE');
    // A file that SQLite opened for reading alone is not locked by that. This writes nothing, but may only a writer.
    connection.pragma('incremental_vacuum(1)');
  } catch (error) {
    connection?.close();
    if (errorCodeOf(error).startsWith('SQLITE_BUSY')) {
      return undefined;
    }
    throw folderProblem(error, directory);
  }
  const held = connection;
  return { release: () => held.close() };
}
