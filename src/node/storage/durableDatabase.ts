/** A node's open raft.db: the only access to it, which also handles the file after an error. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import type * as z from 'zod/mini';
import { LabError } from '../../contract/errors.ts';
import { corrupt, isCorruption, storageError } from './errors.ts';
import { tryLockFolder } from './lock.ts';
import type { FolderLock } from './lock.ts';
import { DATABASE_FILE, durabilityOf, openDatabase, setAside } from './openDatabase.ts';
import type { Durability, OpenDatabaseOptions } from './openDatabase.ts';
import { WatchedFiles } from './watchedFiles.ts';

export const LOCK_FILE = 'raft.lock';

/** A prepared statement that reads. */
export interface ReadStatement<Parameters extends unknown[], Row> {
  /** The first row, checked. @throws {LabError} as `DurableDatabase.transact` */
  get(...parameters: Parameters): Row | undefined;
}

/** A prepared statement that writes. */
export interface WriteStatement<Parameters extends unknown[]> {
  /** @throws {LabError} as `DurableDatabase.transact` */
  run(...parameters: Parameters): void;
}

/** @throws {LabError} that the node stopped, and what keeps its folder from being locked */
function lockFolder({ directory, identity: { nodeName } }: OpenDatabaseOptions): FolderLock | undefined {
  try {
    return tryLockFolder(directory, LOCK_FILE);
  } catch (error) {
    if (!(error instanceof LabError)) {
      throw error;
    }
    throw new LabError(error.code, `${nodeName} stopped: ${error.message}, then restart the node`);
  }
}

/**
 * Only this class has the connection: every statement is prepared and run here. So whatever SQLite finds, and every row
 * that is not what was written, is reported in the same words, and a corrupt file is set aside.
 *
 * After any error the database is unusable: SQLite may have rolled back, and a node that is not sure of its log must be
 * silent. Only `close` may then be called.
 */
export class DurableDatabase {
  /** The path of raft.db. */
  readonly path: string;
  readonly #connection: Database.Database;
  readonly #lock: FolderLock;
  readonly #options: OpenDatabaseOptions;
  readonly #begin: Database.Statement;
  readonly #commit: Database.Statement;
  readonly #files: WatchedFiles;
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
      lock = lockFolder(options);
      if (lock === undefined) {
        throw new LabError(
          'lab-in-use',
          `${nodeName} is already running on the file in its folder: close the other Raftlab that has this lab open`,
        );
      }
      return new DurableDatabase(openDatabase(options), lock, options);
    } catch (error) {
      const reported = reportedError(error, options);
      lock?.release();
      throw reported;
    }
  }

  private constructor(connection: Database.Database, lock: FolderLock, options: OpenDatabaseOptions) {
    this.#connection = connection;
    this.#lock = lock;
    this.#options = options;
    this.path = join(options.directory, DATABASE_FILE);
    this.#begin = connection.prepare('BEGIN IMMEDIATE');
    this.#commit = connection.prepare('COMMIT');
    this.#files = new WatchedFiles(this.path);
  }

  /** @param schema the statement's rows as they were written: a row that does not match is corrupt */
  prepareRead<Parameters extends unknown[], Row>(
    sql: string, schema: z.ZodMiniType<Row>,
  ): ReadStatement<Parameters, Row> {
    const statement = this.#guarded(() => this.#connection.prepare<Parameters>(sql));
    return {
      get: (...parameters) => this.#guarded(() => {
        const row = statement.get(...parameters);
        return row === undefined ? undefined : checkedRow(row, schema, sql);
      }),
    };
  }

  prepareWrite<Parameters extends unknown[]>(sql: string): WriteStatement<Parameters> {
    const statement = this.#guarded(() => this.#connection.prepare<Parameters>(sql));
    return { run: (...parameters) => this.#guarded(() => void statement.run(...parameters)) };
  }

  /**
   * Runs `action` as one transaction, which is on stable storage when this returns.
   * @throws {LabError} `disk-full`, `disk-error`, `corrupt-file`: close the database and stop the node
   */
  transact<Result>(action: () => Result): Result {
    return this.#guarded(() => {
      this.#files.checkUnchanged();
      this.#begin.run();
      const result = action();
      this.#commit.run();
      this.#checkFiles();
      return result;
    });
  }

  /** Sets the file aside because its contents contradict each other. @throws {LabError} `corrupt-file`, always */
  condemn(problem: string): never {
    return this.#guarded(() => {
      throw corrupt(problem);
    });
  }

  /** How this connection commits, according to SQLite. */
  durability(): Durability {
    return this.#guarded(() => durabilityOf(this.#connection));
  }

  /** The size of the file without its write-ahead log, in bytes. */
  fileBytes(): number {
    return statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Closes the file (which copies the write-ahead log into it) and releases the folder. Safe to call twice. */
  close(): void {
    if (this.#connection.open) {
      this.#closeFiles();
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
      // An error of a statement within a transaction was handled already.
      this.#failure ??= this.#giveUp(error);
      throw this.#failure;
    }
  }

  /** Closes after an error, sets a corrupt file aside, and returns the error to report. */
  #giveUp(error: unknown): LabError {
    // Closing rolls back an open transaction. The lock stays until `close`, so that nobody else takes the folder.
    this.#closeFiles();
    return reportedError(error, this.#options);
  }

  #closeFiles(): void {
    this.#files.close();
    this.#connection.close();
  }

  /**
   * A file that another program deletes lives on without a name until it is closed. Then everything written to it is
   * lost, so this must be noticed before anything is acknowledged. On Windows nobody can delete an open file.
   * @throws when a file is gone or another one has its name
   */
  #checkFiles(): void {
    const state = this.#files.checkCommitted();
    if (state === 'there') {
      return;
    }
    const { nodeName } = this.#options.identity;
    if (state === 'database gone') {
      throw new LabError(
        'corrupt-file',
        `raft.db of ${nodeName} was deleted, moved or replaced while ${nodeName} ran: put it back with its companions, `
        + `or wipe ${nodeName} to bring it back under a new identity`,
      );
    }
    // The write-ahead log is still open: everything in it is copied into raft.db.
    const [checkpoint] = this.#connection.pragma('wal_checkpoint(FULL)') as readonly { busy: number }[];
    if (checkpoint?.busy !== 0) {
      throw corrupt('its write-ahead log was deleted while another program read it');
    }
    throw new LabError(
      'disk-error',
      `${nodeName} stopped because ${DATABASE_FILE}-wal or ${DATABASE_FILE}-shm was deleted while it ran. `
      + `Nothing was lost: restart ${nodeName}, and leave these files alone`,
    );
  }
}

/** Sets a corrupt file aside, and returns the error to report. The file must be closed. */
function reportedError(error: unknown, { directory, identity, bytesMax }: OpenDatabaseOptions): LabError {
  return isCorruption(error)
    ? setAside(directory, identity.nodeName, error)
    : storageError(error, { nodeName: identity.nodeName, directory, bytesMax });
}

function checkedRow<Row>(row: unknown, schema: z.ZodMiniType<Row>, sql: string): Row {
  const result = schema.safeParse(row);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw corrupt(`a row is not what was written: ${issue?.message ?? ''} at ${issue?.path.join('.') ?? ''} of ${sql}`);
  }
  return result.data;
}
