/** A server's own log: appending to it, committing in it, and acknowledging what it holds (Raft §5.3). */
import type { Core } from './core.ts';
import { send } from './send.ts';
import type { Entry, EntryType, Index, NodeId } from './types.ts';

/** An entry that has no place in the log yet. */
export interface NewEntry {
  readonly type: EntryType;
  readonly data: Uint8Array;
}

/** The size of the data of some entries, which is what the limits of a leader count. */
export function dataBytes(entries: readonly NewEntry[]): number {
  return entries.reduce((bytes, entry) => bytes + entry.data.length, 0);
}

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
  noteAppended(core, entries, core.log.append(entries));
  // The leader counts itself when its own disk has the entries, by the same message as for a follower.
  acknowledge(core, core.id, core.log.lastIndex());
  return true;
}

/** These entries no longer count as uncommitted. The estimate may be too low, because it starts at 0 in each term. */
export function reduceUncommitted(core: Core, entries: readonly Entry[]): void {
  core.uncommittedBytes = Math.max(0, core.uncommittedBytes - dataBytes(entries));
}

/** Tells what was appended. */
export function noteAppended(core: Core, entries: readonly Entry[], truncatedFrom: Index | undefined): void {
  if (entries.length > 0 && core.events.enabled) {
    const summaries = entries.map(({ index, term, type, data }) => ({ index, term, type, bytes: data.length }));
    core.emit({ type: 'entriesAppended', entries: summaries, truncatedFrom });
  }
}

/** Advances commitIndex to `index` if that is ahead. */
export function commitTo(core: Core, index: Index): void {
  const previousCommitIndex = core.log.commitIndex;
  core.log.commitTo(index);
  if (core.log.commitIndex !== previousCommitIndex) {
    core.emit({ type: 'commitAdvanced', commitIndex: core.log.commitIndex, previousCommitIndex });
  }
}

/** Tells `to` that this server's log equals its leader's up to `matchIndex`. */
export function acknowledge(core: Core, to: NodeId, matchIndex: Index): void {
  const { id: from, currentTerm: term } = core;
  send(core, { type: 'AppendEntriesResponse', from, to, term, rejected: false, matchIndex });
}
