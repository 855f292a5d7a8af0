/** A follower takes a leader's entries: the consistency check of AppendEntries (Raft §5.3). */
import type { Core } from './core.ts';
import { acknowledge, commitTo, noteAppended } from './ownLog.ts';
import { send } from './send.ts';
import type { AppendEntries } from './types.ts';

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
    rejected: true,
    prevLogIndex: message.prevLogIndex,
    hintIndex: hint.index,
    hintTerm: hint.term,
  });
}
