/** The sentence on the stage while the cluster cannot work, or not as one thinks, and what changes that. */
import type { CommandName } from '../../contract/commands.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';
import { allVoters, electorateOf, isQuorum, majorityOf, seenBy, shareText } from './electorate.ts';
import type { Electorate } from './electorate.ts';

export interface StageHint {
  readonly title: string;
  readonly text: string;
}

/** Whether this machine may do something to a node: what it may not do is not advised. */
export type Permission = (command: CommandName, node: NodeName) => boolean;

const STARTING: StageHint = { title: 'The nodes are starting', text: 'Each opens its database file and its socket.' };
const CHECK_QUORUM = 'check-quorum, dissertation §6.2';

/** The hint for this view; null if there is a leader with a majority and nothing is unusual. */
export function stageHint(view: ClusterView, may: Permission = () => true): StageHint | null {
  const nodes = Object.values(view.nodes);
  if (nodes.length === 0) return { title: 'No nodes yet', text: 'This lab has no nodes: create another one.' };
  const running = nodes.filter((node) => node.life === 'running');
  if (running.length === 0) return nodes.some(({ life }) => life === 'starting') ? STARTING : idleHint(nodes, may);
  const electorate = electorateOf(view);
  const reachesQuorum = (name: NodeName): boolean => isQuorum(seenBy(view, name, electorate), electorate);
  const leaders = running.filter((node) => node.role === 'leader').sort((a, b) => b.term - a.term);
  if (leaders.some(({ name }) => reachesQuorum(name))) {
    return jointHint(electorate) ?? stepDownHint(running) ?? awayHint(view, electorate, may);
  }
  const [leader] = leaders;
  if (leader !== undefined) return blockedHint(view, leader, electorate);
  const runningVoters = allVoters(electorate).filter((name) => view.nodes[name]?.life === 'running');
  if (!isQuorum(runningVoters, electorate)) {
    const soon = nodes.filter((node) => node.life === 'starting').map((node) => node.name);
    if (isQuorum([...runningVoters, ...soon], electorate)) return STARTING;
    const text = `Voters that run: ${shareText(runningVoters, electorate)}. A leader needs ${neededText(electorate)}.`;
    return afterStepDown(running, { title: 'No majority is running', text });
  }
  if (!runningVoters.some(reachesQuorum)) {
    const share = `${neededText(electorate)} of ${totalText(electorate)}`;
    const text = `${share} voters must reach each other to elect a leader.`;
    return afterStepDown(running, { title: 'No voter reaches a majority', text });
  }
  return afterStepDown(running, { title: 'No leader yet', text: 'An election starts when a timer runs out.' });
}

/** A leader that is cut off from the majority leads on for a while, and commits nothing. */
function blockedHint(view: ClusterView, { name }: NodeView, electorate: Electorate): StageHint {
  const share = shareText(seenBy(view, name, electorate), electorate);
  return {
    title: `${name} leads but cannot commit`,
    text: `It reaches ${share} voters and needs ${neededText(electorate)}: unless they answer, it steps down `
      + `(${CHECK_QUORUM}).`,
  };
}

/** The node that gave up the latest term because it heard from no majority; it knows no leader since. */
function formerLeader(running: readonly NodeView[]): NodeView | null {
  const former = running.filter(({ quorumLostInTerm }) => quorumLostInTerm > 0);
  return former.toSorted((a, b) => b.quorumLostInTerm - a.quorumLostInTerm)[0] ?? null;
}

function stepDownHint(running: readonly NodeView[]): StageHint | null {
  const former = formerLeader(running);
  return former === null ? null : {
    title: `${former.name} stepped down`,
    text: `It led term ${former.quorumLostInTerm} and heard from no majority (${CHECK_QUORUM}).`,
  };
}

/** What is missing now, after why the last leader gave up. */
function afterStepDown(running: readonly NodeView[], hint: StageHint): StageHint {
  const former = formerLeader(running);
  // A later term may have had a leader of its own.
  const isLast = former !== null && running.every(({ term }) => term <= former.quorumLostInTerm);
  return !isLast ? hint : {
    title: hint.title,
    text: `${former.name} stepped down: it heard from no majority (${CHECK_QUORUM}). ${hint.text}`,
  };
}

/** Nodes in one of these states do not work, and each state has its own way back. */
const IDLE_WORDS: Readonly<Record<Exclude<NodeView['life'], 'running' | 'starting'>, {
  readonly one: string;
  readonly all: string;
  readonly state: string;
}>> = {
  paused: { one: 'is paused', all: 'are paused', state: 'paused' },
  crashed: { one: 'crashed', all: 'crashed', state: 'crashed' },
  stopped: { one: 'is stopped', all: 'are stopped', state: 'stopped' },
  failed: { one: 'failed', all: 'failed', state: 'failed' },
  away: { one: 'is away', all: 'are away', state: 'away' },
};

/** No node runs: which states they are in, and what brings them back. */
function idleHint(nodes: readonly NodeView[], may: Permission): StageHint {
  const states = Object.entries(IDLE_WORDS)
    .map(([life, words]) => ({ words, members: nodes.filter((node) => node.life === life) }))
    .filter(({ members }) => members.length > 0);
  const [first] = states;
  const [node] = nodes;
  const text = remedyText(nodes, may);
  if (states.length > 1 || first === undefined || node === undefined) {
    const counts = states.map(({ words, members }) => `${members.length} ${words.state}`);
    return { title: 'No node is running', text: `${counts.join(', ')}. ${text}` };
  }
  const title = nodes.length === 1 ? `${node.name} ${first.words.one}` : `All ${nodes.length} nodes ${first.words.all}`;
  return { title, text };
}

function remedyText(nodes: readonly NodeView[], may: Permission): string {
  const isPaused = nodes.some(({ life, name }) => life === 'paused' && may('node:resume', name));
  const isDown = nodes.some(({ life, name }) =>
    (life === 'crashed' || life === 'stopped') && may('node:restart', name));
  const one = nodes.length === 1 ? 'it' : 'one';
  if (isPaused && isDown) return 'Select one: Space resumes a paused node, R restarts a crashed or stopped one.';
  if (isPaused) return `Select ${one} and press Space to resume it.`;
  if (isDown) return `Select ${one} and press R to restart it.`;
  if (nodes.some(({ life }) => life === 'failed')) return `Select ${one}: the inspector says why it failed.`;
  if (nodes.every(({ life }) => life === 'away')) {
    return nodes.length === 1 ? 'It returns when its machine connects again.'
      : 'They return when their machines connect again.';
  }
  return 'Only the host can bring them back.';
}

/** A voter that is away still counts: the majority is reckoned with it. */
function awayHint(view: ClusterView, electorate: Electorate, may: Permission): StageHint | null {
  const away = allVoters(electorate).filter((name) => view.nodes[name]?.life === 'away');
  const [name] = away;
  if (name === undefined) return null;
  const advice = may('cluster:remove', name) ? ' To do without it: right-click, Remove from the cluster.' : '';
  return away.length === 1
    ? { title: `${name} is away`, text: `Its machine is not connected, and its vote still counts.${advice}` }
    : {
        title: `${away.join(', ')} are away`,
        text: `Their machines are not connected, and their votes still count.${advice.replace('it:', 'one:')}`,
      };
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
