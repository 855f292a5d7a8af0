/** The logs of all nodes as a table of cells, aligned by index: the picture of the paper's Figures 6 and 7. */
import type { ClusterView, LogEntryView, NodeView } from '../../trace/view.ts';
import { LOG_TAIL_MAX } from '../../trace/view.ts';
import { nodeNumberOfName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { LogKnowledge } from './logKnowledge.ts';

/** For so long an entry that was removed is shown crossed out. It stays while the moment is held. */
export const REMOVED_SHOWN_MS = 8000;

/** `none`: the node has no such entry. `snapshot`: its snapshot covers it. `unseen`: its events did not tell of it. */
export type LogCellState = 'committed' | 'uncommitted' | 'none' | 'snapshot' | 'unseen';

/** An entry in a cell. */
export interface ShownEntry {
  readonly term: number;
  readonly text: string;
  /** Whether the text is the entry's own, and not only what kind of entry it is. */
  readonly isKnown: boolean;
}

export interface LogPictureCell {
  readonly index: number;
  readonly state: LogCellState;
  readonly entry: ShownEntry | null;
  /** What stood here until a moment ago; usually nothing. */
  readonly removed: ShownEntry | null;
  /** Whether the node's commitIndex, or lastApplied, is this index. */
  readonly isCommitIndex: boolean;
  readonly isLastApplied: boolean;
  /** What the leader holds of this follower. */
  readonly isMatchIndex: boolean;
  readonly isNextIndex: boolean;
  /** Everything in words. */
  readonly title: string;
}

export interface LogPictureRow {
  readonly node: NodeName;
  /** `follower`, `leader`, `crashed` … */
  readonly condition: string;
  readonly isLeader: boolean;
  readonly isDown: boolean;
  readonly cells: readonly LogPictureCell[];
}

export interface LogPicture {
  readonly indexes: readonly number[];
  readonly rows: readonly LogPictureRow[];
  /** The oldest and newest index that the picture can be moved to. */
  readonly firstIndex: number;
  readonly lastIndex: number;
}

export interface LogPictureOptions {
  /** How many indexes fit side by side. */
  readonly columns: number;
  /** The last index in sight; absent: the newest. */
  readonly endIndex?: number;
}

/** The picture of a view's logs. */
export function logPicture(view: ClusterView, knowledge: LogKnowledge, options: LogPictureOptions): LogPicture {
  const nodes = Object.values(view.nodes)
    .sort((left, right) => nodeNumberOfName(left.name) - nodeNumberOfName(right.name));
  const removed = new Map(knowledge.removed(view.atMs - REMOVED_SHOWN_MS, view.atMs)
    .map(({ node, entry }) => [`${node} ${entry.index}`, entry]));
  const leader = leaderOf(nodes);
  const nextIndexes = leader === null ? [] : Object.values(leader.progress).map(({ nextIndex }) => nextIndex);
  const lastIndex = Math.max(1, ...nodes.map((node) => node.lastIndex), ...nextIndexes,
    ...[...removed.values()].map(({ index }) => index));
  const firstIndex = Math.max(1, lastIndex - LOG_TAIL_MAX + 1);
  const columns = Math.max(1, options.columns);
  const wanted = Math.min(options.endIndex ?? lastIndex, lastIndex);
  const end = Math.max(wanted, Math.min(lastIndex, firstIndex + columns - 1));
  const begin = Math.max(1, end - columns + 1);
  const indexes = Array.from({ length: end - begin + 1 }, (_, position) => begin + position);
  return {
    indexes, firstIndex, lastIndex,
    rows: nodes.map((node) => ({
      node: node.name, condition: node.life === 'running' ? node.role : node.life,
      isLeader: node === leader, isDown: node.life !== 'running',
      cells: indexes.map((index) => cellOf(node, index, leader, removed.get(`${node.name} ${index}`), knowledge)),
    })),
  };
}

/** The leader of the highest term: a deposed one still shows what it once held. */
function leaderOf(nodes: readonly NodeView[]): NodeView | null {
  const leaders = nodes.filter(({ role, life }) => role === 'leader' && life === 'running');
  return leaders.toSorted((left, right) => right.term - left.term)[0] ?? null;
}

function cellOf(
  node: NodeView, index: number, leader: NodeView | null, gone: LogEntryView | undefined, knowledge: LogKnowledge,
): LogPictureCell {
  const found = entryAt(node, index);
  const progress = leader === null || leader === node ? undefined : leader.progress[node.id];
  const cell = {
    index,
    state: stateOf(node, index, found),
    entry: found === undefined ? null : shown(found, knowledge),
    removed: gone === undefined || gone.term === found?.term ? null : shown(gone, knowledge),
    isCommitIndex: index === node.commitIndex,
    isLastApplied: index === node.lastApplied,
    isMatchIndex: progress?.matchIndex === index,
    isNextIndex: progress?.nextIndex === index,
  };
  return { ...cell, title: titleOf(node.name, cell) };
}

function entryAt(node: NodeView, index: number): LogEntryView | undefined {
  const first = node.tail[0];
  const entry = first === undefined ? undefined : node.tail[index - first.index];
  return entry?.index === index ? entry : undefined;
}

function stateOf(node: NodeView, index: number, entry: LogEntryView | undefined): LogCellState {
  if (entry !== undefined) return index <= node.commitIndex ? 'committed' : 'uncommitted';
  if (index > node.lastIndex) return 'none';
  return index <= node.snapshotIndex ? 'snapshot' : 'unseen';
}

const KINDS: Readonly<Record<LogEntryView['type'], string>> = {
  'command': 'command', 'no-op': 'no-op', 'configuration': 'members',
};

function shown({ index, term, type }: LogEntryView, knowledge: LogKnowledge): ShownEntry {
  const text = type === 'no-op' ? 'no-op' : knowledge.text(index, term);
  return { term, text: text ?? KINDS[type], isKnown: text !== undefined };
}

const STATES: Readonly<Record<LogCellState, string>> = {
  committed: 'committed, as this node knows',
  uncommitted: 'not committed, as far as this node knows',
  none: 'the node has no entry here',
  snapshot: 'in the node’s snapshot (§7)',
  unseen: 'older than what is shown of this log',
};

function titleOf(name: NodeName, cell: Omit<LogPictureCell, 'title'>): string {
  const { index, state, entry, removed } = cell;
  const marks = [
    cell.isCommitIndex ? 'commitIndex' : '', cell.isLastApplied ? 'lastApplied' : '',
    cell.isMatchIndex ? 'matchIndex at the leader' : '', cell.isNextIndex ? 'nextIndex at the leader' : '',
  ].filter((mark) => mark !== '');
  return [
    `${name}, index ${index}`,
    ...(entry === null ? [] : [`term ${entry.term}: ${entry.text}`]),
    STATES[state],
    ...(removed === null ? [] : [`removed: ${removed.text} of term ${removed.term} (§5.3)`]),
    ...marks,
  ].join('\n');
}
