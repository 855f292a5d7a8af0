/** A leader replicates its log (Raft §5.3, §5.4.2): it sends each follower what that lacks, and counts who has what. */
import type { Core } from './core.ts';
import { commitTo, dataBytes } from './ownLog.ts';
import type { Progress } from './progress.ts';
import { jointCommittedIndex } from './quorum.ts';
import { releasePostponedReads } from './reads.ts';
import { send } from './send.ts';

// ---- Sending --------------------------------------------------------------------------------------------------------

/** Sends every follower what it lacks, or just the commit index. */
export function broadcastAppend(core: Core): void {
  for (const progress of core.membership.progress.values()) {
    if (progress.id !== core.id) {
      sendAppend(core, progress, true);
    }
  }
}

/**
 * Sends a follower the entries from its nextIndex on, or a snapshot when those are compacted away.
 * @param evenIfEmpty whether to send without entries too, to carry the commit index or to probe
 * @returns whether a message was sent
 */
export function sendAppend(core: Core, progress: Progress, evenIfEmpty: boolean): boolean {
  if (progress.paused) {
    return false;
  }
  const prevLogIndex = progress.nextIndex - 1;
  const prevLogTerm = core.log.term(prevLogIndex);
  const maxBytes = core.settings.maxEntriesBytesPerMessage;
  // With a full window only empty messages go out. One will arrive, and its answer opens the window again, even if all
  // messages in the window were lost.
  const mayCarryEntries = progress.state !== 'replicate' || !progress.inflights.full;
  const entries =
    prevLogTerm === undefined ? undefined : mayCarryEntries ? core.log.entriesFrom(progress.nextIndex, maxBytes) : [];
  if (prevLogTerm === undefined || entries === undefined) {
    return sendSnapshot(core, progress);
  }
  if (entries.length === 0 && !evenIfEmpty) {
    return false;
  }
  send(core, {
    type: 'AppendEntries',
    from: core.id,
    to: progress.id,
    term: core.currentTerm,
    prevLogIndex,
    prevLogTerm,
    entries,
    leaderCommit: core.log.commitIndex,
  });
  progress.sentEntries(entries.length, dataBytes(entries));
  progress.sentCommit(core.log.commitIndex);
  return true;
}

/**
 * Sends the newest snapshot to a follower whose next entry is compacted away.
 * @returns false when it makes no sense now: the follower is silent, or no snapshot is available
 */
export function sendSnapshot(core: Core, progress: Progress): boolean {
  if (!progress.recentActive) {
    return false;
  }
  const snapshot = core.log.snapshot();
  if (snapshot === undefined || snapshot.lastIncludedIndex === 0) {
    return false;
  }
  progress.becomeSnapshot(snapshot.lastIncludedIndex);
  send(core, { type: 'InstallSnapshot', from: core.id, to: progress.id, term: core.currentTerm, snapshot });
  return true;
}

// ---- Counting -------------------------------------------------------------------------------------------------------

/**
 * Commits what a majority has (Raft §5.3, §5.4.2). An entry of an earlier term may be on a majority and still be
 * replaced (Raft Figure 8): only an entry of this term is committed by counting, and all entries before it with it.
 * @returns whether commitIndex advanced
 */
export function advanceCommit(core: Core): boolean {
  const { progress, configuration } = core.membership;
  const index = jointCommittedIndex(configuration, (id) => progress.get(id)?.matchIndex, core.quorumSize);
  if (index <= core.log.commitIndex) {
    return false;
  }
  if (core.rules.commitOnlyCurrentTerm && !core.log.matches(index, core.currentTerm)) {
    return false;
  }
  commitTo(core, index);
  releasePostponedReads(core);
  return true;
}
