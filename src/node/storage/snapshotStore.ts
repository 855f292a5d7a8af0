/** The snapshots in raft.db: the node's latest one, the one that a leader is sending, and their bytes in pieces. */
import * as z from 'zod/mini';
import { invariant } from '../../raft/assert.ts';
import type { Index, Snapshot, Term } from '../../raft/types.ts';
import { DELETED_AT_ONCE_BYTES } from '../../server/logStore.ts';
import type { SnapshotHead, SnapshotStore, StoredSnapshot } from '../../server/logStore.ts';
import { checksumOf } from './checksum.ts';
import { parseConfiguration } from './configurationText.ts';
import type { DurableDatabase } from './durableDatabase.ts';

/** The rows as they are written; a damaged page may hold anything. */
const whole = z.int().check(z.minimum(0));
const headRow = z.object({
  last_included_index: whole, last_included_term: whole, configuration: z.string(), bytes: whole,
  sha256: z.instanceof(Uint8Array), contents: whole,
});
type HeadRow = z.output<typeof headRow>;
const pieceRow = z.object({ offset: whole, data: z.instanceof(Uint8Array), crc32: z.nullable(whole) });
type PieceRow = z.output<typeof pieceRow>;
const numberRow = z.object({ number: z.nullable(whole) });

/** Every method throws a LabError as DurableDatabase.transact does. */
export class SqliteSnapshots implements SnapshotStore {
  readonly #database: DurableDatabase;
  readonly #statements: Statements;
  #current: StoredSnapshot;
  #incoming: StoredSnapshot | undefined;
  #receivedBytes: number;
  #lastContents: number;
  /** The piece that was read last: a sender reads a snapshot in steps smaller than a piece. */
  #lastRead: { readonly contents: number; readonly piece: PieceRow } | undefined;

