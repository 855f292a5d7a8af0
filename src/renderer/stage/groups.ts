/** Who can talk with whom, and which side has the majority: the words and sets behind the picture of a partition. */
import { nodeNumberOfName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';

/** Node names in the order of their numbers. */
export function sortedNames(view: ClusterView): NodeName[] {
  return Object.values(view.nodes).map((node) => node.name).sort(byNumber);
}

function byNumber(a: NodeName, b: NodeName): number {
  return nodeNumberOfName(a) - nodeNumberOfName(b);
}

/** Whether datagrams from one node to the other are thrown away because the link is down. */
export function isCut(view: ClusterView, from: NodeName, to: NodeName): boolean {
  return view.links[`${from}>${to}`]?.faults.down === true;
}

/** Whether no datagram passes between the two in either direction. */
export function isCutBothWays(view: ClusterView, a: NodeName, b: NodeName): boolean {
  return isCut(view, a, b) && isCut(view, b, a);
}

/**
 * The groups that the cut links leave: nodes are together when a chain of links joins them on which at least one
 * direction works. One group means that nothing is parted.
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
    groups.push(group.sort(byNumber));
  }
  return groups;
}

/** Who votes: the voters that are there, by name, and how many there are in all. */
export interface Electorate {
  readonly voters: readonly NodeName[];
  /** A wiped node's old identity counts here until the cluster has replaced it, though nobody bears it any more. */
  readonly count: number;
  readonly learners: readonly NodeName[];
}

/** The electorate as the node with the highest commit index knows it; everybody, before a configuration is known. */
export function electorateOf(view: ClusterView): Electorate {
  let newest: NodeView | null = null;
  for (const node of Object.values(view.nodes)) {
    if ((node.configuration?.voters.length ?? 0) === 0) continue;
    if (newest === null || node.commitIndex > newest.commitIndex) newest = node;
  }
  const names = sortedNames(view);
  const configuration = newest?.configuration;
  if (!configuration) return { voters: names, count: names.length, learners: [] };
  const { voters, learners } = configuration;
  const bearers = (ids: readonly number[]): NodeName[] =>
    names.filter((name) => ids.includes(view.nodes[name]?.id ?? 0));
  return { voters: bearers(voters), count: voters.length, learners: bearers(learners) };
}

/** How many votes make a majority (Raft §5.2). */
export function majorityOf(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/** How many voters a node can exchange messages with now, itself included: links up both ways, voter running. */
export function seenBy(view: ClusterView, name: NodeName, electorate: Electorate): number {
  return electorate.voters.filter((voter) => {
    if (voter === name) return true;
    return view.nodes[voter]?.life === 'running' && !isCut(view, name, voter) && !isCut(view, voter, name);
  }).length;
}

export type GroupWeight = 'majority' | 'minority' | 'no voters';

export interface WeighedGroup {
  readonly names: readonly NodeName[];
  readonly weight: GroupWeight;
}

/** Says of each group whether its voters are a majority of all voters. */
export function weighGroups(groups: readonly (readonly NodeName[])[], electorate: Electorate): WeighedGroup[] {
  return groups.map((names) => {
    const count = names.filter((name) => electorate.voters.includes(name)).length;
    if (count === 0) return { names, weight: 'no voters' };
    return { names, weight: count >= majorityOf(electorate.count) ? 'majority' : 'minority' };
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
