/** What a screen reader announces about the cluster: changes that matter, in sentences, not every message. */
import type { NodeName } from '../../trace/names.ts';
import { connectedGroups, sortedNames } from '../../trace/network.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';
import { electorateOf } from './electorate.ts';
import { groupsText, weighGroups } from './groups.ts';

/** The few facts whose changes are announced. */
export interface Headlines {
  readonly labId: string;
  readonly lives: ReadonlyMap<NodeName, NodeView['life']>;
  /** `n3:4` for n3 leading term 4; empty without a leader. */
  readonly leader: string;
  readonly leaderName: NodeName | null;
  readonly leaderTerm: number;
  readonly candidates: readonly NodeName[];
  /** The groups in words; empty when the network is whole. */
  readonly groups: string;
}

/** The running leader of the highest term. */
export function leaderOf(view: ClusterView): NodeView | null {
  let best: NodeView | null = null;
  for (const node of Object.values(view.nodes)) {
    if (node.life !== 'running' || node.role !== 'leader') continue;
    if (best === null || node.term > best.term) best = node;
  }
  return best;
}

export function headlinesOf(view: ClusterView): Headlines {
  const leader = leaderOf(view);
  const groups = connectedGroups(view);
  return {
    labId: view.labId,
    lives: new Map(sortedNames(view).map((name) => [name, view.nodes[name]?.life ?? 'stopped'])),
    leader: leader === null ? '' : `${leader.name}:${leader.term}`,
    leaderName: leader?.name ?? null,
    leaderTerm: leader?.term ?? 0,
    candidates: Object.values(view.nodes)
      .filter((node) => node.life === 'running' && (node.role === 'candidate' || node.role === 'pre-candidate'))
      .map((node) => node.name),
    groups: groups.length < 2 ? '' : groupsText(weighGroups(groups, electorateOf(view))),
  };
}

const LIFE_WORDS: Readonly<Record<NodeView['life'], string>> = {
  starting: 'is starting', running: 'is running', paused: 'is paused', crashed: 'crashed', stopped: 'stopped',
  failed: 'failed', away: 'is out of sight: its machine is not connected',
};

/** Sentences for the changes between two checks of the cluster; none when nothing that matters has changed. */
export function announcements(before: Headlines, after: Headlines): string[] {
  if (before.labId !== after.labId) return ['Another lab is open.'];
  const sentences: string[] = [];
  for (const [name, life] of after.lives) {
    const earlier = before.lives.get(name);
    if (earlier === life || (earlier === undefined && life === 'starting')) continue;
    sentences.push(`${name} ${LIFE_WORDS[life]}.`);
  }
  if (before.groups !== after.groups) {
    sentences.push(after.groups === '' ? 'The network is whole again.' : `Partition: ${after.groups}.`);
  }
  if (before.leader !== after.leader) {
    if (after.leaderName !== null) sentences.push(`${after.leaderName} leads term ${after.leaderTerm}.`);
    else if (before.leaderName !== null) sentences.push('There is no leader.');
  } else if (after.leaderName === null) {
    const fresh = after.candidates.filter((name) => !before.candidates.includes(name));
    const ask = fresh.length === 1 ? 'asks' : 'ask';
    if (fresh.length > 0) sentences.push(`Election: ${fresh.join(' and ')} ${ask} for votes.`);
  }
  return sentences;
}
