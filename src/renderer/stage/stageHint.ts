/** The sentence in the middle of the stage while the cluster cannot work (yet), and what will change that. */
import type { ClusterView } from '../../trace/view.ts';
import { allVoters, electorateOf, isQuorum, majorityOf, seenBy, shareText, sortedNames } from './electorate.ts';
import type { Electorate } from './electorate.ts';
import { connectedGroups } from './groups.ts';

export interface StageHint {
  readonly title: string;
  readonly text: string;
}

/** The hint for this view; null if there is a leader with a majority and nothing is unusual. */
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
  const leader = running.find((node) =>
    node.role === 'leader' && isQuorum(seenBy(view, node.name, electorate), electorate));
  if (leader !== undefined) return jointHint(electorate);
  const runningVoters = allVoters(electorate).filter((name) => view.nodes[name]?.life === 'running');
  if (!isQuorum(runningVoters, electorate)) {
    const soon = nodes.filter((node) => node.life === 'starting').map((node) => node.name);
    if (isQuorum([...runningVoters, ...soon], electorate)) {
      return { title: 'The nodes are starting', text: 'Each opens its database file and its socket.' };
    }
    return {
      title: 'No majority is running',
      text: `${shareText(runningVoters, electorate)} run and ${neededText(electorate)} are needed: `
        + 'nobody can be elected.',
    };
  }
  const groups = connectedGroups(view).map((group) => group.filter((name) => runningVoters.includes(name)));
  if (!groups.some((group) => isQuorum(group, electorate))) {
    return {
      title: 'No group has a majority',
      text: `${neededText(electorate)} of ${totalText(electorate)} must reach each other to elect a leader.`,
    };
  }
  return { title: 'No leader yet', text: 'An election starts when a timer runs out.' };
}

/** A joint configuration works but needs a hint: decisions need both majorities (dissertation §4.3). */
function jointHint({ voters, outgoing }: Electorate): StageHint | null {
  return outgoing === null ? null : {
    title: 'Joint configuration',
    text: `C_old ${outgoing.names.join(' ')} · C_new ${voters.join(' ')}: a majority of each is needed (§4.3).`,
  };
}

function neededText({ count, outgoing }: Electorate): string {
  const needed = majorityOf(count);
  return outgoing === null ? String(needed) : `${majorityOf(outgoing.count)} old and ${needed} new`;
}

function totalText({ count, outgoing }: Electorate): string {
  return outgoing === null ? String(count) : `${outgoing.count} and ${count}`;
}
