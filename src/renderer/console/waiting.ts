/** What a command in progress is waiting for, as far as the window can see. */
import type { NodeName } from '../../trace/names.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';

/**
 * One clause for a person: `n4 → n3: waiting for a majority, 2 of 5 stored`.
 * @param asked the node that the command was sent to; null for a command to the lab
 */
export function waitingFor(view: ClusterView | null, asked: NodeName | null): string {
  const node = asked === null ? undefined : view?.nodes[asked];
  if (node === undefined) return 'waiting for the lab';
  switch (node.life) {
    case 'paused': return `${asked} is paused: it answers when it is resumed`;
    case 'starting': return `${asked} is starting`;
    case 'running': break;
    default: return `${asked} is ${node.life}`;
  }
  if (node.leader === 0) return `${asked} knows no leader: waiting for an election`;
  const leaderName = nodeNameOf(node.leader);
  const leader = view?.nodes[leaderName];
  if (leader?.role !== 'leader' || leader.life !== 'running') {
    return `${asked} waits for ${leaderName}, which does not lead any more`;
  }
  const route = leaderName === asked ? asked : `${asked} → ${leaderName}`;
  const replication = replicationOf(leader);
  return replication === null ? `${route}: waiting for an answer` : `${route}: waiting for a majority, ${replication}`;
}

/** The progress of the leader's newest entry; null when it is committed. */
function replicationOf(leader: NodeView): string | null {
  if (leader.lastIndex <= leader.commitIndex) return null;
  const voters = leader.configuration?.voters;
  const others = Object.values(leader.progress).filter((progress) => progress.id !== leader.id && !progress.isLearner);
  const stored = 1 + others.filter((progress) => progress.matchIndex >= leader.lastIndex).length;
  return `${stored} of ${voters?.length ?? others.length + 1} stored`;
}
