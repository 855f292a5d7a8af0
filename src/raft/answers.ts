/** What a leader learns from its followers' answers (Raft §5.3): who has what, who lacks what, who is alive. */
import type { Core } from './core.ts';
import type { Progress } from './progress.ts';
import { answerConfirmedReads } from './reads.ts';
import { advanceCommit, broadcastAppend, sendAppend } from './replication.ts';
import { repeatTimeoutNow, sendTimeoutNow } from './transfer.ts';
import type {
  AppendEntriesAcknowledgement, AppendEntriesRejection, AppendEntriesResponse, HeartbeatResponse, Index,
} from './types.ts';

/** Takes a follower's (or the leader's own) answer to AppendEntries or InstallSnapshot. */
export function handleAppendResponse(core: Core, progress: Progress, message: AppendEntriesResponse): void {
  progress.recentActive = true;
  if (message.rejected) {
    handleRejection(core, progress, message);
  } else {
    handleAcknowledgement(core, progress, verifiedMatch(core, progress, message));
  }
}

/**
 * How far the follower's log is known to equal the leader's: as far as its answer says that it compared. nextIndex − 1,
 * the leader's guess, may be ahead of that by a tail that is on its way, or lost (Raft Figure 2: two indexes).
 */
function verifiedMatch(core: Core, progress: Progress, { matchIndex }: AppendEntriesAcknowledgement): Index {
  return core.rules.matchOnlyVerifiedEntries ? matchIndex : Math.max(matchIndex, progress.nextIndex - 1);
}

/**
 * Backs up nextIndex (Raft §5.3). The follower named the highest entry that may match; if the leader's entries there
 * have a higher term than the follower's, they cannot be in the follower's log, so a whole run of terms is skipped at
 * once.
 */
function handleRejection(core: Core, progress: Progress, message: AppendEntriesRejection): void {
  const { prevLogIndex, hintTerm } = message;
  const hintIndex =
    hintTerm > 0 ? core.log.findConflictByTerm(message.hintIndex, hintTerm).index : message.hintIndex;
  if (!progress.rejected(prevLogIndex, hintIndex)) {
    return;
  }
  core.emit({ type: 'appendRejected', from: progress.id, prevLogIndex, hintIndex });
  if (progress.state === 'replicate') {
    progress.becomeProbe();
  }
  sendAppend(core, progress, true);
}

function handleAcknowledgement(core: Core, progress: Progress, matchIndex: Index): void {
  const advanced = progress.acknowledged(matchIndex);
  const probeAnswered = progress.state === 'probe' && progress.matchIndex === matchIndex;
  if (!advanced && !probeAnswered) {
    return; // late or repeated
  }
  if (progress.state === 'probe') {
    progress.becomeReplicate();
  } else if (progress.state === 'replicate') {
    progress.inflights.freeUpTo(matchIndex);
  } else if (progress.matchIndex + 1 >= core.log.firstIndex()) {
    // Whatever snapshot the follower installed, the log can take over from here.
    progress.becomeProbe();
    progress.becomeReplicate();
  }

  const self = progress.id === core.id;
  if (advanceCommit(core)) {
    broadcastAppend(core);
  } else if (!self && progress.canAdvanceCommit(core.log.commitIndex)) {
    sendAppend(core, progress, true);
  }
  // The answer may have made room for more than one message.
  while (!self && sendAppend(core, progress, false));

  if (progress.id === core.transferee && progress.matchIndex === core.log.lastIndex()) {
    sendTimeoutNow(core, progress.id);
  }
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
  if (progress.id === core.transferee && !core.scripted.asksOnceForTransfer) {
    repeatTimeoutNow(core, progress);
  }
  const round = core.reads.answer(message.from, message.context);
  if (round !== undefined) {
    core.lease.answered(message.from, round, message);
  }
  answerConfirmedReads(core);
}
