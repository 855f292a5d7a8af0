/** Opens a node's raft.db with the settings that durability needs, creates a new one, and sets a corrupt one aside. */
import { existsSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { LabError } from '../../contract/errors.ts';
import { connect } from './connect.ts';
import { corrupt, folderProblem } from './errors.ts';
import { untilLetGoNow } from './heldByOthers.ts';
import type { Configuration, NodeId } from '../../raft/types.ts';
import { migrate } from './migrate.ts';
import { limitSize } from './room.ts';
import { APPLICATION_ID, SCHEMA_VERSION, TABLES } from './schema.ts';

export const DATABASE_FILE = 'raft.db';
/** The files beside it that belong to SQLite's write-ahead log. */
export const COMPANION_SUFFIXES = ['-wal', '-shm'] as const;

/** How long to wait for another program that reads or writes the file, before the node gives up. */
const BUSY_TIMEOUT_MS = 2000;
const WAL_AUTOCHECKPOINT_PAGES = 1000;
/** A write-ahead log that one large transaction has enlarged is truncated to this size. */
const WAL_BYTES_KEPT_MAX = 16 * 1024 * 1024;

export interface DatabaseIdentity {
  readonly labId: string;
  readonly nodeName: string;
  readonly nodeId: NodeId;
  readonly incarnation: number;
}

export interface OpenDatabaseOptions {
  /** The folder of the node; it exists. */
  readonly directory: string;
  readonly identity: DatabaseIdentity;
  /** The configuration that a new file starts from. */
  readonly initialConfiguration: Configuration;
  /**
   * Whether a missing file may be created. False for a node that has run before: its vote and its log were in the
   * missing file, so it must not come back as itself (Raft §5.1).
   */
  readonly mayCreate: boolean;
  /** The largest size of the file, in bytes. */
  readonly bytesMax: number;
}

/**
 * Opens raft.db, whose folder the caller has locked.
 * @throws {LabError} `corrupt-file` (the file is missing), `lab-newer`, `refused` (another node's file)
 * @throws SQLite's own errors otherwise, or an error with code SQLITE_CORRUPT when the contents cannot be trusted
 */
export function openDatabase(options: OpenDatabaseOptions): Database.Database {
  const path = join(options.directory, DATABASE_FILE);
  if (!options.mayCreate && !existsSync(path)) {
    throw lostFile(options);
  }
  const database = connect(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    const version = readVersion(database);
    if (version > SCHEMA_VERSION) {
      throw new LabError(
        'lab-newer',
        `raft.db of ${options.identity.nodeName} was written by a newer Raftlab (format ${version}, this one knows `
        + `${SCHEMA_VERSION}): open it with that version`,
      );
    }
    configure(database);
    checkPages(database);
    if (version === 0) {
      createTables(database, options);
    } else if (version < SCHEMA_VERSION) {
      migrate(database, version);
    }
    checkContents(database, options.identity);
    limitSize(database, options.bytesMax);
    countBoot(database);
    assertDurable(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * Renames a corrupt file, with its companions, to raft.db.corrupt-1, -2 …: nothing is deleted, and nothing can open it
 * by mistake. No connection to it may be open.
 * @returns the error to report
 */
export function setAside(directory: string, nodeName: string, cause: unknown): LabError {
  let number = 1;
  while (existsSync(join(directory, `${DATABASE_FILE}.corrupt-${number}`))) {
    number += 1;
  }
  const name = `${DATABASE_FILE}.corrupt-${number}`;
  const detail = cause instanceof Error ? cause.message : String(cause);
  try {
    // raft.db first: without its write-ahead log it would be an older file, not a corrupt one.
    for (const suffix of ['', ...COMPANION_SUFFIXES]) {
      if (existsSync(join(directory, `${DATABASE_FILE}${suffix}`))) {
        const [from, to] = [join(directory, `${DATABASE_FILE}${suffix}`), join(directory, `${name}${suffix}`)];
        untilLetGoNow(() => renameSync(from, to));
      }
    }
  } catch (error) {
    const { message } = folderProblem(error, directory);
    return new LabError(
      'corrupt-file',
      `raft.db of ${nodeName} is corrupt (${detail}) and cannot be set aside: ${message}. ${whyWipe(nodeName)}`,
    );
  }
  return new LabError(
    'corrupt-file',
    `raft.db of ${nodeName} is corrupt (${detail}) and was set aside as ${name}. ${whyWipe(nodeName)}`,
  );
}

function lostFile({ directory, identity }: OpenDatabaseOptions): LabError {
  const setAsideName = readdirSync(directory).find((name) => name.startsWith(`${DATABASE_FILE}.corrupt-`));
  const what = setAsideName === undefined
    ? `raft.db of ${identity.nodeName} is gone`
    : `raft.db of ${identity.nodeName} was corrupt and has been set aside as ${setAsideName}`;
  return new LabError('corrupt-file', `${what}. ${whyWipe(identity.nodeName)}`);
}

function whyWipe(nodeName: string): string {
  return 'A node that forgot its vote must not come back as itself: '
    + `wipe ${nodeName} to bring it back under a new identity`;
}

/** The format's version, 0 for an empty file. This is the first read: SQLite throws here if it is not a database. */
function readVersion(database: Database.Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/**
 * Settings live in the connection, not in the file, so they are set on every open. In particular `synchronous`: this
 * build of SQLite falls back to NORMAL in WAL mode, where a power failure can lose the latest commits.
 */
function configure(database: Database.Database): void {
  database.pragma('trusted_schema = OFF');
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  if (process.platform === 'darwin') {
    // fsync on macOS does not reach the platter without these.
    database.pragma('fullfsync = ON');
    database.pragma('checkpoint_fullfsync = ON');
  }
  database.pragma(`wal_autocheckpoint = ${WAL_AUTOCHECKPOINT_PAGES}`);
  database.pragma(`journal_size_limit = ${WAL_BYTES_KEPT_MAX}`);
}

/** How a connection commits. `synchronous`: 0 OFF, 1 NORMAL, 2 FULL, 3 EXTRA. */
export interface Durability {
  readonly journalMode: string;
  readonly synchronous: number;
}

/** Asks SQLite how a connection commits. */
export function durabilityOf(database: Database.Database): Durability {
  return {
    journalMode: String(database.pragma('journal_mode', { simple: true })),
    synchronous: Number(database.pragma('synchronous', { simple: true })),
  };
}

/** Checks after a write that a commit is on stable storage when it returns. */
function assertDurable(database: Database.Database): void {
  const { journalMode, synchronous } = durabilityOf(database);
  if (synchronous !== 2 || journalMode !== 'wal') {
    throw new LabError(
      'disk-error',
      `raft.db cannot be made durable: journal_mode is ${journalMode} (not wal) or synchronous ${synchronous} (not 2)`,
    );
  }
}

/** In one transaction, so that a file is either empty or complete. */
function createTables(database: Database.Database, options: OpenDatabaseOptions): void {
  if (!options.mayCreate) {
    throw lostFile(options);
  }
  const { labId, nodeId, incarnation } = options.identity;
  database.transaction(() => {
    for (const sql of Object.values(TABLES)) {
      database.exec(sql);
    }
    database.prepare('INSERT INTO identity VALUES (1, ?, ?, ?, 0)').run(labId, nodeId, incarnation);
    database.prepare('INSERT INTO hard_state VALUES (1, 0, 0, 0)').run();
    database.prepare('INSERT INTO compaction VALUES (1, 0, 0)').run();
    database.prepare("INSERT INTO snapshot VALUES (1, 0, 0, ?, 0, x'', 0)")
      .run(JSON.stringify(options.initialConfiguration));
    database.pragma(`application_id = ${APPLICATION_ID}`);
    database.pragma(`user_version = ${SCHEMA_VERSION}`);
  }).immediate();
}

function countBoot(database: Database.Database): void {
  database.transaction(() => {
    database.prepare('UPDATE identity SET boot_count = boot_count + 1').run();
  }).immediate();
}

function checkPages(database: Database.Database): void {
  const verdict = String(database.pragma('quick_check(1)', { simple: true }));
  if (verdict !== 'ok') {
    throw corrupt(verdict);
  }
}

/** Checks tables, identity and the log's invariants before anything is trusted. */
function checkContents(database: Database.Database, identity: DatabaseIdentity): void {
  checkSchema(database);
  checkIdentity(database, identity);
  const broken = database.prepare<[], string>(BROKEN_INVARIANT).pluck().get();
  if (broken !== undefined) {
    throw corrupt(broken);
  }
}

/** Checks that the file has Raftlab's tables and nothing else: a trigger, for example, could undo a node's writes. */
function checkSchema(database: Database.Database): void {
  // What SQLite creates for itself, such as the index of a primary key or ANALYZE's tables, is harmless.
  const made = database.prepare<[], { type: string; name: string; sql: string }>(
    "SELECT type, name, sql FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR name NOT GLOB 'sqlite_*'",
  ).all();
  const foreign = made.find(({ type, name }) => type !== 'table' || !Object.hasOwn(TABLES, name));
  if (foreign !== undefined) {
    throw corrupt(`the ${foreign.type} ${foreign.name} is not one that Raftlab made`);
  }
  const tables = new Map(made.map(({ name, sql }) => [name, sql]));
  for (const [name, sql] of Object.entries(TABLES)) {
    // With columns that were added later, the text differs in white space only.
    if (withoutSpace(tables.get(name)) !== withoutSpace(sql)) {
      throw corrupt(`the table ${name} is not the one that Raftlab made`);
    }
  }
}

function withoutSpace(sql: string | undefined): string | undefined {
  return sql?.replace(/\s+/g, '');
}

function checkIdentity(database: Database.Database, identity: DatabaseIdentity): void {
  const row = database.prepare<[], { lab_id: string; node_id: number; incarnation: number }>(
    'SELECT lab_id, node_id, incarnation FROM identity',
  ).get();
  if (row === undefined) {
    throw corrupt('the table identity is empty');
  }
  if (row.lab_id !== identity.labId || row.node_id !== identity.nodeId || row.incarnation !== identity.incarnation) {
    throw new LabError(
      'refused',
      `the raft.db of ${identity.nodeName} belongs to another node (node ${row.node_id} of lab ${row.lab_id}, not node `
      + `${identity.nodeId} of lab ${identity.labId}): put the node's own file back, or wipe ${identity.nodeName}`,
    );
  }
}

/** Returns one inconsistency between the tables; no row when there is none. */
const BROKEN_INVARIANT = `
WITH
  l AS (SELECT count(*) AS count, min(idx) AS first, max(idx) AS last FROM log),
  c AS (SELECT idx, term FROM compaction)
SELECT 'the log has gaps' FROM l, c
  WHERE l.count > 0 AND (l.first <> c.idx + 1 OR l.last - l.first + 1 <> l.count)
UNION ALL SELECT 'terms go back in the log'
  WHERE EXISTS (SELECT 1 FROM (SELECT term, lag(term, 1, (SELECT term FROM c)) OVER (ORDER BY idx) AS before FROM log)
    WHERE term < before)
UNION ALL SELECT 'the commit index is outside of the log' FROM hard_state, l, c
  WHERE commit_index < c.idx OR commit_index > coalesce(l.last, c.idx)
UNION ALL SELECT 'the log ends in a later term than the current one' FROM hard_state, l
  WHERE l.count > 0 AND (SELECT term FROM log WHERE idx = l.last) > current_term
UNION ALL SELECT 'the snapshot ends before the log begins' FROM snapshot, c WHERE last_included_index < c.idx
UNION ALL SELECT 'the snapshot lacks a part' FROM snapshot
  WHERE bytes <> (SELECT coalesce(sum(length(data)), 0) FROM snapshot_contents WHERE contents = snapshot.contents)
UNION ALL SELECT 'the table ' || name || ' has no row' FROM (
  SELECT 'hard_state' AS name, count(*) AS count FROM hard_state
  UNION ALL SELECT 'compaction', count(*) FROM compaction
  UNION ALL SELECT 'snapshot', count(*) FROM snapshot) WHERE count = 0
LIMIT 1`;