  constructor(database: DurableDatabase) {
    this.#database = database;
    this.#statements = prepareStatements(database);
    const current = this.#statements.readHead.get() ?? database.condemn('the table snapshot is empty');
    this.#current = this.#storedSnapshotOf(current);
    const incoming = this.#statements.readIncoming.get();
    this.#incoming = incoming && this.#storedSnapshotOf(incoming);
    this.#receivedBytes = incoming === undefined ? 0 : this.#statements.readEnd.get(incoming.contents)?.number ?? 0;
    this.#lastContents = Math.max(
      this.#statements.readLastContents.get()?.number ?? 0, this.#current.contents, this.#incoming?.contents ?? 0,
    );
  }

  /** The latest snapshot; at index 0 there is none yet. */
  get current(): StoredSnapshot {
    return this.#current;
  }

  /** The snapshot that a leader is sending. */
  get incoming(): StoredSnapshot | undefined {
    return this.#incoming;
  }

  /** How much of the incoming snapshot is on stable storage, from its beginning on. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  // ---- The node's own -----------------------------------------------------------------------------------------------

  /** A number for the contents of a new snapshot, never used before. */
  newContents(): number {
    this.#lastContents += 1;
    return this.#lastContents;
  }

  /** Writes a piece of a snapshot that is being taken. */
  writePiece(contents: number, offset: number, data: Uint8Array): void {
    this.#database.transact(() => this.#writePiece(contents, offset, data));
  }

  /** Makes a snapshot whose pieces are all written the node's latest one. */
  adopt(snapshot: StoredSnapshot): void {
    invariant(
      snapshot.lastIncludedIndex > this.#current.lastIncludedIndex,
      () => `a snapshot at ${snapshot.lastIncludedIndex} after one at ${this.#current.lastIncludedIndex}`,
    );
    this.#database.transact(() => this.#writeHead(snapshot));
    this.#current = snapshot;
  }

  // ---- A leader's ---------------------------------------------------------------------------------------------------

  /** Begins to receive a snapshot instead of any that was being received. */
  beginIncoming(head: SnapshotHead): StoredSnapshot {
    const incoming = { ...head, contents: this.newContents() };
    this.#database.transact(() => {
      this.#statements.deleteIncoming.run();
      this.#statements.insertIncoming.run(...valuesOf(incoming));
    });
    this.#incoming = incoming;
    this.#receivedBytes = 0;
    return incoming;
  }

  /** Appends to what has been received. */
  appendIncoming(data: Uint8Array): void {
    const incoming = this.#incoming;
    invariant(
      incoming !== undefined && this.#receivedBytes + data.length <= incoming.bytes,
      () => `${data.length} bytes after ${this.#receivedBytes} of ${String(incoming?.bytes)} of a snapshot`,
    );
    this.#database.transact(() => this.#writePiece(incoming.contents, this.#receivedBytes, data));
    this.#receivedBytes += data.length;
  }

  /** Forgets the incoming snapshot: it is bad, or no longer needed. */
  dropIncoming(): void {
    if (this.#incoming !== undefined) {
      this.#database.transact(() => this.#statements.deleteIncoming.run());
      this.#incoming = undefined;
      this.#receivedBytes = 0;
    }
  }

  /** Makes the incoming snapshot the node's latest one. Must be called within a transaction. */
  writeInstalled({ lastIncludedIndex, lastIncludedTerm }: Snapshot): void {
    const incoming = this.#incoming;
    invariant(
      incoming?.lastIncludedIndex === lastIncludedIndex && incoming.lastIncludedTerm === lastIncludedTerm
      && incoming.bytes === this.#receivedBytes,
      () => `a snapshot at ${lastIncludedIndex} of term ${lastIncludedTerm} is to be installed, received were `
        + `${this.#receivedBytes} of ${String(incoming?.bytes)} bytes of one at ${String(incoming?.lastIncludedIndex)}`,
    );
    this.#writeHead(incoming);
    this.#statements.deleteIncoming.run();
  }

  /** Updates the memory with what `writeInstalled` wrote, once that is committed. */
  rememberInstalled(): void {
    invariant(this.#incoming !== undefined, () => 'no snapshot was installed');
    this.#current = this.#incoming;
    this.#incoming = undefined;
    this.#receivedBytes = 0;
  }

  // ---- Bytes --------------------------------------------------------------------------------------------------------

  /** `length` bytes of a snapshot from `offset` on, or as many as there are. */
  read(contents: number, offset: number, length: number): Uint8Array {
    const parts: Uint8Array[] = [];
    for (let at = offset; at < offset + length;) {
      const piece = this.#pieceAt(contents, at);
      if (piece === undefined) {
        break;
      }
      const part = piece.data.subarray(at - piece.offset, offset + length - piece.offset);
      parts.push(part);
      at += part.length;
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /**
   * Deletes a few of the pieces that belong neither to the snapshots in the tables nor to those in `inUse`.
   * @returns whether there may be more
   */
  deleteUnused(inUse: readonly number[]): boolean {
    const used = JSON.stringify([this.#current.contents, this.#incoming?.contents ?? 0, ...inUse]);
    const unused = this.#statements.findUnused.get(used)?.number;
    if (unused === undefined || unused === null) {
      return false;
    }
    this.#database.transact(() => this.#statements.deletePieces.run(unused, unused));
    this.#lastRead = undefined;
    return true;
  }

  #pieceAt(contents: number, offset: number): PieceRow | undefined {
    if (this.#lastRead?.contents !== contents || !isWithin(this.#lastRead.piece, offset)) {
      const piece = this.#statements.readPiece.get(contents, offset);
      this.#lastRead = piece && { contents, piece };
      // No checksum: the piece is older than format 3.
      if (piece !== undefined && piece.crc32 !== null && piece.crc32 !== checksumOf(piece.data, piece.offset)) {
        this.#database.condemn(`the checksum of a snapshot's piece at ${piece.offset} does not match its data`);
      }
    }
    const piece = this.#lastRead?.piece;
    return piece !== undefined && isWithin(piece, offset) ? piece : undefined;
  }

  #writePiece(contents: number, offset: number, data: Uint8Array): void {
    this.#statements.writePiece.run(contents, offset, data, checksumOf(data, offset));
  }

  #writeHead(snapshot: StoredSnapshot): void {
    this.#statements.writeHead.run(...valuesOf(snapshot));
  }

  #storedSnapshotOf(row: HeadRow): StoredSnapshot {
    return {
      lastIncludedIndex: row.last_included_index,
      lastIncludedTerm: row.last_included_term,
      configuration: parseConfiguration(row.configuration) ?? this.#database.condemn(
        `not a configuration: ${row.configuration.slice(0, 80)}`,
      ),
      bytes: row.bytes,
      sha256: row.sha256,
      contents: row.contents,
    };
  }
}

