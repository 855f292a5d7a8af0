/** What a command that is under way is waiting for: as the asked node tells it, and with what the view adds to that. */
import type { TraceEvent } from '../../trace/events.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';

/** What the asked node has told of a request that waits. */
export type WaitsEvent = TraceEvent & { readonly type: 'clientWaits' };

/**
 * One clause for a person: `n4 → n3: entry 17 waits for a majority, 2 of 5 have it`.
 * @param asked the node that the command was sent to; null for a command to the lab
 * @param waits what the asked node told last of this very command; null when it has told nothing yet
 */
export function waitingFor(view: ClusterView | null, asked: NodeName | null, waits: WaitsEvent | null): string {
  const node = asked === null ? undefined : view?.nodes[asked];
  if (node === undefined) return 'waiting for the lab';
  switch (node.life) {
    case 'paused': return `${asked} is paused: it answers when it is resumed`;
    case 'starting': return `${asked} is starting`;
    case 'running': break;
    default: return `${asked} is ${node.life}`;
  }
  if (node.leader === 0) return `${asked} knows no leader: waiting for an election${entryWithoutLeader(waits)}`;
  const leaderName = nodeNameOf(node.leader);
  const leader = view?.nodes[leaderName];
  if (leader?.role !== 'leader' || leader.life !== 'running') {
    return `${asked} follows ${leaderName}, which does not lead${entryWithoutLeader(waits)}`;
  }
  const route = leaderName === asked ? asked : `${asked} → ${leaderName}`;
  return `${route}: ${waitWords(waits, leader)}`;
}

function entryWithoutLeader(waits: WaitsEvent | null): string {
  if (waits?.waitsFor !== 'commit' || waits.index === undefined) return '';
  return `; entry ${waits.index} is in its log, not committed`;
}

function waitWords(waits: WaitsEvent | null, leader: NodeView): string {
  switch (waits?.waitsFor) {
    case undefined:
    case 'leader': return 'waiting for an answer';
    case 'session': {
      const entry = waits.index === undefined ? '' : `, entry ${waits.index},`;
      return `in no log yet; first the client session${entry} needs a majority${storedWords(waits, leader)}`;
    }
    case 'commit':
      if (waits.index === undefined) return 'waiting for the leader to append the entry';
      return `entry ${waits.index} waits for a majority${storedWords(waits, leader)}`;
    case 'read-index': return 'waiting until a majority confirms that the leader still leads';
    case 'apply': return `waiting to apply entry ${waits.index ?? 0}`;
  }
}

/** On how many voters the entry is, as the leader knows. Empty where it is no entry of this leader's. */
function storedWords({ index, term }: WaitsEvent, leader: NodeView): string {
  if (index === undefined || !holds(leader, index, term ?? 0)) return '';
  const progress = Object.values(leader.progress);
  const voters = leader.configuration?.voters
    ?? [leader.id, ...progress.filter(({ id, isLearner }) => id !== leader.id && !isLearner).map(({ id }) => id)];
  const stored = voters.filter((id) => id === leader.id || (leader.progress[id]?.matchIndex ?? 0) >= index);
  return `, ${stored.length} of ${voters.length} have it`;
}

/** An entry is the same wherever index and term are (Raft §5.3); in its own term only the leader makes any. */
function holds(leader: NodeView, index: number, term: number): boolean {
  return leader.lastIndex >= index
    && (leader.term === term || leader.tail.some((entry) => entry.index === index && entry.term === term));
}
