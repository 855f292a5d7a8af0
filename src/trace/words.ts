/** Events in words: a sentence for a person who has read the Raft paper, with the paper's section. */
import type { LeaderReads, RaftEvent, VoteRefusal } from '../raft/events.ts';
import { NONE } from '../raft/types.ts';
import type { Configuration, Index, NodeId, Role } from '../raft/types.ts';
import type { Clauses } from './clauses.ts';
import type { ClientEvent, NodeLifeEvent, NodeWorkEvent, TraceEvent } from './events.ts';
import { describeDoorEvent } from './doorWords.ts';
import { isImportant, kindOf } from './kinds.ts';
import type { EventKind } from './kinds.ts';
import { describeLabEvent } from './labWords.ts';
import { describeMessageEvent } from './messageWords.ts';
import { fullNodeName, nodeIdOf, nodeNumberOf } from './names.ts';
import { describeSnapshotEvent } from './snapshotWords.ts';

/** An event in words. `subject` and `sentence` read as one: `n3` `became leader of term 4 with 3 of 5 votes`. */
export interface EventWords {
  /** The node's name; `lab` for the lab itself. */
  readonly subject: string;
  readonly sentence: string;
  /** An addition in quieter type, perhaps empty: the paper's section, sizes, times. */
  readonly detail: string;
  readonly kind: EventKind;
  readonly important: boolean;
}

/** The sentence for an event. It depends on the event alone, so it never changes. */
export function wordsFor(event: TraceEvent): EventWords {
  const [sentence, detail = ''] = describe(event);
  const subject = event.node === NONE ? 'lab' : fullNodeName(event.node);
  return { subject, sentence, detail, kind: kindOf(event), important: isImportant(event) };
}

function describe(event: TraceEvent): Clauses {
  switch (event.type) {
    case 'messageSent':
    case 'messageReceived':
    case 'messageDropped':
    case 'messageHeld':
    case 'messageReleased':
      return describeMessageEvent(event);
    case 'labOpened':
    case 'labClosed':
    case 'labRenamed':
    case 'paceChanged':
    case 'leaseReadsChanged':
    case 'doorChanged':
    case 'variantChanged':
    case 'nodeAdded':
    case 'nodeRemoved':
    case 'machineJoined':
    case 'machineLeft':
    case 'hostMoved':
    case 'wrongCode':
    case 'linkChanged':
    case 'partitioned':
    case 'healed':
    case 'safetyViolated':
      return describeLabEvent(event);
    case 'nodeStarted':
    case 'nodeStopped':
    case 'nodeCrashed':
    case 'nodePaused':
    case 'nodeResumed':
    case 'nodeWiped':
    case 'nodeJoining':
    case 'nodeLeaving':
    case 'nodeAway':
    case 'nodeRestated':
    case 'nodeMoved':
    case 'nodeFailed':
      return describeLife(event, event.node);
    case 'doorOpened':
    case 'doorClosed':
      return describeDoorEvent(event);
    case 'persisted':
    case 'applied':
    case 'counters':
    case 'electionTimerStarted':
      return describeWork(event);
    case 'snapshotTaken':
    case 'snapshotSending':
    case 'snapshotReceiving':
      return describeSnapshotEvent(event);
    case 'clientAsked':
    case 'clientForwarded':
    case 'clientAnswered':
    case 'clientWaits':
    case 'clientDecided':
      return describeClient(event);
    default:
      return describeRaft(event, event.node);
  }
}

