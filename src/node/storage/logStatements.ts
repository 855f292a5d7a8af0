/** The SQL of a node's log, hard state and compaction. */
import type { Database, Statement } from 'better-sqlite3';
import type { EntryType, Index, Term } from '../../raft/types.ts';

/** Entries that one transaction discards when the log is compacted. */
const ENTRIES_DISCARDED_AT_ONCE = 1000;
export const DISCARDED_AT_ONCE_BYTES = 1024 * 1024;

const INSERT = 'INSERT INTO log (idx, term, type, data) VALUES';
export const ENTRIES_INSERTED_AT_ONCE = 8;

// The tables are STRICT and were checked when the file was opened, so rows have these types.
interface LogRow {
  idx: number;
  term: number;
  type: EntryType;
  data: Buffer;
}
interface HardStateRow {
  current_term: number;
  voted_for: number;
  commit_index: number;
}

/** The columns of the log table, in their order. */
export type EntryValues = [Index, Term, EntryType, Uint8Array];

export interface LogStatements {
  readonly readHardState: Statement<[], HardStateRow>;
  readonly writeHardState: Statement<[Term, number, Index]>;
  readonly readCompaction: Statement<[], { idx: Index; term: Term }>;
  readonly writeCompaction: Statement<[Index, Term]>;
  readonly readEntry: Statement<[Index], LogRow>;
  readonly readTerm: Statement<[Index], Term>;
  readonly insertEntry: Statement<[EntryValues]>;
  /** Takes the values of `ENTRIES_INSERTED_AT_ONCE` entries in a row. */
  readonly insertEntries: Statement<[EntryValues[number][]]>;
  readonly deleteLog: Statement;
  readonly deleteLogFrom: Statement<[Index]>;
  readonly deleteLogTo: Statement<[Index]>;
  /** The size of the data from an index on. */
  readonly sumFrom: Statement<[Index], number>;
  /** The last of the oldest entries up to an index, as many as one transaction discards, and the size of their data. */
  readonly measureOldest: Statement<[Index], { idx: Index; total: number }>;
  /** The same, but no more of them than make up a size: it costs more to find out. */
  readonly findDiscarded: Statement<[Index], { idx: Index; total: number }>;
}

export function prepareStatements(database: Database): LogStatements {
  return {
    readHardState: database.prepare<[], HardStateRow>('SELECT current_term, voted_for, commit_index FROM hard_state'),
    writeHardState: database.prepare<[Term, number, Index]>(
      'UPDATE hard_state SET current_term = ?, voted_for = ?, commit_index = ?',
    ),
    readCompaction: database.prepare<[], { idx: Index; term: Term }>('SELECT idx, term FROM compaction'),
    writeCompaction: database.prepare<[Index, Term]>('UPDATE compaction SET idx = ?, term = ?'),
    readEntry: database.prepare<[Index], LogRow>('SELECT idx, term, type, data FROM log WHERE idx = ?'),
    readTerm: database.prepare<[Index], Term>('SELECT term FROM log WHERE idx = ?').pluck(),
    insertEntry: database.prepare<[EntryValues]>(`${INSERT} (?, ?, ?, ?)`),
    insertEntries: database.prepare<[EntryValues[number][]]>(
      `${INSERT} ${Array(ENTRIES_INSERTED_AT_ONCE).fill('(?, ?, ?, ?)').join(', ')}`,
    ),
    deleteLog: database.prepare('DELETE FROM log'),
    deleteLogFrom: database.prepare<[Index]>('DELETE FROM log WHERE idx >= ?'),
    deleteLogTo: database.prepare<[Index]>('DELETE FROM log WHERE idx <= ?'),
    sumFrom: database.prepare<[Index], number>('SELECT coalesce(sum(length(data)), 0) FROM log WHERE idx >= ?').pluck(),
    measureOldest: database.prepare<[Index], { idx: Index; total: number }>(
      `SELECT max(idx) AS idx, sum(size) AS total FROM (
        SELECT idx, length(data) AS size FROM log WHERE idx <= ? ORDER BY idx LIMIT ${ENTRIES_DISCARDED_AT_ONCE})`,
    ),
    findDiscarded: database.prepare<[Index], { idx: Index; total: number }>(
      `SELECT idx, total FROM (
        SELECT idx, size, sum(size) OVER (ORDER BY idx) AS total FROM (
          SELECT idx, length(data) AS size FROM log WHERE idx <= ? ORDER BY idx LIMIT ${ENTRIES_DISCARDED_AT_ONCE}))
      WHERE total - size < ${DISCARDED_AT_ONCE_BYTES} ORDER BY idx DESC LIMIT 1`,
    ),
  };
}
