/** The entry of the thread that reads nodes' databases for people, each file open only while it is read. */
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parentPort } from 'node:worker_threads';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import type { DiskPage, LogRow } from '../../contract/answers.ts';
import { LabError } from '../../contract/errors.ts';
import type { LabErrorData } from '../../contract/errors.ts';
import { describeEntry } from '../../kv/index.ts';
import { adoptDatabase } from '../../node/storage/adoptDatabase.ts';
import { connect } from '../../node/storage/connect.ts';
import { loadSqlite } from '../../node/storage/sqliteLoading.ts';
import { errorCodeOf, folderProblem, isCorruption } from '../../node/storage/errors.ts';
import { entryChecksum } from '../../node/storage/logStatements.ts';
import { SCHEMA_VERSION } from '../../node/storage/schema.ts';
import type { DiskContents } from '../../sim/disk.ts';
import type { ContentsQuestion, DiskQuestion, FromReader, ToReader } from './databaseReader.ts';
import { readContents } from './diskContents.ts';

/** How long to wait while the node moves its write-ahead log into the file. */
const BUSY_TIMEOUT_MS = 1000;
/** A page of large entries ends at this size, with fewer rows than were asked for, but with at least one. */
const PAGE_BYTES_MAX = 4 * 1024 * 1024;

// The reader may open any file, even one that a node would refuse, so it checks every row.
const whole = z.int().nonnegative();
const headSchema = z.object({
  lab_id: z.string(), node_id: whole, incarnation: whole, boot_count: whole,
  current_term: whole, voted_for: whole, commit_index: whole,
  compacted: whole, last: whole.nullable(), snapshot_index: whole, snapshot_term: whole, snapshot_bytes: whole,
});
const rowSchema = z.object({
  idx: whole, term: whole, type: z.enum(['command', 'no-op', 'configuration']), data: z.instanceof(Uint8Array),
  crc32: whole.nullable(),
}).refine(
  ({ idx, term, type, data, crc32 }) => crc32 === null || crc32 === entryChecksum({ index: idx, term, type, data }),
  'the checksum does not match',
);

const HEAD = `
SELECT lab_id, node_id, incarnation, boot_count, current_term, voted_for, commit_index,
  compaction.idx AS compacted, (SELECT max(idx) FROM log) AS last,
  last_included_index AS snapshot_index, last_included_term AS snapshot_term, bytes AS snapshot_bytes
FROM identity, hard_state, compaction, snapshot`;

const ROWS = 'SELECT idx, term, type, data, crc32 FROM log WHERE idx <= ? ORDER BY idx DESC LIMIT ?';

/** Opens a database for reading, in one transaction, so that all of it is from the same moment. */
function reading<Read>(
  { nodeName, databasePath }: DiskQuestion | ContentsQuestion, read: (database: Database.Database) => Read,
): Read {
  // SQLite takes an empty file for a new database, and deletes the write-ahead log beside it.
  if (existsSync(databasePath) && sizeOf(databasePath) === 0) {
    throw new LabError('corrupt-file', `raft.db of ${nodeName} is empty: it was damaged, and cannot be shown`);
  }
  const database = connect(databasePath, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  try {
    database.pragma('trusted_schema = OFF');
    const version = Number(database.pragma('user_version', { simple: true }));
    if (version < SCHEMA_VERSION) {
      throw new LabError('disk-error', `raft.db has an older format: ${nodeName} brings it up to date when it starts`);
    }
    if (version !== SCHEMA_VERSION) {
      throw new LabError('lab-newer', `raft.db has format ${version}, this Raftlab reads ${SCHEMA_VERSION}`);
    }
    return database.transaction(() => read(database))();
  } finally {
    database.close();
  }
}

function readPage(database: Database.Database, { databasePath, fromIndex, count }: DiskQuestion): DiskPage {
  const head = headSchema.parse(database.prepare(HEAD).get());
  return pageOf(databasePath, head, readRows(database, fromIndex ?? Number.MAX_SAFE_INTEGER, count));
}

function readRows(database: Database.Database, fromIndex: number, count: number): LogRow[] {
  const rows: LogRow[] = [];
  let bytesLeft = PAGE_BYTES_MAX;
  for (const row of database.prepare(ROWS).iterate(fromIndex, count)) {
    const { idx, term, type, data } = rowSchema.parse(row);
    rows.push({ index: idx, term, type, bytes: data.length, ...describeEntry({ type, data }) });
    bytesLeft -= data.length;
    if (bytesLeft <= 0) {
      break;
    }
  }
  return rows;
}

function pageOf(databasePath: string, head: z.output<typeof headSchema>, rows: readonly LogRow[]): DiskPage {
  return {
    databasePath,
    fileBytes: sizeOf(databasePath),
    walBytes: sizeOf(`${databasePath}-wal`),
    identity: { labId: head.lab_id, id: head.node_id, incarnation: head.incarnation, boot: head.boot_count },
    hardState: { currentTerm: head.current_term, votedFor: head.voted_for, commitIndex: head.commit_index },
    firstIndex: head.compacted + 1,
    lastIndex: head.last ?? head.compacted,
    snapshotIndex: head.snapshot_index,
    snapshotTerm: head.snapshot_term,
    snapshotBytes: head.snapshot_bytes,
    rows,
  };
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function errorOf(error: unknown, { type, nodeName, databasePath }: ToReader['question']): LabErrorData {
  if (error instanceof LabError) {
    return error.toData();
  }
  if (type === 'adopt' && isCorruption(error)) {
    return {
      code: 'corrupt-file',
      message: `raft.db of ${nodeName} is damaged or not of this lab, and cannot be copied: wipe ${nodeName} first`,
    };
  }
  if (errorCodeOf(error) === 'SQLITE_CANTOPEN' && !existsSync(databasePath)) {
    return { code: 'disk-error', message: `${nodeName} has no raft.db now: it was wiped or set aside, or never ran` };
  }
  if (isCorruption(error) || error instanceof z.ZodError) {
    return { code: 'corrupt-file', message: `raft.db of ${nodeName} is corrupt and cannot be shown` };
  }
  if (errorCodeOf(error).startsWith('SQLITE_BUSY')) {
    return { code: 'busy', message: `another program keeps raft.db of ${nodeName} locked: close it, then look again` };
  }
  const { code, message } = folderProblem(error, dirname(databasePath));
  return { code, message: `raft.db of ${nodeName} cannot be read: ${message}` };
}

function carryOut(question: ToReader['question']): DiskPage | DiskContents | null {
  switch (question.type) {
    case 'read':
      return reading(question, (database) => readPage(database, question));
    case 'contents':
      return reading(question, (database) => readContents(database, question));
    case 'adopt':
      adoptDatabase(question.databasePath, question);
      return null;
  }
}

function answer({ questionId, question }: ToReader): FromReader {
  try {
    return { questionId, ok: true, answer: carryOut(question) };
  } catch (error) {
    return { questionId, ok: false, error: errorOf(error, question) };
  }
}

loadSqlite();

// Both ends of this channel are this program's own code, from one build.
parentPort?.on('message', (message: ToReader) => parentPort?.postMessage(answer(message)));
