/** Leader election (Raft §5.2, §5.4.1): standing for it, voting in it, counting the votes. */
import type { Core } from './core.ts';
import type { VoteRefusal } from './events.ts';
import { commitTo } from './ownLog.ts';
import { allVoters, jointVoteResult } from './quorum.ts';
import { broadcastAppend } from './replication.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate, restartElectionTimer } from './roles.ts';
import { send } from './send.ts';
import { NONE, type NodeId, type RequestVote, type RequestVoteResponse, type Term } from './types.ts';

/** What an attempt to become leader starts with. A transfer skips the pre-vote: the old leader wants to be replaced. */
export type CampaignKind = 'pre-vote' | 'election' | 'transfer';

/** Stands for election, if this server may. */
export function startElection(core: Core, kind: CampaignKind): void {
  if (core.role === 'leader' || !core.promotable) {
    return;
  }
  // A candidate votes for itself, which the promise forbids. In a transfer the leader has given up its lease.
  if (kind !== 'transfer' && core.lease.isBoundByPromise) {
    return;
  }
  if (hasUnappliedChange(core)) {
    // The node chosen by the leader needs no second TimeoutNow: it stands as soon as the change is applied here.
    core.standsOnceApplied = kind === 'transfer' && !core.scripted.asksOnceForTransfer;
    return;
  }
  campaign(core, kind);
}

/** Stands for election if a TimeoutNow came too early, before the committed membership changes were applied. */
export function startPostponedElection(core: Core): void {
  if (core.standsOnceApplied && !hasUnappliedChange(core)) {
    core.standsOnceApplied = false;
    startElection(core, 'transfer');
  }
}

function campaign(core: Core, kind: CampaignKind): void {
  const preVote = kind === 'pre-vote';
  if (preVote) {
    becomePreCandidate(core);
  } else {
    becomeCandidate(core, kind === 'transfer' ? 'leadership transfer' : 'election timeout');
  }
  // A pre-vote asks about the next term.
  const term = preVote ? core.currentTerm + 1 : core.currentTerm;
  const last = core.log.lastEntryId();
  for (const id of allVoters(core.configuration)) {
    if (id === core.id) {
      // Its own vote counts when it is on stable storage, like any other.
      answerVote(core, preVote, core.id, term, true);
    } else {
      send(core, {
        type: preVote ? 'PreVote' : 'RequestVote',
        from: core.id,
        to: id,
        term,
        lastLogIndex: last.index,
        lastLogTerm: last.term,
        leadershipTransfer: kind === 'transfer',
      });
    }
  }
}

/**
 * Whether this server hears from a leader and therefore ignores candidates, whatever their term (dissertation §4.2.3):
 * otherwise a server that was cut off or removed could depose a working leader.
 */
export function hearsFromLeader(core: Core): boolean {
  const heardRecently = core.leader !== NONE && core.electionElapsedTicks < core.electionTimeoutTicks;
  return core.checkQuorum && heardRecently;
}

/** Answers RequestVote and PreVote, whose term is at least the current one. */
export function handleVoteRequest(core: Core, message: RequestVote): void {
  const preVote = message.type === 'PreVote';
  const refusal = voteRefusal(core, message);
  if (refusal !== undefined) {
    refuseVote(core, message, refusal);
    return;
  }
  // The term that was asked for, not this server's own: a pre-vote is about a term that this server has not entered.
  const { from: candidate, term } = message;
  answerVote(core, preVote, candidate, term, true);
  core.emit({ type: 'voteGranted', candidate, term, preVote });
  if (!preVote) {
    core.votedFor = candidate;
    restartElectionTimer(core);
  }
}

