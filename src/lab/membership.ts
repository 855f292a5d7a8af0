/** The next step that brings a cluster's members in line with the lab's nodes, after one of them was wiped. Pure. */
import type { ConfigurationChange } from '../raft/index.ts';
import type { Configuration, NodeId } from '../raft/types.ts';
import { fullNodeName, nodeNumberOf } from '../trace/names.ts';
import type { NodeName } from '../trace/names.ts';
import type { ClusterView, NodeView } from '../trace/view.ts';

/** Where a node that joins stands, for the event `nodeJoining`. */
export interface JoiningStep {
  readonly id: NodeId;
  readonly step: 'waiting' | 'adding' | 'catching-up' | 'promoting' | 'joined';
  readonly detail: string;
}

export interface MembershipPlan {
  /** For each node that is not yet a voter, where it stands. Empty: all are. */
  readonly joining: readonly JoiningStep[];
  /** What to ask of whom now; undefined while there is something to wait for. */
  readonly ask: { readonly leader: NodeName; readonly change: ConfigurationChange } | undefined;
}

/**
 * One node after the other: the old incarnation is removed and the new one added as a learner, in one change; when the
 * learner's log has caught up it is made a voter (dissertation §4.2.1). Each step goes by the leader's own
 * configuration,
 * so a plan can be made at any time, any number of times.
 * @param wanted the ids of the lab's nodes as they are now
 */
export function planMembership(view: ClusterView, wanted: readonly NodeId[]): MembershipPlan {
  const leader = leaderOf(view);
  const configuration = leader?.configuration ?? newestConfiguration(view);
  if (configuration === null) {
    return { joining: [], ask: undefined };
  }
  const missing = wanted.filter((id) => !configuration.voters.includes(id));
  if (leader === undefined) {
    const alive = countRunningVoters(view, configuration);
    const detail = (id: NodeId): string => `${fullNodeName(id)} waits for a leader to take it in: `
      + `${alive} of ${configuration.voters.length} voters run, ${majorityOf(configuration)} are needed`;
    return { joining: missing.map((id) => ({ id, step: 'waiting', detail: detail(id) })), ask: undefined };
  }
  const steps = missing.map((id) => stepOf(id, leader, configuration));
  const isJoint = configuration.votersOutgoing.length > 0;
  const next = isJoint ? undefined : steps.find((step) => step.changes.length > 0);
  const leftOver = [...configuration.voters, ...configuration.learners].filter((id) => !wanted.includes(id));
  const changes = next?.changes ?? (isJoint ? [] : leftOver.slice(0, 1).map((id) => ({ type: 'remove', id }) as const));
  return {
    joining: steps,
    ask: changes.length === 0 ? undefined : { leader: leader.name, change: { transition: 'auto', changes } },
  };
}

/** Whether a majority would still have its data if that of `id` were deleted: without one, no leader ever again. */
export function canLose(view: ClusterView, id: NodeId, wanted: readonly NodeId[]): boolean {
  const configuration = leaderOf(view)?.configuration ?? newestConfiguration(view);
  if (!configuration?.voters.includes(id)) {
    return true;
  }
  const withData = configuration.voters.filter((voter) => voter !== id && wanted.includes(voter));
  return withData.length >= majorityOf(configuration);
}

type PlannedStep = JoiningStep & { readonly changes: ConfigurationChange['changes'] };

function stepOf(id: NodeId, leader: NodeView, configuration: Configuration): PlannedStep {
  const name = fullNodeName(id);
  if (!configuration.learners.includes(id)) {
    const former = [...configuration.voters, ...configuration.learners]
      .filter((member) => nodeNumberOf(member) === nodeNumberOf(id));
    return {
      id,
      step: 'adding',
      detail: `${leader.name} takes in ${name} as a learner`
        + (former.length === 0 ? '' : ` in the place of ${former.map(fullNodeName).join(', ')}`),
      changes: [...former.map((member) => ({ type: 'remove', id: member }) as const), { type: 'add-learner', id }],
    };
  }
  const progress = leader.progress[id];
  if (progress?.state === 'replicate' && progress.matchIndex >= leader.commitIndex) {
    const detail = `${leader.name} makes ${name} a voter`;
    return { id, step: 'promoting', detail, changes: [{ type: 'add-voter', id }] };
  }
  return { id, step: 'catching-up', detail: `${name} catches up with the log of ${leader.name}`, changes: [] };
}

function leaderOf(view: ClusterView): NodeView | undefined {
  return Object.values(view.nodes)
    .filter((node) => node.life === 'running' && node.role === 'leader')
    .sort((a, b) => b.term - a.term)[0];
}

function newestConfiguration(view: ClusterView): Configuration | null {
  const knowing = Object.values(view.nodes).filter((node) => node.configuration !== null);
  knowing.sort((a, b) => b.lastApplied - a.lastApplied || b.commitIndex - a.commitIndex);
  return knowing[0]?.configuration ?? null;
}

function countRunningVoters(view: ClusterView, { voters }: Configuration): number {
  return Object.values(view.nodes).filter((node) => node.life === 'running' && voters.includes(node.id)).length;
}

function majorityOf({ voters }: Configuration): number {
  return Math.floor(voters.length / 2) + 1;
}
