/** Leader election (Raft §5.2, §5.4.1): standing for it, voting in it, counting the votes. */
import type { Core } from './core.ts';
import type { VoteRefusal } from './events.ts';
import { allVoters, jointVoteResult } from './quorum.ts';
import { broadcastAppend } from './replication.ts';
import { becomeCandidate, becomeFollower, becomeLeader, becomePreCandidate, restartElectionTimer } from './roles.ts';
import { send } from './send.ts';
import { NONE, type NodeId, type RequestVote, type RequestVoteResponse } from './types.ts';

/** What an attempt to become leader starts with. A transfer skips the pre-vote: the old leader wants to be replaced. */
export type CampaignKind = 'pre-vote' | 'election' | 'transfer';

/** Stands for election, if this server may. */
export function startElection(core: Core, kind: CampaignKind): void {
  if (core.role === 'leader' || !core.promotable) {
    return;
  }
  // A committed change may have removed this server or changed who must vote: find out first.
  if (core.log.someUnapplied((entry) => entry.type === 'configuration')) {
    return;
  }
  campaign(core, kind);
}

function campaign(core: Core, kind: CampaignKind): void {
  const preVote = kind === 'pre-vote';
  if (preVote) {
    becomePreCandidate(core);
  } else {
    becomeCandidate(core, kind === 'transfer' ? 'leadership transfer' : 'election timeout');
  }
  // A pre-vote asks about the term that would come.
  const term = preVote ? core.currentTerm + 1 : core.currentTerm;
  const last = core.log.lastEntryId();
  for (const id of allVoters(core.configuration)) {
    if (id === core.id) {
      // Its own vote counts when it is on stable storage, like any other.
      send(core, {
        type: preVote ? 'PreVoteResponse' : 'RequestVoteResponse',
        from: core.id,
        to: core.id,
        term,
        voteGranted: true,
      });
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
 * otherwise a server that was cut off or removed could depose a leader that works.
 */
export function hearsFromLeader(core: Core): boolean {
  if (!core.settings.checkQuorum) {
    return false;
  }
  const heardRecently = core.leader !== NONE && core.electionElapsedTicks < core.electionTimeoutTicks;
  return heardRecently || core.now < core.leaseGuardUntilTick;
}

/** Answers RequestVote and PreVote, whose term is at least the current one. */
export function handleVoteRequest(core: Core, message: RequestVote): void {
  const preVote = message.type === 'PreVote';
  const refusal = voteRefusal(core, message);
  if (refusal !== undefined) {
    refuseVote(core, message, refusal);
    return;
  }
  // The term asked for, not the own one: a pre-vote is about a term that this server has not entered.
  const { from: candidate, term } = message;
  send(core, {
    type: preVote ? 'PreVoteResponse' : 'RequestVoteResponse',
    from: core.id,
    to: candidate,
    term,
    voteGranted: true,
  });
  core.emit({ type: 'voteGranted', candidate, term, preVote });
  if (!preVote) {
    core.votedFor = candidate;
    restartElectionTimer(core);
  }
}

function voteRefusal(core: Core, message: RequestVote): VoteRefusal | undefined {
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

/** Tells a candidate no, with the own term, so that it learns of a newer one. */
export function refuseVote(core: Core, message: RequestVote, reason: VoteRefusal): void {
  send(core, {
    type: message.type === 'PreVote' ? 'PreVoteResponse' : 'RequestVoteResponse',
    from: core.id,
    to: message.from,
    term: core.currentTerm,
    voteGranted: false,
  });
  noteRefusal(core, message, reason);
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
    // A pre-vote's answer may carry a term that does not exist yet: stay in the own one.
    becomeFollower(core, core.currentTerm, NONE, preVote ? 'lost the pre-vote' : 'lost the election');
  }
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