function describeRaft(event: RaftEvent, node: NodeId): Clauses {
  switch (event.type) {
    case 'electionTimerReset':
      return [`started its election timer: ${event.timeoutTicks} ticks`, 'Raft §5.2'];
    case 'termChanged':
      return [`entered term ${event.term}`, `from term ${event.previousTerm} · Raft §5.1`];
    case 'roleChanged':
      return describeRole(event);
    case 'leaderChanged':
      if (event.leader === NONE) return [`knows no leader in term ${event.term}`];
      if (event.leader === node) return [`leads term ${event.term}`];
      return [`follows ${fullNodeName(event.leader)} in term ${event.term}`];
    case 'voteGranted': {
      const candidate = fullNodeName(event.candidate);
      return event.preVote
        ? [`would vote for ${candidate} in term ${event.term}`, 'pre-vote · dissertation §9.6']
        : [`gave its vote of term ${event.term} to ${candidate}`, 'Raft §5.2'];
    }
    case 'voteRefused': {
      const candidate = fullNodeName(event.candidate);
      const [why, section] = REFUSALS[event.reason](candidate, event.term);
      return [`refused its ${event.preVote ? 'pre-vote' : 'vote'} to ${candidate}: ${why}`, section];
    }
    case 'voteReceived':
      return describeVoteReceived(event, node);
    case 'entriesAppended':
      return describeAppended(event);
    case 'appendRejected': {
      const follower = fullNodeName(event.from);
      return [
        `learned that ${follower} has another entry ${event.prevLogIndex}, or none: goes back to ${event.hintIndex}`,
        'Raft §5.3',
      ];
    }
    case 'commitAdvanced':
      return [`committed ${entryRange(event.previousCommitIndex + 1, event.commitIndex)}`];
    case 'progressChanged':
      return describeProgress(event);
    case 'configurationChanged':
      return [`uses the configuration ${configurationWords(event.configuration)}`, 'dissertation §4'];
    case 'configurationChangeRefused':
      return [`refused a membership change: ${event.reason}`, 'dissertation §4'];
    case 'snapshotRestored':
      return [
        `installed a snapshot up to entry ${event.lastIncludedIndex}`, `term ${event.lastIncludedTerm} · Raft §7`,
      ];
    case 'logCompacted':
      return [`compacted its log up to entry ${event.firstIndex - 1}`, 'Raft §7'];
    case 'readsChanged':
      return [`reported its reads: ${readsWords(event.reads)}`, 'dissertation §6.4'];
    case 'quorumLost':
      return [`stepped down: it heard from no majority in term ${event.term}`, 'dissertation §6.2'];
    case 'leadershipTransferStarted':
      return [`hands its leadership over to ${fullNodeName(event.transferee)}`, 'dissertation §3.10'];
    case 'leadershipTransferAborted':
      return [`gave up handing its leadership over to ${fullNodeName(event.transferee)}`, 'dissertation §3.10'];
    case 'proposalDropped':
      return [`could not take a proposal: ${event.reason.replaceAll('-', ' ')}`];
  }
}

function describeRole(event: RaftEvent & { type: 'roleChanged' }): Clauses {
  const { role, previousRole, term, leader, votes, voterCount, reason } = event;
  switch (role) {
    case 'leader':
      return [
        `became leader of term ${term} with ${votes.length} of ${voterCount} votes (${names(votes)})`, 'Raft §5.2',
      ];
    case 'candidate':
      return [`became candidate in term ${term}`, `${reason} · Raft §5.2`];
    case 'pre-candidate':
      return [`asks for pre-votes before it begins term ${term + 1}`, `${reason} · dissertation §9.6`];
    case 'follower': {
      const follows = leader === NONE ? '' : `; follows ${fullNodeName(leader)}`;
      return [`${LEFT_ROLE[previousRole]}${follows} in term ${term}`, reason];
    }
  }
}

/** What a server did that became a follower. */
const LEFT_ROLE: Readonly<Record<Role, string>> = {
  leader: 'stepped down as leader',
  candidate: 'stopped asking for votes',
  'pre-candidate': 'stopped asking for pre-votes',
  follower: 'stays a follower',
};

/** Why a vote was refused, and where that is written. */
const REFUSALS: Record<VoteRefusal, (candidate: string, term: number) => readonly [why: string, section: string]> = {
  'already-voted': (_candidate, term) => [`it has voted in term ${term} already`, 'Raft §5.2'],
  'leader-known': (_candidate, term) => [`term ${term} has a leader already`, 'Raft §5.2'],
  'log-not-up-to-date': (candidate) => [`the log of ${candidate} is less up-to-date than its own`, 'Raft §5.4.1'],
  'leader-lease': () => ['it hears from a leader', 'dissertation §4.2.3'],
  'stale-term': (_candidate, term) => [`term ${term} is over`, 'Raft §5.1'],
};

function describeVoteReceived(event: RaftEvent & { type: 'voteReceived' }, node: NodeId): Clauses {
  const { voter, granted, preVote, grantedCount, refusedCount, voterCount } = event;
  const vote = preVote ? 'pre-vote' : 'vote';
  const who = voter === node ? 'its own' : `the ${vote} of ${fullNodeName(voter)}`;
  const against = refusedCount === 0 ? '' : `, ${refusedCount} against`;
  const count = `${grantedCount} of ${voterCount}${against}`;
  const section = preVote ? 'dissertation §9.6' : 'Raft §5.2';
  if (!granted) return [`was refused ${who}: ${count}`, section];
  return [voter === node ? `counted its own ${vote}: ${count}` : `got ${who}: ${count}`, section];
}

