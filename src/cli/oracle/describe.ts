/** Prints messages, entries, Ready and progress as the scripts do, in etcd's words. */
import {
  type Configuration,
  type Entry,
  type HardState,
  isJoint,
  type LocalMessage,
  type Message,
  NONE,
  type NodeId,
  type ProgressStatus,
  type Ready,
  type Role,
  type Snapshot,
  type SoftState,
  type StorageAppend,
  type StorageApply,
} from '../../raft/index.ts';
import { describeEntries, describeEntry } from './entries.ts';

/**
 * What a scripted network and its threads carry: messages between nodes, and writes with their responses on one node.
 */
export type Carried =
  | Message
  | ({ readonly type: 'StorageAppend'; readonly node: NodeId } & StorageAppend)
  | ({ readonly type: 'StorageApply'; readonly node: NodeId } & StorageApply)
  | (LocalMessage & { readonly node: NodeId });

const NAMES: Record<Carried['type'], string> = {
  AppendEntries: 'MsgApp',
  AppendEntriesResponse: 'MsgAppResp',
  RequestVote: 'MsgVote',
  PreVote: 'MsgPreVote',
  RequestVoteResponse: 'MsgVoteResp',
  PreVoteResponse: 'MsgPreVoteResp',
  Heartbeat: 'MsgHeartbeat',
  HeartbeatResponse: 'MsgHeartbeatResp',
  InstallSnapshot: 'MsgSnap',
  TimeoutNow: 'MsgTimeoutNow',
  ForwardedProposal: 'MsgProp',
  ReadIndex: 'MsgReadIndex',
  ReadIndexResponse: 'MsgReadIndexResp',
  TransferLeadership: 'MsgTransferLeader',
  StorageAppend: 'MsgStorageAppend',
  StorageAppendResponse: 'MsgStorageAppendResp',
  StorageApply: 'MsgStorageApply',
  StorageApplyResponse: 'MsgStorageApplyResp',
};

/** The script's name of a kind of message. */
export function messageName(type: Carried['type']): string {
  return NAMES[type];
}

/** Kinds of messages that the scripts know and that are never sent: here they are methods of a node. */
const NAMES_OF_CALLS = ['MsgHup', 'MsgBeat', 'MsgUnreachable', 'MsgSnapStatus', 'MsgCheckQuorum', 'MsgForgetLeader'];

/** Whether the scripts know a kind of message by this name. */
export function isMessageName(name: string): boolean {
  return Object.values(NAMES).includes(name) || NAMES_OF_CALLS.includes(name);
}

const ROLE_NAMES: Record<Role, string> = {
  follower: 'StateFollower',
  candidate: 'StateCandidate',
  'pre-candidate': 'StatePreCandidate',
  leader: 'StateLeader',
};

export function roleName(role: Role): string {
  return ROLE_NAMES[role];
}

/** The fields that one line of a message shows; those that are absent print nothing. */
interface Line {
  readonly from: string;
  readonly to: string;
  readonly term?: number;
  readonly logTerm?: number;
  readonly index?: number;
  readonly hint?: number;
  readonly commit?: number;
  readonly vote?: NodeId;
  readonly entries?: readonly Entry[];
  readonly snapshot?: Snapshot | undefined;
  readonly responses?: readonly Carried[];
}

/** One message, with its entries, snapshot and responses. */
export function describeMessage(message: Carried, indent = ''): string {
  const line = lineOf(message);
  const parts = [
    `${indent}${line.from}->${line.to} ${messageName(message.type)} ` +
      `Term:${line.term ?? 0} Log:${line.logTerm ?? 0}/${line.index ?? 0}`,
  ];
  if (line.hint !== undefined) {
    parts.push(` Rejected (Hint: ${line.hint})`);
  }
  if (line.commit) {
    parts.push(` Commit:${line.commit}`);
  }
  if (line.vote) {
    parts.push(` Vote:${line.vote}`);
  }
  parts.push(describeEntryList(line.entries ?? [], indent));
  if (line.snapshot !== undefined && line.snapshot.lastIncludedIndex !== 0) {
    parts.push(`\n${indent}  Snapshot: ${describeSnapshot(line.snapshot)}`);
  }
  if (line.responses !== undefined && line.responses.length > 0) {
    const responses = line.responses.map((response) => `\n${describeMessage(response, `${indent}  `)}`);
    parts.push(` Responses:[${responses.join('')}\n${indent}]`);
  }
  return parts.join('');
}

