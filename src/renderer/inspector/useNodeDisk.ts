/** A node's file, read after each of its writes: hard state, sizes, identity. Works on a crashed node. */
import type { DiskPage } from '../../contract/answers.ts';
import type { NodeView } from '../../trace/view.ts';
import { useActions } from '../stores/actions.ts';
import { useHistoryStore } from '../stores/history.ts';
import { useReading } from './useReading.ts';
import type { Reading } from './useReading.ts';

/** The file on the disk is as it is now, and must not stand beside what was. */
const NOT_KEPT = {
  ok: false, error: { code: 'refused', message: 'A recording does not have the nodes’ files.' },
} as const;

/** A text that changes when a node's file may have changed. */
export function writtenState(node: NodeView): string {
  const { life, boot, term, votedFor, firstIndex, lastIndex, commitIndex, snapshotIndex, disk } = node;
  return [life, boot, term, votedFor, firstIndex, lastIndex, commitIndex, snapshotIndex, disk.transactions].join();
}

export function useNodeDisk(node: () => NodeView): Reading<DiskPage> {
  const actions = useActions();
  const history = useHistoryStore();
  return useReading({
    subject: () => `${node().name} ${node().incarnation} ${history.isPast}`,
    changes: () => writtenState(node()),
    read: () => (history.isPast ? Promise.resolve(NOT_KEPT) : actions.readDisk({ node: node().name, count: 0 })),
  });
}
