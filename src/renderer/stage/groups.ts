/** Which nodes can communicate, and which side has the majority: the words and sets for a partition's picture. */
import { nodeNumberOfName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView } from '../../trace/view.ts';
import { allVoters, isQuorum, sortedNames } from './electorate.ts';
import type { Electorate } from './electorate.ts';

/** Whether datagrams from one node to the other are dropped because the link is down. */
export function isCut(view: ClusterView, from: NodeName, to: NodeName): boolean {
  return view.links[`${from}>${to}`]?.faults.down === true;
}

/** Whether no datagram passes between the two in either direction. */
export function isCutBothWays(view: ClusterView, a: NodeName, b: NodeName): boolean {
  return isCut(view, a, b) && isCut(view, b, a);
}

/**
 * The groups that remain without the cut links: nodes are together if a chain of links joins them, each working in at
 * least one direction. One group means that nothing is separated.
 */
export function connectedGroups(view: ClusterView): NodeName[][] {
  const left = new Set(sortedNames(view));
  const groups: NodeName[][] = [];
  for (const first of left) {
    const group: NodeName[] = [first];
    left.delete(first);
    for (const member of group) {
      for (const other of left) {
        if (isCutBothWays(view, member, other)) continue;
        group.push(other);
        left.delete(other);
      }
    }
    groups.push(group.sort((a, b) => nodeNumberOfName(a) - nodeNumberOfName(b)));
  }
  return groups;
}

export type GroupWeight = 'majority' | 'minority' | 'no voters';

export interface WeighedGroup {
  readonly names: readonly NodeName[];
  readonly weight: GroupWeight;
}

/** Determines for each group whether it could elect a leader and commit. */
export function weighGroups(groups: readonly (readonly NodeName[])[], electorate: Electorate): WeighedGroup[] {
  const voters = allVoters(electorate);
  return groups.map((names) => {
    if (!names.some((name) => voters.includes(name))) return { names, weight: 'no voters' };
    return { names, weight: isQuorum(names, electorate) ? 'majority' : 'minority' };
  });
}

/** The groups in words: `n1 n2 (minority) | n3 n4 n5 (majority)`. */
export function groupsText(groups: readonly WeighedGroup[]): string {
  return groups.map((group) => `${group.names.join(' ')} (${group.weight})`).join(' | ');
}

/** The picked nodes against the others: the groups of a partition; null while one side is empty. */
export function partitionOf(all: readonly NodeName[], picked: ReadonlySet<NodeName>): NodeName[][] | null {
  const inside = all.filter((name) => picked.has(name));
  const outside = all.filter((name) => !picked.has(name));
  return inside.length === 0 || outside.length === 0 ? null : [inside, outside];
}
