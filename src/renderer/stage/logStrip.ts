/** A node's last log entries as a strip of cells, aligned by index with every other node's strip. */
import type { ClusterView, NodeView } from '../../trace/view.ts';

type Index = NodeView['lastIndex'];
type Term = NodeView['term'];

/** `missing`: other nodes have this entry, this one does not. `compacted`: below the start of the log. */
export type CellState = 'committed' | 'uncommitted' | 'missing' | 'compacted';

export interface LogCell {
  readonly index: Index;
  /** 0 if there is no entry. */
  readonly term: Term;
  readonly state: CellState;
}

export interface LogStrip {
  readonly cells: readonly LogCell[];
  /** How many entries the node is behind if the strip cannot be aligned; 0 when it is aligned. */
  readonly behindBy: number;
}

/** The last index that any node has: the right end of every strip. */
export function lastIndexOfAll(view: ClusterView): Index {
  return Math.max(0, ...Object.values(view.nodes).map((node) => node.lastIndex));
}

function cellAt(node: NodeView, index: Index): LogCell {
  if (index > node.lastIndex) return { index, term: 0, state: 'missing' };
  const first = node.tail[0];
  const entry = first === undefined ? undefined : node.tail[index - first.index];
  if (entry?.index !== index) return { index, term: 0, state: 'compacted' };
  return { index, term: entry.term, state: index <= node.commitIndex ? 'committed' : 'uncommitted' };
}

/**
 * The strip of a node.
 * @param lastIndex the last index that any node has
 * @param width the number of cells that fit
 */
export function logStrip(node: NodeView, lastIndex: Index, width: number): LogStrip {
  const first = Math.max(1, lastIndex - width + 1);
  const behindBy = lastIndex - node.lastIndex;
  // So far behind that every cell would be empty: show its own entries, and its lag in place of two cells.
  const detached = behindBy > 0 && node.lastIndex > 0 && node.lastIndex < first;
  const from = detached ? Math.max(1, node.lastIndex - width + 3) : first;
  const to = detached ? node.lastIndex : lastIndex;
  const cells: LogCell[] = [];
  for (let index = from; index <= to; index++) cells.push(cellAt(node, index));
  return { cells, behindBy: detached ? behindBy : 0 };
}