function describeAppended(event: RaftEvent & { type: 'entriesAppended' }): Clauses {
  const { entries, truncatedFrom } = event;
  const [first] = entries;
  const last = entries.at(-1);
  const discarded = truncatedFrom === undefined ? '' : `discarded its entries from ${truncatedFrom} on`;
  if (first === undefined || last === undefined) return [discarded || 'appended nothing', 'Raft §5.3'];
  const range = entryRange(first.index, last.index);
  const what = entries.length === 1 ? APPENDED_WORDS[first.type](range, first.term) : range;
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  const size = `term ${last.term} · ${bytes} bytes`;
  return discarded === '' ? [`appended ${what}`, size] : [`${discarded} and appended ${what}`, `${size} · Raft §5.3`];
}

const APPENDED_WORDS: Record<'command' | 'no-op' | 'configuration', (range: string, term: number) => string> = {
  command: (range) => range,
  'no-op': (range, term) => `${range}, the no-op at the start of term ${term}`,
  configuration: (range) => `${range}, a membership change`,
};

function describeProgress({ progress }: RaftEvent & { type: 'progressChanged' }): Clauses {
  const name = fullNodeName(progress.id);
  const indexes = `match ${progress.matchIndex} · next ${progress.nextIndex}`;
  switch (progress.state) {
    case 'probe':
      return [`looks for the last entry that it and ${name} have in common`, `${indexes} · Raft §5.3`];
    case 'replicate':
      return [`knows that ${name} holds its log up to entry ${progress.matchIndex}`, indexes];
    case 'snapshot':
      return [`sends ${name} a snapshot up to entry ${progress.pendingSnapshot}`, `${indexes} · Raft §7`];
  }
}

const LEAVING: Readonly<Record<(NodeLifeEvent & { type: 'nodeLeaving' })['step'], string>> = {
  waiting: 'is to leave the voters',
  'handing-over': 'hands over its leadership before it leaves the voters',
  demoting: 'becomes a learner',
  removing: 'leaves the cluster',
  demoted: 'is a learner now',
  removed: 'has left the cluster',
};

/** `12 confirmed by rounds, 3 by its lease, which holds 9 more ticks; 1 waits`. */
function readsWords(reads: LeaderReads): string {
  const { leaseHeld, leaseEndsInTicks, waiting, confirmedByRound, confirmedByLease, confirmedAsSoleVoter } = reads;
  const lease = leaseHeld ? `${confirmedByLease} by its lease, which holds ${leaseEndsInTicks} more ticks` : '';
  return [
    `${confirmedByRound} confirmed by rounds`,
    lease === '' && confirmedByLease > 0 ? `${confirmedByLease} by a lease that it had` : lease,
    confirmedAsSoleVoter > 0 ? `${confirmedAsSoleVoter} as the only voter` : '',
    waiting > 0 ? `${waiting} waiting` : '',
  ].filter((part) => part !== '').join(', ');
}

function describeLife(event: NodeLifeEvent, node: NodeId): Clauses {
  switch (event.type) {
    case 'nodeStarted': {
      const log = startedLog(event.firstIndex, event.lastIndex);
      return [
        `started with ${log} in term ${event.hardState.currentTerm}`,
        // A simulated node has neither a socket nor a file.
        event.address === 'simulated' ? 'simulated'
          : `${event.address}:${event.port} · raft.db opened in ${event.openMs.toFixed(1)} ms`,
      ];
    }
    case 'nodeStopped':
      return ['stopped'];
    case 'nodeCrashed':
      return ['crashed', 'its disk keeps what was written'];
    case 'nodePaused':
      return ['paused', 'it neither receives nor sends'];
    case 'nodeResumed':
      return ['resumed'];
    case 'nodeWiped': {
      const name = fullNodeName(nodeIdOf(nodeNumberOf(node), event.incarnation));
      return [`lost its disk and comes back as ${name}`, 'it forgot its votes, so it is another server'];
    }
    case 'nodeJoining':
      return [event.step === 'joined' ? 'has joined the cluster' : 'joins the cluster', event.detail];
    case 'nodeLeaving':
      return [LEAVING[event.step], event.detail];
    case 'nodeAway':
      return ['is out of sight', `${event.machine} is not connected; the node may still run there`];
    case 'nodeRestated':
      return [
        `is heard again: ${event.role} in term ${event.hardState.currentTerm}, log up to ${event.lastIndex}`,
        'what it did meanwhile is not known here',
      ];
    case 'nodeMoved':
      return event.reason === 'flooded'
        ? [`moved to port ${event.port}`, 'strangers flood its own port; only members learn of the new one']
        : [`moved back to its port ${event.port}`, 'the flood has ended'];
    case 'nodeFailed':
      return [`failed: ${event.message}`, event.code];
  }
}

