/** What the stage shows of one node, from the view: words, marks and the sentence for a screen reader. */
import { keptWords, logRangeOf } from '../../trace/logRange.ts';
import { fullNodeName, nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import { failureWords } from '../../trace/nodeCondition.ts';
import { isKnown, roleWord } from '../../trace/roleWords.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';
import { allVoters, electorateOf, isQuorum, seenBy, shareText, standingOf } from './electorate.ts';
import type { Electorate, Standing } from './electorate.ts';
import { lastIndexOfAll, logStrip } from './logStrip.ts';
import type { LogStrip } from './logStrip.ts';
import type { WonElection } from './wonElections.ts';

/** A node's look: its role while it runs, otherwise its state. */
export type NodeLook =
  | 'leader'
  | 'follower'
  | 'candidate'
  | 'pre-candidate'
  | 'learner'
  | 'joining'
  | 'starting'
  | 'paused'
  | 'crashed'
  | 'stopped'
  | 'failed'
  | 'away';

export interface VoteMark {
  readonly peer: NodeName;
  readonly state: 'granted' | 'refused' | 'pending';
}

export interface NodeDisplay {
  readonly name: NodeName;
  /** With the incarnation after a wipe: `n3′2`. */
  readonly fullName: string;
  readonly life: NodeView['life'];
  readonly role: NodeView['role'];
  readonly look: NodeLook;
  readonly standing: Standing;
  /** Its cluster runs without a safety rule. */
  readonly isUnsafe: boolean;
  readonly term: NodeView['term'];
  readonly commitIndex: NodeView['commitIndex'];
  /** Null while its log is unknown. */
  readonly strip: LogStrip | null;
  readonly votes: readonly VoteMark[];
  /** `term 3`; empty while it is unknown. */
  readonly termText: string;
  /** `commit 17`, or the state of a node that does not run. */
  readonly stateText: string;
  /** Anything unusual: `2 of 5 have 18`, `sees 2 of 5`; empty otherwise. */
  readonly noteText: string;
  /** The full state in words. */
  readonly ariaLabel: string;
}

/** The word under the name, and the letter if there is no room for the word. */
export const LOOK_WORDS: Readonly<Record<NodeLook, { readonly word: string; readonly letter: string }>> = {
  leader: { word: 'leader', letter: 'L' },
  follower: { word: 'follower', letter: 'F' },
  candidate: { word: 'candidate', letter: 'C' },
  'pre-candidate': { word: 'pre-vote', letter: 'P' },
  learner: { word: 'learner', letter: 'N' },
  joining: { word: 'joining', letter: 'J' },
  starting: { word: 'starting', letter: '…' },
  paused: { word: 'paused', letter: '' },
  crashed: { word: 'crashed', letter: '' },
  stopped: { word: 'stopped', letter: '' },
  failed: { word: 'failed', letter: '!' },
  away: { word: 'away', letter: '?' },
};

function lookOf(node: NodeView, standing: Standing): NodeLook {
  if (node.life !== 'running') return node.life;
  if (node.role !== 'follower') return node.role;
  if (standing === 'learner') return 'learner';
  return standing === 'outside' ? 'joining' : node.role;
}

/** A voter's place in a joint configuration, for a mark at its disc and for a sentence. */
const JOINT_WORDS: Readonly<Record<'both' | 'incoming' | 'outgoing', {
  readonly mark: string;
  readonly sentence: string;
}>> = {
  both: { mark: 'old+new', sentence: 'votes in both halves of the joint configuration' },
  incoming: { mark: 'new', sentence: 'votes in C_new only, it is joining the voters' },
  outgoing: { mark: 'old', sentence: 'votes in C_old only, it is leaving the voters' },
};

/** The mark of a node in a joint configuration; empty outside of one. */
export function jointMark(standing: Standing): string {
  return standing === 'both' || standing === 'incoming' || standing === 'outgoing' ? JOINT_WORDS[standing].mark : '';
}

function votesOf(node: NodeView, electorate: Electorate, won: WonElection | null): VoteMark[] {
  if (node.life !== 'running') return [];
  const voters = allVoters(electorate).filter((name) => name !== node.name);
  if (node.role === 'leader' && won !== null) {
    return voters.map((peer) => ({ peer, state: won.votes.includes(peer) ? 'granted' : 'pending' }));
  }
  if (node.role !== 'candidate' && node.role !== 'pre-candidate') return [];
  const answers = new Map(Object.entries(node.votes).map(([id, granted]) => [nodeNameOf(Number(id)), granted]));
  return voters.map((peer) => {
    const granted = answers.get(peer);
    return { peer, state: granted === undefined ? 'pending' : granted ? 'granted' : 'refused' };
  });
}

/** The voters that hold the entry at `index`, as far as the leader knows, itself included. */
function holdersOf(leader: NodeView, index: number): NodeName[] {
  const holders = Object.values(leader.progress).filter(({ matchIndex }) => matchIndex >= index)
    .map(({ id }) => nodeNameOf(id));
  return leader.lastIndex >= index ? [leader.name, ...holders] : holders;
}

function noteOf(view: ClusterView, node: NodeView, electorate: Electorate, votes: readonly VoteMark[]): string {
  if (node.life !== 'running') return '';
  if (votes.length > 0) {
    const granted = votes.filter((vote) => vote.state === 'granted').map((vote) => vote.peer);
    const what = node.role === 'pre-candidate' ? 'pre-votes' : 'votes';
    return `${shareText([node.name, ...granted], electorate)} ${what}`;
  }
  const seen = seenBy(view, node.name, electorate);
  if (!isQuorum(seen, electorate)) return `sees ${shareText(seen, electorate)}`;
  if (node.role === 'leader' && node.lastIndex > node.commitIndex) {
    const next = node.commitIndex + 1;
    return `${shareText(holdersOf(node, next), electorate)} have ${next}`;
  }
  return '';
}

function stateOf(node: NodeView): string {
  switch (node.life) {
    case 'starting': return 'opens its file';
    case 'crashed': return isKnown(node) ? `file keeps ${keptWords(logRangeOf(node))}` : 'its file stays';
    case 'stopped': return 'stopped cleanly';
    case 'failed': return failureWords(node);
    case 'away': return 'not heard here';
    case 'paused':
    case 'running': return `commit ${node.commitIndex}`;
  }
}

function roleInWords(node: NodeView, look: NodeLook): string {
  switch (look) {
    case 'leader':
    case 'follower':
    case 'candidate':
    case 'pre-candidate':
    case 'learner': return `${look} in term ${node.term}`;
    case 'joining': return `joining the cluster in term ${node.term}`;
    case 'paused': return `paused as ${roleWord(node)} in term ${node.term}`;
    case 'crashed': return `crashed${isKnown(node) ? `, its file keeps ${keptWords(logRangeOf(node))}` : ''}`;
    case 'starting': return 'starting';
    case 'stopped': return 'stopped';
    case 'failed': return `failed: ${node.failure?.message ?? failureWords(node)}`;
    case 'away': return 'away: its machine is not connected, it may still run there';
  }
}

function ariaLabelOf(
  node: NodeView, look: NodeLook, standing: Standing, note: string, votes: readonly VoteMark[],
): string {
  const parts = [`${fullNodeName(node.id)}, ${roleInWords(node, look)}`];
  if (standing === 'both' || standing === 'incoming' || standing === 'outgoing') {
    parts.push(JOINT_WORDS[standing].sentence);
  }
  if (node.life === 'running' || node.life === 'paused') {
    parts.push(`commit index ${node.commitIndex}`, `applied ${node.lastApplied}`, `last log index ${node.lastIndex}`);
    if (node.role === 'follower' && node.leader !== 0) parts.push(`leader ${nodeNameOf(node.leader)}`);
    if (node.role === 'follower' && node.leader === 0) parts.push('knows no leader');
  }
  if (note !== '') parts.push(note);
  for (const vote of votes) if (vote.state !== 'pending') parts.push(`${vote.peer} ${vote.state} its vote`);
  return parts.join(', ');
}

/**
 * Everything the stage shows of one node.
 * @param cells the number of log cells that fit
 * @param won the election that this leader has just won
 */
export function nodeDisplay(
  view: ClusterView,
  node: NodeView,
  cells: number,
  won: WonElection | null = null,
): NodeDisplay {
  const electorate = electorateOf(view);
  const standing = standingOf(node.name, electorate);
  const look = lookOf(node, standing);
  const votes = votesOf(node, electorate, won);
  const noteText = won === null || votes.length === 0
    ? noteOf(view, node, electorate, votes) : `${won.votes.length} of ${won.voterCount} votes`;
  return {
    name: node.name,
    fullName: fullNodeName(node.id),
    life: node.life,
    role: node.role,
    look,
    standing,
    isUnsafe: view.rulesOff.length > 0,
    term: node.term,
    commitIndex: node.commitIndex,
    strip: isKnown(node) ? logStrip(node, lastIndexOfAll(view), cells) : null,
    votes,
    termText: isKnown(node) ? `term ${node.term}` : '',
    stateText: stateOf(node),
    noteText,
    ariaLabel: ariaLabelOf(node, look, standing, noteText, votes) + (view.rulesOff.length > 0 ? ', not safe' : ''),
  };
}
