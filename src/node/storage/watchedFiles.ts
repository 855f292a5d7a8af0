/** Notices when another program deletes, replaces or changes a running node's raft.db or its write-ahead log. */
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { corrupt } from './errors.ts';
import { COMPANION_SUFFIXES } from './openDatabase.ts';

/** The header of SQLite's write-ahead log: its magic number and format, and in its fifth word the first salt. */
const WAL_HEADER_BYTES = 32;
const MAGIC_BYTES = 8;
const SALT_OFFSET = 16;

/** Whether the files are still there under their names. */
export type FilesState = 'there' | 'database gone' | 'companion gone';

/**
 * SQLite looks at what it has written only when it opens the file the next time. Until then it would continue to write
 * behind a hole. So the files' sizes are compared before each transaction with those after the last one, and the
 * write-ahead log's header is compared after it. These few system calls are cheap compared with a sync. Modification
 * times are not used: a network file system reports them late, and a good file would be taken for a damaged one.
 *
 * Not on Windows, where nobody can delete an open file.
 */
export class WatchedFiles {
  readonly #path: string;
  readonly #wal: number | undefined;
  readonly #names: readonly (string | undefined)[] = [];
  #databaseBytes = 0;
  #walBytes = 0;
  #walHeader: Buffer = Buffer.alloc(0);

  /** @param path of raft.db, which is open and has been written to, so that its write-ahead log has a header */
  constructor(path: string) {
    this.#path = path;
    if (process.platform !== 'win32') {
      // SQLite keeps no locks on this file, so closing it releases none (closing any descriptor drops POSIX locks).
      this.#wal = openSync(`${path}-wal`, 'r');
      const files = this.#stat();
      this.#names = files.map(nameOf);
      this.#walHeader = this.#readHeader(this.#wal);
      this.#remember(files);
    }
  }

  /** Must be called before a transaction. @throws an error with code SQLITE_CORRUPT when another program wrote */
  checkUnchanged(): void {
    if (this.#wal === undefined) {
      return;
    }
    // A missing file is noticed after the transaction, when everything known can be saved.
    const database = statSync(this.#path, { throwIfNoEntry: false });
    if (database !== undefined && nameOf(database) === this.#names[0] && database.size < this.#databaseBytes) {
      throw corrupt('another program cut it short while the node ran');
    }
    const { size } = fstatSync(this.#wal);
    // A size of 0 may come from another program's checkpoint; if it does not, the header will be missing.
    if (size > 0 && size < this.#walBytes) {
      throw corrupt('another program cut its write-ahead log short while the node ran');
    }
  }

  /**
   * Must be called after each commit, before anything is acknowledged.
   * @throws an error with code SQLITE_CORRUPT when the write-ahead log cannot be read at the next start
   */
  checkCommitted(): FilesState {
    if (this.#wal === undefined) {
      return 'there';
    }
    const files = this.#stat();
    if (nameOf(files[0]) !== this.#names[0]) {
      return 'database gone';
    }
    if (files.some((file, position) => nameOf(file) !== this.#names[position])) {
      return 'companion gone';
    }
    const header = this.#readHeader(this.#wal);
    if (!header.equals(this.#walHeader) && !isLater(header, this.#walHeader)) {
      throw corrupt('another program overwrote its write-ahead log while the node ran');
    }
    this.#walHeader = header;
    this.#remember(files);
    return 'there';
  }

  /** Must be called only once. */
  close(): void {
    if (this.#wal !== undefined) {
      closeSync(this.#wal);
    }
  }

  #remember([database, wal]: readonly (Stats | undefined)[]): void {
    // Nothing here vacuums, so raft.db never shrinks.
    this.#databaseBytes = database?.size ?? 0;
    this.#walBytes = wal?.size ?? 0;
  }

  #stat(): readonly (Stats | undefined)[] {
    return ['', ...COMPANION_SUFFIXES].map((suffix) => statSync(`${this.#path}${suffix}`, { throwIfNoEntry: false }));
  }

  /** Zeros where the file is too short. */
  #readHeader(wal: number): Buffer {
    const header = Buffer.alloc(WAL_HEADER_BYTES);
    readSync(wal, header, 0, WAL_HEADER_BYTES, 0);
    return header;
  }
}

/** What distinguishes a file from others with the same name. */
function nameOf(file: Stats | undefined): string | undefined {
  return file && `${file.dev}:${file.ino}`;
}

/** Whether SQLite restarted its write-ahead log: it then adds 1 to the first salt, a 32-bit number. */
function isLater(header: Buffer, before: Buffer): boolean {
  const ahead = (header.readUInt32BE(SALT_OFFSET) - before.readUInt32BE(SALT_OFFSET)) >>> 0;
  return header.subarray(0, MAGIC_BYTES).equals(before.subarray(0, MAGIC_BYTES)) && ahead > 0 && ahead < 2 ** 31;
}
