/** The tables of raft.db, as docs/database.md describes them to readers; every change to them makes a new version. */

/** In PRAGMA user_version. A file with a higher one was written by a newer Raftlab and is refused untouched. */
export const SCHEMA_VERSION = 3;

/** In PRAGMA application_id ("RLab"): tells `file` and other programs whose database this is. */
export const APPLICATION_ID = 0x524c_6162;

/**
 * One statement per table. They are compared with the file's own (SQLite keeps the text as it was written), so that a
 * file whose tables were altered by hand is noticed before a node trusts it.
 */
export const TABLES: Readonly<Record<string, string>> = {
  // Who this log belongs to. A wiped node comes back with a new file, a new incarnation and a new node_id.
  identity: `CREATE TABLE identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  lab_id TEXT NOT NULL,
  node_id INTEGER NOT NULL CHECK (node_id > 0),
  incarnation INTEGER NOT NULL CHECK (incarnation > 0),
  boot_count INTEGER NOT NULL CHECK (boot_count >= 0)
) STRICT`,
  // Raft Figure 2, "Persistent state on all servers", and commitIndex beside it. voted_for 0: no vote in this term.
  hard_state: `CREATE TABLE hard_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  current_term INTEGER NOT NULL CHECK (current_term >= 0),
  voted_for INTEGER NOT NULL CHECK (voted_for >= 0),
  commit_index INTEGER NOT NULL CHECK (commit_index >= 0)
) STRICT`,
  // Raft Figure 2, log[]. A command's data is CBOR, a configuration's is JSON text, a no-op's is empty. crc32: of the
  // text "<idx> <term> <type>" and the data after it; NULL in a row of an older format.
  log: `CREATE TABLE log (
  idx INTEGER PRIMARY KEY CHECK (idx > 0),
  term INTEGER NOT NULL CHECK (term > 0),
  type TEXT NOT NULL CHECK (type IN ('command', 'no-op', 'configuration')),
  data BLOB NOT NULL,
  crc32 INTEGER
) STRICT`,
  // The last entry that compaction removed (Raft §7): the log begins right after it. 0 and 0 in a complete log.
  compaction: `CREATE TABLE compaction (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  idx INTEGER NOT NULL CHECK (idx >= 0),
  term INTEGER NOT NULL CHECK (term >= 0)
) STRICT`,
  // The latest snapshot (Raft §7). At index 0 it holds only the configuration that the cluster began with.
  snapshot: `CREATE TABLE snapshot (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last_included_index INTEGER NOT NULL CHECK (last_included_index >= 0),
  last_included_term INTEGER NOT NULL CHECK (last_included_term >= 0),
  configuration TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes >= 0),
  sha256 BLOB NOT NULL,
  contents INTEGER NOT NULL CHECK (contents >= 0)
) STRICT`,
  // The snapshot that a leader is sending (Raft Figure 13), as far as it has come; no row while there is none.
  incoming_snapshot: `CREATE TABLE incoming_snapshot (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last_included_index INTEGER NOT NULL CHECK (last_included_index > 0),
  last_included_term INTEGER NOT NULL CHECK (last_included_term > 0),
  configuration TEXT NOT NULL,
  bytes INTEGER NOT NULL CHECK (bytes > 0),
  sha256 BLOB NOT NULL,
  contents INTEGER NOT NULL CHECK (contents > 0)
) STRICT`,
  // The bytes of snapshots, in pieces. Pieces that neither table above refers to are being written, sent or deleted.
  // crc32: of the data, starting from offset; NULL in a row of an older format.
  snapshot_contents: `CREATE TABLE snapshot_contents (
  contents INTEGER NOT NULL CHECK (contents > 0),
  offset INTEGER NOT NULL CHECK (offset >= 0),
  data BLOB NOT NULL,
  crc32 INTEGER,
  PRIMARY KEY (contents, offset)
) STRICT`,
};
