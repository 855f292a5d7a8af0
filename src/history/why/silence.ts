/** Why a node heard nothing from its leader: its timer ran out, and something had silenced the leader. */
import type { NodeId } from '../../raft/types.ts';
import type { LabEvent, TraceEvent } from '../../trace/events.ts';
import { fullNodeName, nodeNameOf } from '../../trace/names.ts';
import type { Past } from './past.ts';
import { linkTo } from './whyChain.ts';
import type { EventOf, WhyLink } from './whyChain.ts';

/** What was sent before the leader went silent may arrive after that: so far back a reason is looked for. */
const BEFORE_LAST_WORD_MS = 2000;

/** The links behind an election that a timer began: the silence, and what made it. */
export function silenceBefore(event: TraceEvent, past: Past): readonly WhyLink[] {
  const word = past.last('messageReceived', event.seq, (one) => one.node === event.node && isWordOfLeader(one));
  const timer = past.last('electionTimerStarted', event.seq, ({ node }) => node === event.node);
  const name = fullNodeName(event.node);
  if (word === undefined) {
    return [{
      event: timer ?? null, section: '§5.2', isInferred: false,
      sentence: `${name} had not heard from any leader: its election timer ran out${afterWords(timer)}`,
    }];
  }
  const silentMs = Math.round(event.atMs - word.atMs);
  const reason = reasonOfSilence(word.from, event.node, event.seq, word.atMs - BEFORE_LAST_WORD_MS, past);
  const link: WhyLink = {
    event: timer ?? word, section: '§5.2', isInferred: false,
    sentence: `the election timer of ${name} ran out${afterWords(timer)}: no word from ${fullNodeName(word.from)} for `
      + `${silentMs} ms`,
  };
  return reason === undefined ? [link] : [link, { ...linkTo(asOneStep(reason, past)), isInferred: true }];
}

function afterWords(timer: EventOf<'electionTimerStarted'> | undefined): string {
  return timer === undefined ? '' : ` after ${Math.round(timer.timeoutMs)} ms`;
}

function isWordOfLeader({ message: { type } }: EventOf<'messageReceived'>): boolean {
  return type === 'Heartbeat' || type === 'AppendEntries' || type === 'InstallSnapshot';
}

/** What keeps what `leader` sends from reaching `node`: its own life, or the link, as the latest event of each says. */
function reasonOfSilence(
  leader: NodeId, node: NodeId, beforeSeq: number, sinceMs: number, past: Past,
): TraceEvent | undefined {
  const ofNode = past.lastOf(beforeSeq, (event) => touchesNode(event, leader));
  const ofLink = past.lastOf(beforeSeq, (event) => touchesLink(event, leader, node));
  return [ofNode, ofLink].filter((event) => event !== undefined)
    .find((event) => event.atMs >= sinceMs && silences(event, leader, node));
}

function touchesNode(event: TraceEvent, node: NodeId): boolean {
  return event.node === node && (event.type in LIVES || event.type === 'roleChanged');
}

/** Whether a node is silent after an event of its life. */
const LIVES: Partial<Record<TraceEvent['type'], boolean>> = {
  nodeStarted: false, nodeResumed: false, nodeRestated: false,
  nodeStopped: true, nodeCrashed: true, nodePaused: true, nodeFailed: true, nodeAway: true, quorumLost: true,
};

function touchesLink(event: TraceEvent, from: NodeId, to: NodeId): boolean {
  return event.type === 'partitioned' || event.type === 'healed'
    || (event.type === 'linkChanged' && event.from === nodeNameOf(from) && event.to === nodeNameOf(to));
}

function silences(event: TraceEvent, leader: NodeId, node: NodeId): boolean {
  switch (event.type) {
    case 'partitioned':
      return separates(event, leader, node);
    case 'linkChanged':
      return event.faults.down || event.faults.lossPercent > 0 || event.faults.delayMs > 0;
    case 'roleChanged':
      return event.role !== 'leader';
    default:
      return LIVES[event.type] === true;
  }
}

/** Whether a partition keeps two nodes apart: one that is in no group is with the others that are in none. */
export function separates({ groups }: LabEvent & { type: 'partitioned' }, one: NodeId, other: NodeId): boolean {
  const groupOf = (node: NodeId): number => groups.findIndex((names) => names.includes(nodeNameOf(node)));
  return groupOf(one) !== groupOf(other);
}

/** The lab tells of a partition and of each of its links at one moment: the whole says more than the link. */
export function asOneStep(event: TraceEvent, past: Past): TraceEvent {
  return event.type !== 'linkChanged' ? event : past.lastOf(event.seq, (one) => (
    (one.type === 'partitioned' || one.type === 'healed') && one.atMs === event.atMs)) ?? event;
}
