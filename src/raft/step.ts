/** A message comes in: first its term (Raft §5.1), then what it means to a server in this role. */
import { handleAppendResponse, handleHeartbeatResponse } from './answers.ts';
import { invariant } from './assert.ts';
import { handleAppendEntries } from './consistency.ts';
import type { Core } from './core.ts';
import {
  handleVoteRequest,
  handleVoteResponse,
  hearsFromLeader,
  noteRefusal,
  refuseVote,
  startElection,
  startPostponedElection,
} from './election.ts';
import { handleHeartbeat } from './heartbeats.ts';
import { leaveJointAutomatically } from './membershipChange.ts';
import { acknowledge, reduceUncommitted } from './ownLog.ts';
import { propose, proposeAsLeader } from './proposals.ts';
import { handleReadIndex } from './reads.ts';
import { becomeFollower, restartElectionTimer, setLeader } from './roles.ts';
import { send } from './send.ts';
import { handleInstallSnapshot } from './snapshots.ts';
import { entriesBytes } from './storage.ts';
import { startTransfer } from './transfer.ts';
import {
  type AppendEntries,
  type Heartbeat,
  type Index,
  type InstallSnapshot,
  type LocalMessage,
  type Message,
  NONE,
  type StorageAppendResponse,
} from './types.ts';

type FromLeader = AppendEntries | Heartbeat | InstallSnapshot;

/**
 * Takes a message that passed the checks of RaftNode.step, or that this server addressed to itself.
 * @throws {ProposalDropped} when it is a proposal that cannot be taken
 */
export function stepMessage(core: Core, message: Message): void {
  // Proposals and similar requests carry no term: they are not about one.
  if (message.term !== 0) {
    if (message.term < core.currentTerm) {
      handleStaleTerm(core, message);
      return;
    }
    if (message.term > core.currentTerm && !enterNewerTerm(core, message)) {
      return;
    }
  }
  if (message.type === 'RequestVote' || message.type === 'PreVote') {
    handleVoteRequest(core, message);
  } else if (core.role === 'leader') {
    stepLeader(core, message);
  } else if (core.role === 'follower') {
    stepFollower(core, message);
  } else {
    stepCandidate(core, message);
  }
}

/**
 * A term above this server's own: its election has begun somewhere, so this server is a follower now, whatever it was
 * (Raft §5.1).
 * @returns false when the message must be ignored
 */
function enterNewerTerm(core: Core, message: Message): boolean {
  switch (message.type) {
    case 'RequestVote':
    case 'PreVote':
      if (core.lease.forbidsVote(message) || (!message.leadershipTransfer && hearsFromLeader(core))) {
        noteRefusal(core, message, 'leader-lease');
        return false;
      }
      if (message.type === 'RequestVote') {
        becomeFollower(core, message.term, NONE, `server ${message.from} stands for election in a newer term`);
      }
      return true; // a pre-vote asks about a term that has not begun
    case 'PreVoteResponse':
      // Granted: the answer repeats the term that was asked about. Refused: the other server is in a newer term.
      if (!message.voteGranted) {
        becomeFollower(core, message.term, NONE, `server ${message.from} is in a newer term`);
      }
      return true;
    case 'AppendEntries':
    case 'Heartbeat':
    case 'InstallSnapshot':
      becomeFollower(core, message.term, message.from, `server ${message.from} leads a newer term`);
      return true;
    default:
      becomeFollower(core, message.term, NONE, `server ${message.from} is in a newer term`);
      return true;
  }
}

/**
 * A term below this server's own: the message is out of date, and its sender learns of the newer term (Raft §5.1). A
 * server that is ahead in its term may be unable to win an election or to be accepted as a follower. Only a new
 * election settles that, which begins when its leader learns of the term and steps down.
 */
function handleStaleTerm(core: Core, message: Message): void {
  switch (message.type) {
    case 'AppendEntries':
    case 'Heartbeat':
    case 'InstallSnapshot':
      acknowledge(core, message.from, 0);
      break;
    case 'RequestVote':
    case 'PreVote':
      // A candidate whose term is behind may be ahead in its log: silence could leave both stuck. One that has this
      // server's vote in the present term is not behind: it would take the answer to its older request, which was
      // overtaken on its way, for one to its present one.
      if (core.votedFor === message.from) noteRefusal(core, message, 'stale-term');
      else refuseVote(core, message, 'stale-term');
      break;
    default:
  }
}