function describeEntryList(entries: readonly Entry[], indent: string): string {
  const [first] = entries;
  if (first === undefined) {
    return '';
  }
  if (entries.length === 1) {
    return ` Entries:[${describeEntry(first)}]`;
  }
  return ` Entries:[${entries.map((entry) => `\n${indent}  ${describeEntry(entry)}`).join('')}\n${indent}]`;
}

function lineOf(message: Carried): Line {
  switch (message.type) {
    case 'StorageAppend':
      return {
        from: hex(message.node),
        to: 'AppendThread',
        ...hardStateFields(message.hardState),
        entries: message.entries,
        snapshot: message.snapshot,
        responses: message.responses.map((response) => withNode(response, message.node)),
      };
    case 'StorageApply':
      return {
        from: hex(message.node),
        to: 'ApplyThread',
        entries: message.entries,
        responses: message.responses.map((response) => withNode(response, message.node)),
      };
    case 'StorageAppendResponse':
      return {
        from: 'AppendThread',
        to: hex(message.node),
        term: message.term,
        logTerm: message.lastTerm,
        index: message.lastIndex,
        snapshot: message.snapshot,
      };
    case 'StorageApplyResponse':
      return { from: 'ApplyThread', to: hex(message.node), entries: message.entries };
    default:
      return { from: hex(message.from), to: hex(message.to), term: message.term, ...networkFields(message) };
  }
}

function hardStateFields(hardState: HardState | undefined): Partial<Line> {
  return hardState === undefined
    ? {}
    : { term: hardState.currentTerm, vote: hardState.votedFor, commit: hardState.commitIndex };
}

function networkFields(message: Message): Partial<Line> {
  switch (message.type) {
    case 'AppendEntries':
      return {
        logTerm: message.prevLogTerm,
        index: message.prevLogIndex,
        commit: message.leaderCommit,
        entries: message.entries,
      };
    case 'AppendEntriesResponse':
      return message.rejected
        ? { index: message.prevLogIndex, logTerm: message.hintTerm, hint: message.hintIndex }
        : { index: message.matchIndex };
    case 'RequestVote':
    case 'PreVote':
      return { logTerm: message.lastLogTerm, index: message.lastLogIndex };
    case 'RequestVoteResponse':
    case 'PreVoteResponse':
      return message.voteGranted ? {} : { hint: 0 };
    case 'Heartbeat':
      return { commit: message.leaderCommit };
    case 'InstallSnapshot':
      return { snapshot: message.snapshot };
    case 'ForwardedProposal':
      return { entries: message.entries };
    case 'ReadIndex':
      return { entries: [readEntry(message.context)] };
    case 'ReadIndexResponse':
      return { index: message.readIndex, entries: [readEntry(message.context)] };
    case 'TransferLeadership':
      // The scripts' message comes from the transfer's target.
      return { from: hex(message.transferee) };
    case 'HeartbeatResponse':
    case 'TimeoutNow':
      return {};
  }
}

/** The scripts carry a read's context as an entry. */
function readEntry(data: Uint8Array): Entry {
  return { term: 0, index: 0, type: 'command', data };
}

/** A response with the node that it belongs to, if the response does not name it. */
export function withNode(message: Message | LocalMessage, node: NodeId): Carried {
  return message.type === 'StorageAppendResponse' || message.type === 'StorageApplyResponse'
    ? { ...message, node }
    : message;
}

function hex(id: NodeId): string {
  return id === NONE ? 'None' : id.toString(16);
}