function isWithin({ offset, data }: PieceRow, wanted: number): boolean {
  return wanted >= offset && wanted < offset + data.length;
}

type HeadValues = [Index, Term, configuration: string, bytes: number, sha256: Uint8Array, contents: number];

function valuesOf(snapshot: StoredSnapshot): HeadValues {
  const { lastIncludedIndex, lastIncludedTerm, configuration, bytes, sha256, contents } = snapshot;
  return [lastIncludedIndex, lastIncludedTerm, JSON.stringify(configuration), bytes, sha256, contents];
}

/** The most that one transaction deletes, besides DELETED_AT_ONCE_BYTES. */
const DELETED_AT_ONCE_PIECES = 1000;

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: DurableDatabase) {
  const columns = 'last_included_index, last_included_term, configuration, bytes, sha256, contents';
  return {
    readHead: database.prepareRead<[], HeadRow>(`SELECT ${columns} FROM snapshot`, headRow),
    readIncoming: database.prepareRead<[], HeadRow>(`SELECT ${columns} FROM incoming_snapshot`, headRow),
    writeHead: database.prepareWrite<HeadValues>(
      'UPDATE snapshot SET last_included_index = ?, last_included_term = ?, configuration = ?, bytes = ?, sha256 = ?, '
      + 'contents = ?',
    ),
    insertIncoming: database.prepareWrite<HeadValues>(
      `INSERT INTO incoming_snapshot (id, ${columns}) VALUES (1, ?, ?, ?, ?, ?, ?)`,
    ),
    deleteIncoming: database.prepareWrite<[]>('DELETE FROM incoming_snapshot'),
    readLastContents: database.prepareRead<[], z.output<typeof numberRow>>(
      'SELECT max(contents) AS number FROM snapshot_contents', numberRow,
    ),
    readEnd: database.prepareRead<[contents: number], z.output<typeof numberRow>>(
      'SELECT max(offset + length(data)) AS number FROM snapshot_contents WHERE contents = ?', numberRow,
    ),
    readPiece: database.prepareRead<[contents: number, offset: number], PieceRow>(
      `SELECT offset, data, crc32 FROM snapshot_contents WHERE contents = ? AND offset <= ?
      ORDER BY offset DESC LIMIT 1`, pieceRow,
    ),
    writePiece: database.prepareWrite<[contents: number, offset: number, data: Uint8Array, crc32: number]>(
      'INSERT INTO snapshot_contents (contents, offset, data, crc32) VALUES (?, ?, ?, ?)',
    ),
    findUnused: database.prepareRead<[used: string], z.output<typeof numberRow>>(
      `SELECT contents AS number FROM snapshot_contents
      WHERE contents NOT IN (SELECT value FROM json_each(?)) LIMIT 1`, numberRow,
    ),
    deletePieces: database.prepareWrite<[contents: number, contents: number]>(
      `DELETE FROM snapshot_contents WHERE contents = ? AND offset IN (
        SELECT offset FROM (
          SELECT offset, size, sum(size) OVER (ORDER BY offset) AS total FROM (
            SELECT offset, length(data) AS size FROM snapshot_contents WHERE contents = ?
            ORDER BY offset LIMIT ${DELETED_AT_ONCE_PIECES}))
        WHERE total - size < ${DELETED_AT_ONCE_BYTES})`,
    ),
  };
}
