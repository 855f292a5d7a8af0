/** Limits the size of raft.db, and makes room when a file is opened that is near its limit. */
import type Database from 'better-sqlite3';

/** A file makes room when its used pages exceed this fraction of its limit. */
const CROWDED = 3 / 4;
/** How much a file may still grow where making room was not enough, as a fraction of its limit. */
const RESERVE = 1 / 4;

/**
 * Sets how large the file may grow. A file that is nearly as large, because this limit or a smaller one stopped the
 * node, first deletes what it can do without. Deleted data leaves free pages for new data.
 * @param bytesMax the limit. A file that still needs more gets a little above what it needs: it must be able to take a
 * snapshot, and so to discard its log, or it would stay full forever
 */
export function limitSize(database: Database.Database, bytesMax: number): void {
  const pageSize = numberOf(database, 'page_size');
  const pagesMax = Math.max(1, Math.floor(bytesMax / pageSize));
  if (pagesInUse(database) > CROWDED * pagesMax) {
    makeRoom(database);
  }
  database.pragma(`max_page_count = ${Math.max(pagesMax, Math.ceil(pagesInUse(database) + RESERVE * pagesMax))}`);
}

/**
 * Deletes a snapshot that was being taken or received (its leader sends it again), and the log as far as the node's
 * latest snapshot covers it (Raft §7): followers that are behind get the snapshot.
 */
function makeRoom(database: Database.Database): void {
  database.transaction(() => {
    database.exec(`
      DELETE FROM incoming_snapshot;
      DELETE FROM snapshot_contents WHERE contents <> (SELECT contents FROM snapshot);
      UPDATE compaction SET (idx, term) = (
        SELECT log.idx, log.term FROM log, hard_state, snapshot
        WHERE log.idx <= min(commit_index, last_included_index) ORDER BY log.idx DESC LIMIT 1)
      WHERE EXISTS (
        SELECT 1 FROM log, hard_state, snapshot WHERE log.idx <= min(commit_index, last_included_index));
      DELETE FROM log WHERE idx <= (SELECT idx FROM compaction);`);
  }).immediate();
}

function pagesInUse(database: Database.Database): number {
  return numberOf(database, 'page_count') - numberOf(database, 'freelist_count');
}

function numberOf(database: Database.Database, pragma: string): number {
  return Number(database.pragma(pragma, { simple: true }));
}
