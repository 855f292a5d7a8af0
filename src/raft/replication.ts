/** Log replication (Raft §5.3, §5.4.2): sending entries, taking them, counting who has them, committing. */
import type { Core } from './core.ts';
import type { EntryId } from './log.ts';
import type { Progress } from './progress.ts';
import { jointCommittedIndex } from './quorum.ts';
import { releasePostponedReads } from './reads.ts';
import { send } from './send.ts';
import { sendSnapshot } from './snapshots.ts';
import { sendTimeoutNow } from './transfer.ts';
import type { AppendEntries, AppendEntriesResponse, Entry, EntryType, Index, NodeId } from './types.ts';

/** An entry that has no place in the log yet. */
export interface NewEntry {
  readonly type: EntryType;
  readonly data: Uint8Array;
}

// ---- The leader: sending --------------------------------------------------------------------------------------------

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
  // With a full window only empty messages go out. One will arrive, and its answer opens the window again, even if all
  // messages in the window were lost.
  const mayCarryEntries = progress.state !== 'replicate' || !progress.inflights.full;
  const entries =
    prevLogTerm === undefined ? undefined : mayCarryEntries ? entriesToSend(core, progress.nextIndex) : [];
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

function entriesToSend(core: Core, from: Index): readonly Entry[] | undefined {
  const entries = core.log.entriesFrom(from, core.settings.maxEntriesBytesPerMessage);
  const newest = entries?.at(-1);
  if (!core.rules.entriesKeepTheirIndex && newest !== undefined) {
    return [{ ...newest, index: from }];
  }
  return entries;
}

/** The size of the data of some entries, which is what the limits of a leader count. */
export function dataBytes(entries: readonly NewEntry[]): number {
  return entries.reduce((bytes, entry) => bytes + entry.data.length, 0);
}

// ---- The leader: its own log ----------------------------------------------------------------------------------------

/**
 * Appends entries to the leader's own log.
 * @returns false, and appends nothing, when too much waits to be committed already
 */
export function appendAsLeader(core: Core, newEntries: readonly NewEntry[]): boolean {
  const bytes = dataBytes(newEntries);
  // When nothing waits, a proposal of any size is accepted. Empty entries are always accepted: no-ops and the end of
  // joint consensus.
  if (core.uncommittedBytes > 0 && bytes > 0 && core.uncommittedBytes + bytes > core.settings.maxUncommittedBytes) {
    return false;
  }
  core.uncommittedBytes += bytes;
  const firstIndex = core.log.lastIndex() + 1;
  const entries = newEntries.map((entry, offset) => ({ ...entry, term: core.currentTerm, index: firstIndex + offset }));
  appendToLog(core, entries);
  // The leader counts itself when its own disk has the entries, by the same message as for a follower.
  acknowledge(core, core.id, core.log.lastIndex());
  return true;
}

/** These entries no longer count as uncommitted. The estimate may be too low, because it starts at 0 in each term. */
export function reduceUncommitted(core: Core, entries: readonly Entry[]): void {
  core.uncommittedBytes = Math.max(0, core.uncommittedBytes - dataBytes(entries));
}

function appendToLog(core: Core, entries: readonly Entry[]): void {
  noteAppended(core, entries, core.log.append(entries));
}

function noteAppended(core: Core, entries: readonly Entry[], truncatedFrom: Index | undefined): void {
  if (entries.length > 0 && core.events.enabled) {
    const summaries = entries.map(({ index, term, type, data }) => ({ index, term, type, bytes: data.length }));
    core.emit({ type: 'entriesAppended', entries: summaries, truncatedFrom });
  }
}

// ---- The leader: answers and commitment -----------------------------------------------------------------------------

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
function verifiedMatch(core: Core, progress: Progress, { matchIndex }: AppendEntriesResponse): Index {
  return core.rules.matchOnlyVerifiedEntries ? matchIndex : Math.max(matchIndex, progress.nextIndex - 1);
}

/**
 * Backs up nextIndex (Raft §5.3). The follower named the highest entry that may match; if the leader's entries there
 * have a higher term than the follower's, they cannot be in the follower's log, so a whole run of terms is skipped at
 * once.
 */
function handleRejection(core: Core, progress: Progress, message: AppendEntriesResponse): void {
  const hintIndex =
    message.hintTerm > 0 ? core.log.findConflictByTerm(message.hintIndex, message.hintTerm).index : message.hintIndex;
  if (!progress.rejected(message.matchIndex, hintIndex)) {
    return;
  }
  core.emit({ type: 'appendRejected', from: progress.id, prevLogIndex: message.matchIndex, hintIndex });
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

/** Advances commitIndex to `index` if that is ahead. */
export function commitTo(core: Core, index: Index): void {
  const previousCommitIndex = core.log.commitIndex;
  core.log.commitTo(index);
  if (core.log.commitIndex !== previousCommitIndex) {
    core.emit({ type: 'commitAdvanced', commitIndex: core.log.commitIndex, previousCommitIndex });
  }
}

// ---- The follower ---------------------------------------------------------------------------------------------------

/**
 * Whether the entries follow each other and `prev`, as any leader's do: a message that breaks this is not from a
 * leader.
 */
export function isWellFormed(message: AppendEntries): boolean {
  let previous: EntryId = { index: message.prevLogIndex, term: message.prevLogTerm };
  for (const entry of message.entries) {
    if (entry.index !== previous.index + 1 || entry.term < previous.term || entry.term > message.term) {
      return false;
    }
    previous = entry;
  }
  return true;
}

/** Takes a leader's entries, if this log holds the one before them (Raft §5.3, AppendEntries RPC). */
export function handleAppendEntries(core: Core, message: AppendEntries): void {
  const { log } = core;
  if (message.prevLogIndex < log.commitIndex) {
    // A late message: the committed entries here equal the leader's, and reach beyond prevLogIndex.
    acknowledge(core, message.from, log.commitIndex);
    return;
  }
  const prev = { index: message.prevLogIndex, term: message.prevLogTerm };
  const result = log.tryAppend(prev, message.entries);
  if (result === undefined) {
    reject(core, message);
    return;
  }
  noteAppended(core, result.appended, result.truncatedFrom);
  const lastVerified = message.prevLogIndex + message.entries.length;
  // Beyond lastVerified there may be entries that the leader does not have: they are neither committed nor
  // acknowledged.
  commitTo(core, Math.min(message.leaderCommit, lastVerified));
  acknowledge(core, message.from, lastVerified);
}

/** Tells `to` that this server's log equals its leader's up to `matchIndex`. */
export function acknowledge(core: Core, to: NodeId, matchIndex: Index): void {
  send(core, {
    type: 'AppendEntriesResponse',
    from: core.id,
    to,
    term: core.currentTerm,
    matchIndex,
    rejected: false,
    hintIndex: 0,
    hintTerm: 0,
  });
}

/**
 * Tells the leader that prevLogIndex does not match, and where it might (Raft §5.3): the highest index here whose term
 * is not above prevLogTerm. Entries of higher terms cannot be in the leader's log before prevLogIndex.
 */
function reject(core: Core, message: AppendEntries): void {
  const end = Math.min(message.prevLogIndex, core.log.lastIndex());
  const hint = core.log.findConflictByTerm(end, message.prevLogTerm);
  send(core, {
    type: 'AppendEntriesResponse',
    from: core.id,
    to: message.from,
    term: core.currentTerm,
    matchIndex: message.prevLogIndex,
    rejected: true,
    hintIndex: hint.index,
    hintTerm: hint.term,
  });
}
