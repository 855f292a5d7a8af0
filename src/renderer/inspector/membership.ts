/** A configuration in the inspector's words: who votes in which half, who only learns. */
import { nodeNumberOf } from '../../trace/names.ts';
import type { NodeView } from '../../trace/view.ts';

type Configuration = NonNullable<NodeView['configuration']>;
type NodeId = NodeView['id'];

/** One line of the membership: the names, and the meaning of being among them. */
export interface MemberLine {
  readonly title: string;
  readonly ids: readonly NodeId[];
  readonly hint: string;
}

const sorted = (ids: readonly NodeId[]): readonly NodeId[] =>
  ids.toSorted((a, b) => nodeNumberOf(a) - nodeNumberOf(b) || a - b);

/** The configuration, a line for each part that is not empty. */
export function memberLines(configuration: Configuration): readonly MemberLine[] {
  const { voters, votersOutgoing, learners, learnersNext } = configuration;
  const isJoint = votersOutgoing.length > 0;
  const lines: readonly MemberLine[] = [
    { title: 'C_old', ids: votersOutgoing, hint: 'the voters before the change: their majority is still needed' },
    isJoint
      ? { title: 'C_new', ids: voters, hint: 'the voters after the change: their majority is needed already' }
      : { title: 'voters', ids: voters, hint: 'a majority of them elects leaders and commits entries' },
    { title: 'learners', ids: learners, hint: 'they receive the log and have no vote' },
    { title: 'learners next', ids: learnersNext, hint: 'they vote in C_old, and are learners when that is left' },
  ];
  return lines.filter(({ ids }) => ids.length > 0).map((line) => ({ ...line, ids: sorted(line.ids) }));
}

/** All voters of either half. */
export function votersOf({ voters, votersOutgoing }: Configuration): readonly NodeId[] {
  return sorted([...new Set([...voters, ...votersOutgoing])]);
}
