/** The voters and their quorums: the configuration as the picture needs it, with both halves of a joint one. */
import { nodeNumberOfName } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import { carriesNothing, sortedNames } from '../../trace/network.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';

/** The voters of one half of a joint configuration. */
export interface VoterSet {
  readonly names: readonly NodeName[];
  /** A wiped node's old identity counts until the cluster has replaced it, although no node has it any longer. */
  readonly count: number;
}

export interface Electorate {
  /** The voters of C_new while the configuration is joint. */
  readonly voters: readonly NodeName[];
  /** The number of voters, including identities that no node has any longer. */
  readonly count: number;
  /** C_old while the configuration is joint (dissertation §4.3): its majority is also needed. Null otherwise. */
  readonly outgoing: VoterSet | null;
  readonly learners: readonly NodeName[];
}

/** A node's place in the configuration. `outside`: not a member yet, or no longer one. */
export type Standing = 'voter' | 'both' | 'incoming' | 'outgoing' | 'learner' | 'outside';

/** The electorate of the node with the highest commitIndex; all nodes, before a configuration is known. */
export function electorateOf(view: ClusterView): Electorate {
  const configuration = newestKnowing(view)?.configuration;
  const names = sortedNames(view);
  if (!configuration) return { voters: names, count: names.length, outgoing: null, learners: [] };
  const { voters, votersOutgoing, learners } = configuration;
  const bearers = (ids: readonly number[]): NodeName[] =>
    names.filter((name) => ids.includes(view.nodes[name]?.id ?? 0));
  const outgoing = votersOutgoing.length === 0
    ? null : { names: bearers(votersOutgoing), count: votersOutgoing.length };
  return { voters: bearers(voters), count: voters.length, outgoing, learners: bearers(learners) };
}

/** The node with the highest commitIndex; among equals, the leader: its configuration may be newer. */
function newestKnowing(view: ClusterView): NodeView | null {
  let newest: NodeView | null = null;
  for (const node of Object.values(view.nodes)) {
    if ((node.configuration?.voters.length ?? 0) === 0) continue;
    const isNewer = newest === null || node.commitIndex > newest.commitIndex;
    const leadsNow = node.role === 'leader' && newest?.role !== 'leader' && node.commitIndex === newest?.commitIndex;
    if (isNewer || leadsNow) newest = node;
  }
  return newest;
}

/** A node's place in the configuration. */
export function standingOf(name: NodeName, { voters, outgoing, learners }: Electorate): Standing {
  const isNew = voters.includes(name);
  const isOld = outgoing?.names.includes(name) === true;
  if (isNew && isOld) return 'both';
  if (isNew) return outgoing === null ? 'voter' : 'incoming';
  if (isOld) return 'outgoing';
  return learners.includes(name) ? 'learner' : 'outside';
}

/** All voters, of either half. */
export function allVoters({ voters, outgoing }: Electorate): readonly NodeName[] {
  return [...new Set([...voters, ...outgoing?.names ?? []])].sort((a, b) => nodeNumberOfName(a) - nodeNumberOfName(b));
}

/** How many votes make a majority (Raft §5.2). */
export function majorityOf(voterCount: number): number {
  return Math.floor(voterCount / 2) + 1;
}

/** Whether these nodes are a quorum: a majority of the voters, in a joint configuration of both halves (§4.3). */
export function isQuorum(names: readonly NodeName[], { voters, count, outgoing }: Electorate): boolean {
  const isMajority = (half: VoterSet): boolean =>
    half.names.filter((name) => names.includes(name)).length >= majorityOf(half.count);
  return isMajority({ names: voters, count }) && (outgoing === null || isMajority(outgoing));
}

/** How many of the voters these are: `2 of 5`; in a joint configuration `1 of 3 old, 2 of 3 new`. */
export function shareText(names: readonly NodeName[], { voters, count, outgoing }: Electorate): string {
  const share = (half: readonly NodeName[], total: number): string =>
    `${half.filter((name) => names.includes(name)).length} of ${total}`;
  if (outgoing === null) return share(voters, count);
  return `${share(outgoing.names, outgoing.count)} old, ${share(voters, count)} new`;
}

/** The voters that a node can exchange messages with now, itself included: links up both ways, voter running. */
export function seenBy(view: ClusterView, name: NodeName, electorate: Electorate): readonly NodeName[] {
  const isJoined = (voter: NodeName): boolean =>
    !carriesNothing(view, name, voter) && !carriesNothing(view, voter, name);
  return allVoters(electorate).filter((voter) =>
    voter === name || (view.nodes[voter]?.life === 'running' && isJoined(voter)));
}
