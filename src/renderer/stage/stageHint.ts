/** The sentence in the middle of the stage while the cluster is not (yet) able to work, and what will change that. */
import type { ClusterView } from '../../trace/view.ts';
import { connectedGroups, electorateOf, majorityOf, seenBy, sortedNames } from './groups.ts';

export interface StageHint {
  readonly title: string;
  readonly text: string;
}

/** The hint for this view; null when a leader with a majority is there. */
export function stageHint(view: ClusterView): StageHint | null {
  const names = sortedNames(view);
  const nodes = Object.values(view.nodes);
  if (names.length === 0) return { title: 'No nodes yet', text: 'This lab has no nodes: create another one.' };
  const starting = nodes.filter((node) => node.life === 'starting').length;
  const running = nodes.filter((node) => node.life === 'running');
  if (running.length === 0) {
    if (starting > 0) return { title: 'The nodes are starting', text: 'Each opens its database file and its socket.' };
    return { title: 'No node is running', text: 'Select one and press R to restart it.' };
  }
  const electorate = electorateOf(view);
  const majority = majorityOf(electorate.count);
  const hasLeader = running.some((node) => node.role === 'leader' && seenBy(view, node.name, electorate) >= majority);
  if (hasLeader) return null;
  const runningVoters = electorate.voters.filter((name) => view.nodes[name]?.life === 'running');
  if (runningVoters.length < majority) {
    if (runningVoters.length + starting >= majority) {
      return { title: 'The nodes are starting', text: 'Each opens its database file and its socket.' };
    }
    return {
      title: 'No majority is running',
      text: `${runningVoters.length} of ${electorate.count} run and ${majority} are needed: nobody can be elected.`,
    };
  }
  const together = connectedGroups(view).map((group) => group.filter((name) => runningVoters.includes(name)).length);
  if (Math.max(...together) < majority) {
    return {
      title: 'No group has a majority',
      text: `${majority} of ${electorate.count} must reach each other to elect a leader.`,
    };
  }
  return { title: 'No leader yet', text: 'An election starts when a timer runs out.' };
}
