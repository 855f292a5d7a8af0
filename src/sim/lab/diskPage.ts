/** What is on a simulated disk, in the form in which a node's raft.db is shown. */
import type { DiskPage, LogRow } from '../../contract/answers.ts';
import { describeEntry } from '../../kv/index.ts';
import type { Index } from '../../raft/index.ts';
import { incarnationOf } from '../../trace/names.ts';
import type { SimulatedNode } from '../simulatedNode.ts';

/** @param fromIndex the rows come in descending order from here; undefined: from the log's end */
export function diskPageOf(
  labId: string, { id, disk }: SimulatedNode, fromIndex: Index | undefined, count: number,
): DiskPage {
  const { storage, snapshots, hardState, boots } = disk;
  const [firstIndex, lastIndex] = [storage.firstIndex(), storage.lastIndex()];
  const from = Math.min(fromIndex ?? lastIndex, lastIndex);
  const low = Math.max(firstIndex, from - count + 1);
  const entries = count === 0 || from < low ? [] : storage.entries(low, from + 1, Infinity);
  const rows = entries.map((entry): LogRow => {
    const { index, term, type, data } = entry;
    return { index, term, type, bytes: data.length, ...describeEntry(entry) };
  });
  const { current } = snapshots;
  return {
    databasePath: 'simulated',
    fileBytes: entries.reduce((bytes, { data }) => bytes + data.length, 0),
    walBytes: 0,
    identity: { labId, id, incarnation: incarnationOf(id), boot: boots },
    hardState,
    firstIndex,
    lastIndex,
    snapshotIndex: current.lastIncludedIndex,
    snapshotTerm: current.lastIncludedTerm,
    snapshotBytes: current.bytes,
    rows: rows.reverse(),
  };
}
