/** Why something has not happened: what is missing for a commit, a leadership, a read, or for a node that lags. */
import { majorityOf } from '../../raft/quorum.ts';
import type { Index } from '../../raft/types.ts';
import { linkKey } from '../../trace/fold.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import { conditionOf, failureWords } from '../../trace/nodeCondition.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';

export type WhyNotQuestion =
  /** Why an entry of the leader's log is not committed. */
  | { readonly what: 'commit'; readonly index: Index }
  | { readonly what: 'lead' | 'read' | 'catchUp'; readonly node: NodeName };

/** What is missing, in a sentence or a few clauses; null where nothing is. */
export function whyNot(view: ClusterView, question: WhyNotQuestion): string | null {
  if (question.what === 'commit') {
    return whyNotCommitted(view, question.index);
  }
  const node = view.nodes[question.node];
  if (node === undefined) {
    return null;
  }
  switch (question.what) {
    case 'lead':
      return whyNotLeading(view, node);
    case 'read':
      return whyNotRead(view, node);
    case 'catchUp':
      return whyBehind(view, node);
  }
}

/** `18 is on 2 of 5; 3 are needed; n4’s link is cut; n5 is crashed`. */
function whyNotCommitted(view: ClusterView, index: Index): string | null {
  const leader = leaderOf(view);
  if (leader === undefined) {
    return sentenceOf(['nobody leads, and only a leader commits (§5.3)', ...missingVoters(view)]);
  }
  if (index <= leader.commitIndex || index > leader.lastIndex) {
    return null;
  }
  const voters = votersOf(leader);
  const needed = majorityOf(voters.length);
  const lacking = voters.filter((voter) => !hasEntry(leader, voter, index));
  const count = voters.length - lacking.length;
  const term = leader.tail.find((entry) => entry.index === index)?.term;
  const isEarlier = term !== undefined && term < leader.term;
  const rule = isEarlier
    ? [`its term is ${term}, not ${leader.term}: it is committed with the first entry of term ${leader.term} (§5.4.2)`]
    : [];
  return sentenceOf(count >= needed
    ? [`${index} is on ${count} of ${voters.length}`, ...rule]
    : [`${index} is on ${count} of ${voters.length}`, `${needed} are needed`, ...rule,
      ...lacking.map((voter) => obstacleOf(view, leader, voter))]);
}

function whyNotLeading(view: ClusterView, node: NodeView): string | null {
  if (node.role === 'leader') return null;
  if (node.life !== 'running') return `${node.name} is ${lifeWords(node)}.`;
  const voters = votersOf(node);
  if (!voters.includes(node.name)) return `${node.name} is not a voter, and so cannot lead (dissertation §4.2.1).`;
  const leader = leaderOf(view);
  if (leader?.id === node.leader && !isCut(view, leader.name, node.name)) {
    return `${node.name} hears from ${leader.name}, the leader of term ${leader.term}: it does not stand (§5.2).`;
  }
  const needed = majorityOf(voters.length);
  const reachable = voters.filter((voter) => voter === node.name || reaches(view, node.name, voter));
  const newer = reachable.filter((voter) => isNewer(view.nodes[voter], node));
  const electable = reachable.length - newer.length;
  return sentenceOf([
    `${node.name} needs ${needed} of ${voters.length} votes`,
    ...(reachable.length < needed ? [`it reaches ${reachable.length}`] : []),
    ...newer.map((voter) => `${voter}’s log is more up-to-date (§5.4.1)`),
    ...(electable >= needed ? ['they can still be given to it'] : []),
    ...voters.filter((voter) => !reachable.includes(voter)).map((voter) => obstacleOf(view, node, voter)),
  ]);
}

