/** What a step changed at a node: its view before and after, in the words of Figure 2 of the paper. Pure. */
import { fullNodeName } from '../../trace/names.ts';
import { roleWord } from '../../trace/roleWords.ts';
import type { NodeView } from '../../trace/view.ts';

export interface NodeChange {
  readonly what: string;
  /** Empty where what was before does not matter. */
  readonly before: string;
  readonly after: string;
}

const nodeWord = (id: number): string => (id === 0 ? 'none' : fullNodeName(id));

function entryWord({ lastIndex, tail }: NodeView): string {
  if (lastIndex === 0) return 'none';
  const term = tail.at(-1)?.term;
  return term === undefined ? String(lastIndex) : `${lastIndex} of term ${term}`;
}

function timerChange(before: NodeView, after: NodeView): NodeChange | null {
  const timer = after.electionTimer;
  if (timer === null || timer.startedAtMs === before.electionTimer?.startedAtMs) return null;
  return { what: 'election timer', before: '', after: `restarted, ${Math.round(timer.timeoutMs)} ms` };
}

function votesWord({ votes }: NodeView): string {
  const granted = Object.entries(votes).filter(([, isGranted]) => isGranted).map(([id]) => fullNodeName(Number(id)));
  return granted.length === 0 ? 'none' : granted.join(', ');
}

/** What a leader has learned of its followers' logs. */
function matchChanges(before: NodeView, after: NodeView): readonly NodeChange[] {
  return Object.values(after.progress).flatMap(({ id, matchIndex }) => {
    const was = before.progress[id]?.matchIndex;
    if (was === undefined || was === matchIndex || id === after.id) return [];
    return [{ what: `matchIndex, ${fullNodeName(id)}`, before: String(was), after: String(matchIndex) }];
  });
}

const FACTS: readonly { readonly what: string; readonly word: (node: NodeView) => string }[] = [
  { what: 'state', word: ({ life }) => life },
  { what: 'role', word: roleWord },
  { what: 'currentTerm', word: ({ term }) => String(term) },
  { what: 'votedFor', word: ({ votedFor }) => nodeWord(votedFor) },
  { what: 'leader', word: ({ leader }) => nodeWord(leader) },
  { what: 'votes', word: votesWord },
  { what: 'last entry', word: entryWord },
  { what: 'commitIndex', word: ({ commitIndex }) => String(commitIndex) },
  { what: 'lastApplied', word: ({ lastApplied }) => String(lastApplied) },
  { what: 'snapshot up to', word: ({ snapshotIndex }) => (snapshotIndex === 0 ? 'none' : String(snapshotIndex)) },
];

/** What is different at a node; nothing if the same. */
export function nodeChanges(before: NodeView, after: NodeView): readonly NodeChange[] {
  const changes = FACTS.flatMap(({ what, word }): NodeChange[] => {
    const [was, is] = [word(before), word(after)];
    return was === is ? [] : [{ what, before: was, after: is }];
  });
  const timer = timerChange(before, after);
  return [...changes, ...matchChanges(before, after), ...(timer === null ? [] : [timer])];
}

/** The indexes of the node's log at which there is another entry than before, or one that is committed since. */
export function changedEntries(before: NodeView, after: NodeView): ReadonlySet<number> {
  const wordOf = (node: NodeView) => new Map(node.tail.map(({ index, term }) =>
    [index, `${term} ${index <= node.commitIndex}`]));
  const were = wordOf(before);
  return new Set([...wordOf(after)].filter(([index, word]) => were.get(index) !== word).map(([index]) => index));
}