function describeWork(event: NodeWorkEvent): Clauses {
  switch (event.type) {
    case 'persisted': {
      const { transactionCount = 1, entryCount, lastIndex, hardStateChanged, durationMs, bytes } = event;
      const what = [
        ...(entryCount > 0 ? [entryRange(lastIndex - entryCount + 1, lastIndex)] : []),
        ...(hardStateChanged ? ['its term, vote and commitIndex'] : []),
      ];
      const disk = `disk ${durationMs.toFixed(2)} ms`;
      const time = transactionCount === 1 ? disk : `${transactionCount} transactions, the last: ${disk}`;
      return [`stored ${what.join(' and ') || 'nothing'}`, `${time} · ${bytes} bytes`];
    }
    case 'applied':
      return [`applied ${event.text}`, `entry ${event.index} of term ${event.term}`];
    case 'counters': {
      const { sent, received } = event.counters;
      const dropped = Object.values(event.counters.dropped).reduce((sum, count) => sum + count, 0);
      return [`has sent ${sent} datagrams, received ${received}, dropped ${dropped}`];
    }
    case 'electionTimerStarted':
      return [`waits ${Math.round(event.timeoutMs)} ms for word from a leader`, 'election timeout · Raft §5.2'];
  }
}

function describeClient(event: ClientEvent): Clauses {
  switch (event.type) {
    case 'clientAsked':
      return [`was asked: ${event.text}`, event.client];
    case 'clientForwarded':
      return [`forwarded ${event.text ?? 'a command'} to its leader ${fullNodeName(event.to)}`];
    case 'clientAnswered': {
      const detail = `${event.totalMs.toFixed(1)} ms`;
      if (event.outcome === 'ok') return [`answered ${event.text}`, `${event.detail} · ${detail}`];
      if (event.outcome === 'refused') return [`refused ${event.text}: ${event.detail}`, detail];
      return [`cannot tell what became of ${event.text}: ${event.detail}`, detail];
    }
    case 'clientWaits':
      return describeWait(event);
    case 'clientDecided':
      return [`decided: ${event.text} ${event.isApplied ? 'was applied' : 'never takes effect'}`, event.detail];
  }
}

function describeWait({ text, waitsFor, index, term }: ClientEvent & { type: 'clientWaits' }): Clauses {
  const entry = index === undefined ? '' : `entry ${index} of term ${term ?? 0}`;
  switch (waitsFor) {
    case 'leader':
      return [`keeps ${text} until there is a leader`];
    case 'session': {
      const which = entry === '' ? '' : `, ${entry},`;
      return [`waits for its client session${which} to be committed before it proposes ${text}`, 'dissertation §6.3'];
    }
    case 'commit':
      return [entry === '' ? `waits for ${text} to be in its log` : `waits for ${text}, ${entry}, to be committed`];
    case 'read-index':
      return [`waits for a read index to answer ${text}`, 'dissertation §6.4'];
    case 'apply':
      return [`waits to apply entry ${index ?? 0} before it answers ${text}`, 'dissertation §6.4'];
  }
}

/** `1 entry`, `12 entries`; `entries 29–40` behind a snapshot. */
function startedLog(firstIndex: Index, lastIndex: Index): string {
  if (lastIndex === 0) return 'an empty log';
  if (lastIndex < firstIndex) return `a snapshot up to entry ${lastIndex}`;
  if (firstIndex > 1) return entryRange(firstIndex, lastIndex);
  return lastIndex === 1 ? '1 entry' : `${lastIndex} entries`;
}

/** `entry 18`, `entries 15–18`. */
function entryRange(first: Index, last: Index): string {
  return first >= last ? `entry ${last}` : `entries ${first}–${last}`;
}

/** `n1 n2 n3`; joint: `n1 n2 n3 with n1 n2 n4`; learners behind. */
function configurationWords({ voters, votersOutgoing, learners }: Configuration): string {
  const joint = votersOutgoing.length === 0 ? '' : `, jointly with ${names(votersOutgoing)}`;
  const learning = learners.length === 0 ? '' : `, learning: ${names(learners)}`;
  return `${names(voters)}${joint}${learning}`;
}

function names(ids: readonly NodeId[]): string {
  return ids.map(fullNodeName).join(', ');
}
