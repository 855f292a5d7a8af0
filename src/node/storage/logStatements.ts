/** The SQL of a node's log, hard state and compaction. */
import * as z from 'zod/mini';
import type { Entry, EntryType, Index, Term } from '../../raft/types.ts';
import { checksumOf } from './checksum.ts';
import type { DurableDatabase, ReadStatement, WriteStatement } from './durableDatabase.ts';

/** The most entries that one transaction discards when the log is compacted. */
const ENTRIES_DISCARDED_AT_ONCE = 1000;
export const DISCARDED_AT_ONCE_BYTES = 1024 * 1024;

export const ENTRIES_INSERTED_AT_ONCE = 8;

/** The rows as they are written; a damaged page may hold anything. */
const index = z.int().check(z.minimum(0));
const position = z.object({ idx: index, term: index });
const hardStateRow = z.object({ current_term: index, voted_for: index, commit_index: index });
const entryRow = z.object({
  idx: index, term: index, type: z.enum(['command', 'no-op', 'configuration']), data: z.instanceof(Uint8Array),
  crc32: z.nullable(index),
});
const sumRow = z.object({ total: index });
const oldestRow = z.object({ idx: index, total: index });

/** The columns of the log table, in order. */
type EntryValues = [Index, Term, EntryType, Uint8Array, crc32: number];

export function valuesOf({ index: idx, term, type, data }: Entry): EntryValues {
  return [idx, term, type, data, entryChecksum({ index: idx, term, type, data })];
}

/**
 * Covers what a damaged page could change without SQLite noticing: index, term and type as text, then the data. Two
 * different entries never give the same bytes.
 */
export function entryChecksum({ index: idx, term, type, data }: Entry): number {
  return checksumOf(data, checksumOf(Buffer.from(`${idx} ${term} ${type}`), 0));
}

type Read<Parameters extends unknown[], Schema extends z.ZodMiniType> = ReadStatement<Parameters, z.output<Schema>>;

export interface LogStatements {
  readonly readHardState: Read<[], typeof hardStateRow>;
  readonly writeHardState: WriteStatement<[Term, number, Index]>;
  readonly readCompaction: Read<[], typeof position>;
  readonly writeCompaction: WriteStatement<[Index, Term]>;
  readonly readEntry: Read<[Index], typeof entryRow>;
  readonly readPosition: Read<[Index], typeof position>;
  /** The last entry. */
  readonly readLast: Read<[], typeof position>;
  readonly insertEntry: WriteStatement<[EntryValues]>;
  /** Takes the values of `ENTRIES_INSERTED_AT_ONCE` entries in a row. */
  readonly insertEntries: WriteStatement<[EntryValues[number][]]>;
  readonly deleteLog: WriteStatement<[]>;
  readonly deleteLogFrom: WriteStatement<[Index]>;
  readonly deleteLogTo: WriteStatement<[Index]>;
  /** The size of the data from an index on. */
  readonly sumFrom: Read<[Index], typeof sumRow>;
  /** The size of one entry's data. */
  readonly readSize: Read<[Index], typeof sumRow>;
  /** The last of the oldest entries up to an index, as many as one transaction discards, and the size of their data. */
  readonly measureOldest: Read<[Index], typeof oldestRow>;
  /** The same, but only as many as make up `DISCARDED_AT_ONCE_BYTES`. This query costs more. */
  readonly findDiscarded: Read<[Index], typeof oldestRow>;
}

const INSERT = 'INSERT INTO log (idx, term, type, data, crc32) VALUES';

export function prepareStatements(database: DurableDatabase): LogStatements {
  const oldest = `SELECT idx, length(data) AS size FROM log
    WHERE idx <= ? ORDER BY idx LIMIT ${ENTRIES_DISCARDED_AT_ONCE}`;
  return {
    readHardState: database.prepareRead('SELECT current_term, voted_for, commit_index FROM hard_state', hardStateRow),
    writeHardState: database.prepareWrite('UPDATE hard_state SET current_term = ?, voted_for = ?, commit_index = ?'),
    readCompaction: database.prepareRead('SELECT idx, term FROM compaction', position),
    writeCompaction: database.prepareWrite('UPDATE compaction SET idx = ?, term = ?'),
    readEntry: database.prepareRead('SELECT idx, term, type, data, crc32 FROM log WHERE idx = ?', entryRow),
    readPosition: database.prepareRead('SELECT idx, term FROM log WHERE idx = ?', position),
    readLast: database.prepareRead('SELECT idx, term FROM log ORDER BY idx DESC LIMIT 1', position),
    insertEntry: database.prepareWrite(`${INSERT} (?, ?, ?, ?, ?)`),
    insertEntries: database.prepareWrite(
      `${INSERT} ${Array(ENTRIES_INSERTED_AT_ONCE).fill('(?, ?, ?, ?, ?)').join(', ')}`,
    ),
    deleteLog: database.prepareWrite('DELETE FROM log'),
    deleteLogFrom: database.prepareWrite('DELETE FROM log WHERE idx >= ?'),
    deleteLogTo: database.prepareWrite('DELETE FROM log WHERE idx <= ?'),
    sumFrom: database.prepareRead('SELECT coalesce(sum(length(data)), 0) AS total FROM log WHERE idx >= ?', sumRow),
    readSize: database.prepareRead('SELECT length(data) AS total FROM log WHERE idx = ?', sumRow),
    measureOldest: database.prepareRead(`SELECT max(idx) AS idx, sum(size) AS total FROM (${oldest})`, oldestRow),
    findDiscarded: database.prepareRead(
      `SELECT idx, total FROM (SELECT idx, size, sum(size) OVER (ORDER BY idx) AS total FROM (${oldest}))
      WHERE total - size < ${DISCARDED_AT_ONCE_BYTES} ORDER BY idx DESC LIMIT 1`, oldestRow,
    ),
  };
}
