/** Snapshots (Raft §7): starting again from a leader's, and what becomes of one that a leader sent. */
import type { Core } from './core.ts';
import { membershipOf } from './membership.ts';
import { switchMembership } from './membershipChange.ts';
import { acknowledge, commitTo } from './ownLog.ts';
import type { Progress } from './progress.ts';
import type { Entry, InstallSnapshot, Snapshot } from './types.ts';

/**
 * Takes a leader's snapshot (Raft Figure 13). Whether it is installed or not, the answer says how far this log is known
 * to equal the leader's.
 */
export function handleInstallSnapshot(core: Core, message: InstallSnapshot): void {
  const restored = restore(core, message.snapshot);
  acknowledge(core, message.from, restored ? core.log.lastIndex() : core.log.commitIndex);
}

/**
 * Starts again from the snapshot. It may be older than this server's own membership: the log after it holds that
 * change.
 * @returns false when the snapshot is not used: it is old, or the log has it all
 */
function restore(core: Core, snapshot: Snapshot): boolean {
  const { log } = core;
  if (snapshot.lastIncludedIndex <= log.commitIndex) {
    return false;
  }
  if (log.matches(snapshot.lastIncludedIndex, snapshot.lastIncludedTerm)) {
    // The log holds everything that the snapshot covers, and what follows is still good (Figure 13, step 6).
    commitTo(core, snapshot.lastIncludedIndex);
    return false;
  }
  const previousCommitIndex = log.commitIndex;
  const tail = core.rules.snapshotDiscardsConflictingLog ? [] : tailAfter(core, snapshot);
  log.restore(snapshot);
  log.append(tail);
  const { lastIncludedIndex, lastIncludedTerm } = snapshot;
  core.emit({ type: 'snapshotRestored', lastIncludedIndex, lastIncludedTerm });
  core.emit({ type: 'commitAdvanced', commitIndex: lastIncludedIndex, previousCommitIndex });
  switchMembership(core, membershipOf(snapshot.configuration, core.newMember()));
  return true;
}

function tailAfter(core: Core, { lastIncludedIndex }: Snapshot): readonly Entry[] {
  return core.log.entriesFrom(lastIncludedIndex + 1, Infinity) ?? [];
}

/** The owner learned whether a snapshot was delivered, when no answer from the follower says so. */
export function snapshotReported(progress: Progress, delivered: boolean): void {
  if (progress.state !== 'snapshot') {
    return;
  }
  if (!delivered) {
    // Then the snapshot says nothing about where the logs match.
    progress.pendingSnapshot = 0;
  }
  progress.becomeProbe();
  // Wait for the follower's own answer, or for a heartbeat's, before more is sent.
  progress.pauseFlow();
}
