/** Which node leads and which nodes vote, as far as the view of the cluster shows. Pure. */
import type { Configuration, NodeId } from '../raft/types.ts';
import type { ClusterView, NodeView } from '../trace/view.ts';

/** The running leader of the highest term. */
export function leaderIn(view: ClusterView): NodeView | undefined {
  return Object.values(view.nodes)
    .filter((node) => node.life === 'running' && node.role === 'leader')
    .sort((a, b) => b.term - a.term)[0];
}

/** The leader's configuration; without a leader, that of the node that has applied most. */
export function configurationIn(view: ClusterView): Configuration | null {
  return leaderIn(view)?.configuration ?? newestConfiguration(view);
}

export function newestConfiguration(view: ClusterView): Configuration | null {
  const knowing = Object.values(view.nodes).filter((node) => node.configuration !== null);
  knowing.sort((a, b) => b.lastApplied - a.lastApplied || b.commitIndex - a.commitIndex);
  return knowing[0]?.configuration ?? null;
}

export function majorityOf(voters: readonly NodeId[]): number {
  return Math.floor(voters.length / 2) + 1;
}

/** How many of these voters make a majority, in words: `2 are needed`. */
export function neededWords(voters: readonly NodeId[]): string {
  const needed = majorityOf(voters);
  return `${needed} ${needed === 1 ? 'is' : 'are'} needed`;
}

/** All nodes in a configuration, including those of the configurations that it leaves and enters. */
export function membersOf({ voters, votersOutgoing, learners, learnersNext }: Configuration): readonly NodeId[] {
  return [...new Set([...voters, ...votersOutgoing, ...learners, ...learnersNext])];
}

export function isMember(configuration: Configuration, id: NodeId): boolean {
  return membersOf(configuration).includes(id);
}
