/** Time: what a server does on its own when ticks pass without a message (Raft §5.2; dissertation §6.2). */
import type { Core } from './core.ts';
import { startElection } from './election.ts';
import { broadcastHeartbeat } from './heartbeats.ts';
import { jointVoteResult } from './quorum.ts';
import { abortTransfer, becomeFollower, restartElectionTimer } from './roles.ts';
import { NONE, type NodeId } from './types.ts';

/** One tick passes. */
export function tick(core: Core): void {
  core.now++;
  core.electionElapsedTicks++;
  if (core.role === 'leader') {
    tickLeader(core);
  } else {
    tickElectionTimer(core);
  }
}

function tickElectionTimer(core: Core): void {
  if (core.promotable && core.electionElapsedTicks >= core.randomizedElectionTimeoutTicks) {
    restartElectionTimer(core);
    startElection(core, core.preVote ? 'pre-vote' : 'election');
  }
}

function tickLeader(core: Core): void {
  core.heartbeatElapsedTicks++;
  if (core.electionElapsedTicks >= core.electionTimeoutTicks) {
    core.electionElapsedTicks = 0;
    if (core.checkQuorum && !keepsQuorum(core)) {
      core.emit({ type: 'quorumLost', term: core.currentTerm });
      becomeFollower(core, core.currentTerm, NONE, 'no answers from a quorum');
      return;
    }
    abortTransfer(core);
  }
  if (core.heartbeatElapsedTicks >= core.heartbeatTicks) {
    core.heartbeatElapsedTicks = 0;
    if (core.readOnly === 'lease') {
      core.lease.beginRound(core.reads.begin(core.id));
    }
    broadcastHeartbeat(core);
  }
}

/** Whether a quorum was heard from since the last check; afterwards only the leader itself counts as heard from. */
function keepsQuorum(core: Core): boolean {
  const heard = new Map<NodeId, boolean>();
  for (const progress of core.membership.progress.values()) {
    heard.set(progress.id, progress.recentActive);
    progress.beginQuorumPeriod();
    progress.recentActive = progress.id === core.id;
  }
  return jointVoteResult(core.configuration, heard, core.quorumSize) === 'won';
}