function stepLeader(core: Core, message: Message): void {
  switch (message.type) {
    case 'ForwardedProposal':
      proposeAsLeader(core, message.entries);
      break;
    case 'ReadIndex':
      handleReadIndex(core, message);
      break;
    case 'TransferLeadership':
      startTransfer(core, message.transferee);
      break;
    case 'AppendEntriesResponse': {
      const progress = core.membership.progress.get(message.from);
      if (progress !== undefined) {
        handleAppendResponse(core, progress, message);
      }
      break;
    }
    case 'HeartbeatResponse': {
      const progress = core.membership.progress.get(message.from);
      if (progress !== undefined) {
        handleHeartbeatResponse(core, progress, message);
      }
      break;
    }
    case 'AppendEntries':
    case 'Heartbeat':
    case 'InstallSnapshot':
      // Election Safety (Raft §5.2): at most one leader a term.
      invariant(false, () => `servers ${core.id} and ${message.from} both lead term ${core.currentTerm}`);
      break;
    default: // late answers to an election that is decided
  }
}

function stepCandidate(core: Core, message: Message): void {
  switch (message.type) {
    case 'ForwardedProposal':
      propose(core, message.entries);
      break;
    case 'AppendEntries':
    case 'Heartbeat':
    case 'InstallSnapshot':
      // Somebody else won this term (Raft §5.2).
      becomeFollower(core, message.term, message.from, `server ${message.from} won the election`);
      handleFromLeader(core, message);
      break;
    case 'RequestVoteResponse':
    case 'PreVoteResponse':
      handleVoteResponse(core, message);
      break;
    default: // TimeoutNow: it is already standing for election. The rest: there is no leader to hand it to.
  }
}

function stepFollower(core: Core, message: Message): void {
  switch (message.type) {
    case 'AppendEntries':
    case 'Heartbeat':
    case 'InstallSnapshot':
      setLeader(core, message.from);
      restartElectionTimer(core);
      handleFromLeader(core, message);
      break;
    case 'TimeoutNow':
      startElection(core, 'transfer');
      break;
    case 'ForwardedProposal':
      propose(core, message.entries);
      break;
    case 'ReadIndex':
      // Only its own reads: the answer goes to the sender of the request. Another server that took this one for its
      // leader asks again.
      if (core.leader !== NONE && message.from === core.id) {
        send(core, { ...message, to: core.leader });
      }
      break;
    case 'TransferLeadership':
      if (core.leader !== NONE) {
        send(core, { ...message, from: core.id, to: core.leader, term: core.currentTerm });
      }
      break;
    case 'ReadIndexResponse':
      core.readStates.push({
        readIndex: message.readIndex,
        context: message.context,
        confirmedBy: message.confirmedBy,
      });
      break;
    default: // answers to what it asked in another role
  }
}

function handleFromLeader(core: Core, message: FromLeader): void {
  switch (message.type) {
    case 'AppendEntries':
      handleAppendEntries(core, message);
      break;
    case 'Heartbeat':
      handleHeartbeat(core, message);
      break;
    case 'InstallSnapshot':
      handleInstallSnapshot(core, message);
      break;
  }
}

/** Takes a response from this server's own storage or apply thread. */
export function stepLocal(core: Core, message: LocalMessage): void {
  if (message.type === 'StorageAppendResponse') {
    handleStored(core, message);
    return;
  }
  const last = message.entries.at(-1);
  if (last !== undefined) {
    applied(core, last.index, entriesBytes(message.entries));
    reduceUncommitted(core, message.entries);
  }
}

function handleStored(core: Core, message: StorageAppendResponse): void {
  // A write that is still under way may overwrite an entry that was written in an earlier term, and a third write may
  // bring it back. If the term has changed since, the log may no longer hold what was written.
  if (message.lastIndex !== 0 && message.term === core.currentTerm) {
    core.log.unstable.stableTo(message.lastIndex, message.lastTerm);
  }
  if (message.snapshot !== undefined) {
    const { lastIncludedIndex } = message.snapshot;
    core.log.unstable.snapshotStableTo(lastIncludedIndex);
    applied(core, lastIncludedIndex, 0);
  }
}

function applied(core: Core, index: Index, bytes: number): void {
  core.log.appliedTo(Math.max(index, core.log.lastApplied), bytes);
  leaveJointAutomatically(core);
  startPostponedElection(core);
}
