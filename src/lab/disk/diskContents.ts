/** Reads everything that a node's database keeps, for a lab that continues from it: checked like a node's own start. */
import { createHash } from 'node:crypto';
import type Database from 'better-sqlite3';
import { z } from 'zod';
import { LabError } from '../../contract/errors.ts';
import { checksumOf } from '../../node/storage/checksum.ts';
import { parseConfiguration } from '../../node/storage/configurationText.ts';
import { entryChecksum } from '../../node/storage/logStatements.ts';
import type { Entry } from '../../raft/types.ts';
import type { DiskContents } from '../../sim/disk.ts';
import type { ContentsQuestion } from './databaseReader.ts';

// The reader may open any file, even one that a node would refuse, so it checks every row.
const whole = z.int().nonnegative();
const headSchema = z.object({
  lab_id: z.string(), node_id: whole, boot_count: whole,
  current_term: whole, voted_for: whole, commit_index: whole, compacted_index: whole, compacted_term: whole,
  last_included_index: whole, last_included_term: whole, configuration: z.string(), bytes: whole,
  sha256: z.instanceof(Uint8Array), contents: whole, log_bytes: whole,
});
const entrySchema = z.object({
  idx: whole, term: whole, type: z.enum(['command', 'no-op', 'configuration']), data: z.instanceof(Uint8Array),
  crc32: whole.nullable(),
}).refine(
  ({ idx, term, type, data, crc32 }) => crc32 === null || crc32 === entryChecksum({ index: idx, term, type, data }),
  'the checksum does not match',
);
const pieceSchema = z.object({ offset: whole, data: z.instanceof(Uint8Array), crc32: whole.nullable() }).refine(
  ({ offset, data, crc32 }) => crc32 === null || crc32 === checksumOf(data, offset), 'the checksum does not match',
);

const HEAD = `
SELECT lab_id, node_id, boot_count, current_term, voted_for, commit_index, compaction.idx AS compacted_index,
  compaction.term AS compacted_term, last_included_index, last_included_term, configuration, bytes, sha256, contents,
  (SELECT coalesce(sum(length(data)), 0) FROM log) AS log_bytes
FROM identity, hard_state, compaction, snapshot`;
const ENTRIES = 'SELECT idx, term, type, data, crc32 FROM log ORDER BY idx';
const PIECES = 'SELECT offset, data, crc32 FROM snapshot_contents WHERE contents = ? ORDER BY offset';

/** @throws {LabError} `too-large`, `corrupt-file` @throws {z.ZodError} when a row is damaged */
export function readContents(
  database: Database.Database, { nodeName, labId, id, bytesMax }: ContentsQuestion,
): DiskContents {
  const head = headSchema.parse(database.prepare(HEAD).get());
  const corrupt = (problem: string): LabError => new LabError('corrupt-file', `raft.db of ${nodeName} ${problem}`);
  if (head.lab_id !== labId || head.node_id !== id) throw corrupt('belongs to another node: wipe the node first');
  if (head.log_bytes + head.bytes > bytesMax) {
    throw new LabError('too-large', `log and snapshot of ${nodeName} take ${head.log_bytes + head.bytes} bytes`);
  }
  const configuration = parseConfiguration(head.configuration);
  if (configuration === undefined) throw corrupt('holds no configuration');
  const entries = readEntries(database, head.compacted_index);
  if (entries === undefined) throw corrupt('has a gap in its log');
  const data = head.last_included_index === 0 ? new Uint8Array() : readSnapshot(database, head);
  if (data === undefined) throw corrupt('holds a snapshot that does not match its checksum');
  return {
    boots: head.boot_count,
    hardState: { currentTerm: head.current_term, votedFor: head.voted_for, commitIndex: head.commit_index },
    compacted: { index: head.compacted_index, term: head.compacted_term },
    entries,
    snapshot: {
      lastIncludedIndex: head.last_included_index, lastIncludedTerm: head.last_included_term, configuration, data,
    },
  };
}

/** Undefined: it has a gap. */
function readEntries(database: Database.Database, compactedIndex: number): Entry[] | undefined {
  const entries: Entry[] = [];
  for (const row of database.prepare(ENTRIES).iterate()) {
    const { idx: index, term, type, data } = entrySchema.parse(row);
    if (index !== compactedIndex + entries.length + 1) return undefined;
    entries.push({ index, term, type, data: new Uint8Array(data) });
  }
  return entries;
}

/** Undefined: it is damaged. */
function readSnapshot(
  database: Database.Database, { contents, bytes, sha256 }: z.output<typeof headSchema>,
): Uint8Array | undefined {
  const data = new Uint8Array(bytes);
  const hash = createHash('sha256');
  let at = 0;
  for (const row of database.prepare(PIECES).iterate(contents)) {
    const piece = pieceSchema.parse(row);
    if (piece.offset !== at || at + piece.data.length > bytes) return undefined;
    data.set(piece.data, at);
    hash.update(piece.data);
    at += piece.data.length;
  }
  return at === bytes && hash.digest().equals(sha256) ? data : undefined;
}