function voteRefusal(core: Core, message: RequestVote): VoteRefusal | undefined {
  if (core.lease.forbidsVote(message) && core.votedFor !== message.from) {
    return 'leader-lease'; // a term that this server learnt of before it was asked for its vote
  }
  const ahead = message.type === 'PreVote' && message.term > core.currentTerm;
  if (core.rules.voteOncePerTerm && core.votedFor !== message.from && !ahead) {
    if (core.votedFor !== NONE) {
      return 'already-voted';
    }
    if (core.leader !== NONE) {
      return 'leader-known';
    }
  }
  // Learners vote too when asked: the candidate may know of their promotion before they do.
  const candidateLast = { index: message.lastLogIndex, term: message.lastLogTerm };
  if (core.rules.voteOnlyIfUpToDate && !core.log.isUpToDate(candidateLast)) {
    return 'log-not-up-to-date';
  }
  return undefined;
}

/** Refuses a candidate the vote, and reports this server's term in case it is newer. */
export function refuseVote(core: Core, message: RequestVote, reason: VoteRefusal): void {
  answerVote(core, message.type === 'PreVote', message.from, core.currentTerm, false);
  noteRefusal(core, message, reason);
}

function answerVote(core: Core, preVote: boolean, to: NodeId, term: Term, voteGranted: boolean): void {
  const { commitIndex } = core.log;
  send(core, {
    type: preVote ? 'PreVoteResponse' : 'RequestVoteResponse',
    from: core.id,
    to,
    term,
    voteGranted,
    commitIndex,
    commitTerm: core.log.term(commitIndex) ?? 0,
  });
}

/** Notes that a candidate was refused or ignored. */
export function noteRefusal(core: Core, message: RequestVote, reason: VoteRefusal): void {
  const { from: candidate, term, type } = message;
  core.emit({ type: 'voteRefused', candidate, term, preVote: type === 'PreVote', reason });
}

/** Counts an answer to this server's own candidacy. */
export function handleVoteResponse(core: Core, message: RequestVoteResponse): void {
  const preVote = message.type === 'PreVoteResponse';
  if (preVote !== (core.role === 'pre-candidate')) {
    return; // a late answer to an attempt that is over
  }
  if (learnsOfChange(core, message)) {
    becomeFollower(core, core.currentTerm, NONE, 'a membership change turned out to be committed');
    return;
  }
  recordVote(core, message.from, message.voteGranted, preVote);
  const result = jointVoteResult(core.configuration, core.votes, core.quorumSize);
  if (result === 'won') {
    if (preVote) {
      campaign(core, 'election');
    } else {
      becomeLeader(core);
      broadcastAppend(core);
    }
  } else if (result === 'lost') {
    // A pre-vote's answer may carry a term that does not exist yet: stay in the current one.
    becomeFollower(core, core.currentTerm, NONE, preVote ? 'lost the pre-vote' : 'lost the election');
  }
}

/**
 * Commits what the voter knows to be committed, if this log has it.
 * @returns whether it holds a membership change, which decides who votes and must be applied before anything else
 */
function learnsOfChange(core: Core, { commitIndex, commitTerm }: RequestVoteResponse): boolean {
  if (commitIndex <= core.log.commitIndex || !core.log.matches(commitIndex, commitTerm)) {
    return false;
  }
  // The same entry is committed elsewhere. So are all entries before it, and both logs agree on those (Log Matching,
  // Raft §5.3).
  commitTo(core, commitIndex);
  return hasUnappliedChange(core);
}

/** A committed change that is not applied may have removed this server, or changed who must vote. */
function hasUnappliedChange(core: Core): boolean {
  return core.log.someUnapplied((entry) => entry.type === 'configuration');
}

function recordVote(core: Core, voter: NodeId, granted: boolean, preVote: boolean): void {
  if (!core.votes.has(voter)) {
    core.votes.set(voter, granted);
  }
  const answers = [...core.votes.values()];
  core.emit({
    type: 'voteReceived',
    voter,
    granted,
    preVote,
    term: core.currentTerm,
    grantedCount: answers.filter((vote) => vote).length,
    refusedCount: answers.filter((vote) => !vote).length,
    voterCount: core.voterCount,
  });
}
