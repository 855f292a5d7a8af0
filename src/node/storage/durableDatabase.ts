/** A node's raft.db while the node has it: its folder's lock, transactions, and what becomes of it after an error. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { LabError } from '../../contract/errors.ts';
import { corrupt, isCorruption, storageError } from './errors.ts';
import { tryLockFolder } from './lock.ts';
import type { FolderLock } from './lock.ts';
import { DATABASE_FILE, durabilityOf, openDatabase, setAside } from './openDatabase.ts';
import type { Durability, OpenDatabaseOptions } from './openDatabase.ts';

export const LOCK_FILE = 'raft.lock';

/**
 * After any error the database is unusable: SQLite may have rolled back, and a node that is not sure of its log must be
 * silent. Only `close` may then be called.
 */
export class DurableDatabase {
  /** The path of raft.db. */
  readonly path: string;
  readonly connection: Database.Database;
  readonly #lock: FolderLock;
  readonly #directory: string;
  readonly #nodeName: string;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  #failure: LabError | undefined;

  /**
   * Locks the node's folder and opens its file.
   * @throws {LabError} `lab-in-use` when another thread or process runs this node; `corrupt-file`, `lab-newer`,
   * `refused`, `disk-full`, `disk-error` with the reason
   */
  static open(options: OpenDatabaseOptions): DurableDatabase {
    const { nodeName } = options.identity;
    let lock: FolderLock | undefined;
    try {
      lock = tryLockFolder(options.directory, LOCK_FILE);
      if (lock === undefined) {
        throw new LabError(
          'lab-in-use',
          `${nodeName} is already running on the file in its folder: close the other Raftlab that has this lab open`,
        );
      }
      return new DurableDatabase(openDatabase(options), lock, options.directory, nodeName);
    } catch (error) {
      const reported = isCorruption(error)
        ? setAside(options.directory, nodeName, error)
        : storageError(error, nodeName, options.directory);
      lock?.release();
      throw reported;
    }
  }

  private constructor(connection: Database.Database, lock: FolderLock, directory: string, nodeName: string) {
    this.connection = connection;
    this.#lock = lock;
    this.#directory = directory;
    this.#nodeName = nodeName;
    this.path = join(directory, DATABASE_FILE);
    this.#begin = connection.prepare('BEGIN IMMEDIATE');
    this.#commit = connection.prepare('COMMIT');
  }

  /**
   * Runs `action` as one transaction, which is on stable storage when this returns.
   * @throws {LabError} `disk-full`, `disk-error`, `corrupt-file`: close the database and stop the node
   */
  transact<Result>(action: () => Result): Result {
    return this.#guarded(() => {
      this.#begin.run();
      const result = action();
      this.#commit.run();
      return result;
    });
  }

  /** Reads. @throws {LabError} as `transact` */
  read<Result>(action: () => Result): Result {
    return this.#guarded(action);
  }

  /** Sets the file aside because its contents contradict each other. @throws {LabError} `corrupt-file`, always */
  condemn(problem: string): never {
    return this.#guarded(() => {
      throw corrupt(problem);
    });
  }

  /** How this connection commits, asked of SQLite. */
  durability(): Durability {
    return durabilityOf(this.connection);
  }

  /** The size of the file without its write-ahead log, in bytes. */
  fileBytes(): number {
    return statSync(this.path).size;
  }

  /** Closes the file (which copies the write-ahead log into it) and releases the folder. Safe to call twice. */
  close(): void {
    if (this.connection.open) {
      this.connection.close();
    }
    this.#lock.release();
  }

  #guarded<Result>(action: () => Result): Result {
    if (this.#failure !== undefined) {
      throw this.#failure;
    }
    try {
      return action();
    } catch (error) {
      this.#failure = this.#giveUp(error);
      throw this.#failure;
    }
  }

  /** Closes after an error, sets a corrupt file aside, and gives the error to report. */
  #giveUp(error: unknown): LabError {
    // Closing rolls back what was begun. The lock stays until `close`, so that nobody else takes the folder meanwhile.
    this.connection.close();
    return isCorruption(error)
      ? setAside(this.#directory, this.#nodeName, error)
      : storageError(error, this.#nodeName, this.#directory);
  }
}
