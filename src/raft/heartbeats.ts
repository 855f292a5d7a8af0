/** Heartbeats (Raft §5.2): the leader's authority, and what a follower promises with its answer. */
import type { Core } from './core.ts';
import { commitTo } from './ownLog.ts';
import { send } from './send.ts';
import type { Heartbeat } from './types.ts';

/** Sends a heartbeat to every other member, with the number of the newest round of reads. */
export function broadcastHeartbeat(core: Core): void {
  const context = core.reads.context(core.lease.awaitsRound);
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
    ...core.lease.promiseNotToVote(),
  });
}
