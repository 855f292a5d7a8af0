/** Heartbeats (Raft §5.2): the leader's authority, and what it learns from the answers. */
import type { Core } from './core.ts';
import type { Progress } from './progress.ts';
import { isPromiseEnough, promiseNotToVote } from './lease.ts';
import { answerConfirmedReads } from './reads.ts';
import { commitTo, sendAppend } from './replication.ts';
import { send } from './send.ts';
import { repeatTimeoutNow } from './transfer.ts';
import type { Heartbeat, HeartbeatResponse } from './types.ts';

/** Sends a heartbeat to every other member, with the number of the newest round of reads. */
export function broadcastHeartbeat(core: Core): void {
  const context = core.reads.context();
  for (const progress of core.membership.progress.values()) {
    if (progress.id === core.id) {
      continue;
    }
    // A follower may commit only what is known to match: its log may hold other entries after that.
    const leaderCommit = Math.min(progress.matchIndex, core.log.commitIndex);
    send(core, { type: 'Heartbeat', from: core.id, to: progress.id, term: core.currentTerm, leaderCommit, context });
    progress.sentCommit(leaderCommit);
  }
}

/** Answers the leader's heartbeat. */
export function handleHeartbeat(core: Core, message: Heartbeat): void {
  commitTo(core, message.leaderCommit);
  send(core, {
    type: 'HeartbeatResponse',
    from: core.id,
    to: message.from,
    term: core.currentTerm,
    context: message.context,
    ...promiseNotToVote(core),
  });
}

/** A follower is alive: try again to bring it up to date, and count its confirmation of reads. */
export function handleHeartbeatResponse(core: Core, progress: Progress, message: HeartbeatResponse): void {
  progress.recentActive = true;
  progress.resumeFlow();
  // A follower in the state `probe` is sent an empty message even when it has everything: its answer restores
  // replication.
  if (progress.matchIndex < core.log.lastIndex() || progress.state === 'probe') {
    sendAppend(core, progress, true);
  }
  if (progress.id === core.transferee && core.settings.insistOnTransfer) {
    repeatTimeoutNow(core, progress);
  }
  core.reads.answer(message.from, message.context, isPromiseEnough(core, message));
  answerConfirmedReads(core);
}