function whyNotRead(view: ClusterView, node: NodeView): string | null {
  if (node.life !== 'running') return `${node.name} is ${lifeWords(node)}.`;
  const leader = leaderOf(view);
  if (node.leader === 0 || leader === undefined) {
    return sentenceOf([`${node.name} knows no leader that could confirm a read index (dissertation §6.4)`,
      ...missingVoters(view)]);
  }
  if (node.leader !== leader.id) {
    return `${node.name} still asks ${nodeNameOf(node.leader)}, which no longer leads.`;
  }
  if (node.name !== leader.name && !reaches(view, node.name, leader.name)) {
    return sentenceOf([`${node.name} cannot ask the leader`, obstacleOf(view, node, leader.name)]);
  }
  const termOfCommit = leader.tail.find(({ index }) => index === leader.commitIndex)?.term;
  if (termOfCommit !== undefined && termOfCommit < leader.term) {
    return `${leader.name} has committed nothing in term ${leader.term} yet: it does not know what is committed (§8).`;
  }
  const voters = votersOf(leader);
  const heard = voters.filter((voter) => voter === leader.name || reaches(view, leader.name, voter));
  const needed = majorityOf(voters.length);
  if (heard.length < needed) {
    return sentenceOf([`${leader.name} hears ${heard.length} of ${voters.length}`,
      `${needed} must confirm that it still leads (§8)`,
      ...voters.filter((voter) => !heard.includes(voter)).map((voter) => obstacleOf(view, leader, voter))]);
  }
  return node.lastApplied < leader.commitIndex
    ? `${node.name} has applied up to ${node.lastApplied}; ${leader.commitIndex} is committed.` : null;
}

function whyBehind(view: ClusterView, node: NodeView): string | null {
  const leader = leaderOf(view);
  if (leader === undefined || leader.name === node.name || node.lastIndex >= leader.lastIndex) {
    return null;
  }
  const lag = `${node.name} has up to ${node.lastIndex}, ${leader.name} up to ${leader.lastIndex}`;
  const progress = leader.progress[node.id];
  if (node.life !== 'running' || !reaches(view, leader.name, node.name)) {
    return sentenceOf([lag, obstacleOf(view, leader, node.name)]);
  }
  if (progress?.state === 'snapshot') return sentenceOf([lag, 'a snapshot is on its way (§7)']);
  if (progress?.state === 'probe') {
    return sentenceOf([lag, `${leader.name} looks for the last entry that both have (§5.3)`]);
  }
  return sentenceOf([lag, 'the rest is on its way']);
}

// ---- What stands in the way -----------------------------------------------------------------------------------------

function leaderOf(view: ClusterView): NodeView | undefined {
  return Object.values(view.nodes).filter(({ role, life }) => role === 'leader' && life === 'running')
    .sort((a, b) => b.term - a.term)[0];
}

function votersOf({ configuration }: NodeView): readonly NodeName[] {
  return (configuration?.voters ?? []).map(nodeNameOf);
}

function hasEntry(leader: NodeView, voter: NodeName, index: Index): boolean {
  return voter === leader.name
    || Object.values(leader.progress).some(({ id, matchIndex }) => nodeNameOf(id) === voter && matchIndex >= index);
}

function isNewer(other: NodeView | undefined, { tail, lastIndex }: NodeView): boolean {
  const [own, theirs] = [tail.at(-1)?.term ?? 0, other?.tail.at(-1)?.term ?? 0];
  return other !== undefined && (theirs > own || (theirs === own && other.lastIndex > lastIndex));
}

function missingVoters(view: ClusterView): readonly string[] {
  return Object.values(view.nodes).filter(({ life }) => life !== 'running')
    .map((node) => `${node.name} is ${lifeWords(node)}`);
}

/** What keeps `name` from answering `from`: `n5 is crashed`, `n4’s link is cut`, `n3 has not answered yet`. */
function obstacleOf(view: ClusterView, from: NodeView, name: NodeName): string {
  const node = view.nodes[name];
  if (node === undefined) return `${name} is gone`;
  if (node.life !== 'running') return `${name} is ${lifeWords(node)}`;
  return reaches(view, from.name, name) ? `${name} has not answered yet` : `${name}’s link is cut`;
}

function lifeWords(node: NodeView): string {
  return conditionOf(node) === node.life ? node.life : `down: ${failureWords(node)}`;
}

/** Both ways: who is not answered has not reached anybody. */
function reaches(view: ClusterView, one: NodeName, other: NodeName): boolean {
  return view.nodes[other]?.life === 'running' && !isCut(view, one, other) && !isCut(view, other, one);
}

function isCut(view: ClusterView, from: NodeName, to: NodeName): boolean {
  return view.links[linkKey(from, to)]?.faults.down === true;
}

function sentenceOf(clauses: readonly string[]): string {
  return `${clauses.join('; ')}.`;
}