function describeSnapshot({ lastIncludedIndex, lastIncludedTerm, configuration }: Snapshot): string {
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration;
  return (
    `Index:${lastIncludedIndex} Term:${lastIncludedTerm} ConfState:Voters:[${voters.join(' ')}] ` +
    `VotersOutgoing:[${votersOutgoing.join(' ')}] Learners:[${learners.join(' ')}] ` +
    `LearnersNext:[${learnersNext.join(' ')}] AutoLeave:${autoLeave}`
  );
}

/** A configuration as `voters=(1 2)&&(1) learners=(3) autoleave`. */
export function describeConfiguration(configuration: Configuration): string {
  const set = (ids: readonly NodeId[]): string => `(${ids.join(' ')})`;
  const { voters, votersOutgoing, learners, learnersNext, autoLeave } = configuration;
  return [
    `voters=${set(voters)}${isJoint(configuration) ? `&&${set(votersOutgoing)}` : ''}`,
    ...(learners.length > 0 ? [`learners=${set(learners)}`] : []),
    ...(learnersNext.length > 0 ? [`learners_next=${set(learnersNext)}`] : []),
    ...(autoLeave ? ['autoleave'] : []),
  ].join(' ');
}

const PROGRESS_NAMES: Record<ProgressStatus['state'], string> = {
  probe: 'StateProbe',
  replicate: 'StateReplicate',
  snapshot: 'StateSnapshot',
};

/** One line for each member, as a leader sees them. */
export function describeProgress(progress: readonly ProgressStatus[]): string {
  return progress.map((status) => `${status.id}: ${describeMember(status)}\n`).join('');
}

function describeMember(status: ProgressStatus): string {
  return [
    `${PROGRESS_NAMES[status.state]} match=${status.matchIndex} next=${status.nextIndex}`,
    ...(status.isLearner ? ['learner'] : []),
    ...(status.paused ? ['paused'] : []),
    ...(status.pendingSnapshot > 0 ? [`pendingSnap=${status.pendingSnapshot}`] : []),
    ...(status.recentActive ? [] : ['inactive']),
    ...(status.inflightMessages > 0 ? [describeInflights(status)] : []),
  ].join(' ');
}

function describeInflights({ inflightMessages, inflightFull }: ProgressStatus): string {
  return `inflight=${inflightMessages}${inflightFull ? '[full]' : ''}`;
}

function describeHardState({ currentTerm, votedFor, commitIndex }: HardState): string {
  return `Term:${currentTerm}${votedFor === NONE ? '' : ` Vote:${votedFor}`} Commit:${commitIndex}`;
}

function describeSoftState({ leader, role }: SoftState): string {
  return `Lead:${leader} State:${roleName(role)}`;
}

/** All that a Ready holds, in the order of the scripts. */
export function describeReady(ready: Ready, messages: readonly Carried[]): string {
  const lines: string[] = [];
  if (ready.softState !== undefined) {
    lines.push(`${describeSoftState(ready.softState)}\n`);
  }
  if (ready.hardState !== undefined) {
    lines.push(`HardState ${describeHardState(ready.hardState)}\n`);
  }
  if (ready.readStates.length > 0) {
    const states = ready.readStates.map(({ readIndex, context }) => `{${readIndex} [${[...context].join(' ')}]}`);
    lines.push(`ReadStates [${states.join(' ')}]\n`);
  }
  if (ready.entries.length > 0) {
    lines.push('Entries:\n', describeEntries(ready.entries));
  }
  if (ready.snapshot !== undefined) {
    lines.push(`Snapshot ${describeSnapshot(ready.snapshot)}\n`);
  }
  if (ready.committedEntries.length > 0) {
    lines.push('CommittedEntries:\n', describeEntries(ready.committedEntries));
  }
  if (messages.length > 0) {
    lines.push('Messages:\n', ...messages.map((message) => `${describeMessage(message)}\n`));
  }
  return lines.length === 0 ? '<empty Ready>' : `Ready MustSync=${ready.mustSync}:\n${lines.join('')}`;
}
