/** What no server sends, whatever happened to it: a message that must not be taken, because it proves nothing. */
import type { Core } from './core.ts';
import type { EntryId } from './log.ts';
import type { AppendEntries, AppendEntriesResponse, Message } from './types.ts';

/** Whether a server could have sent this message to this one. */
export function isWellFormed(core: Core, message: Message): boolean {
  if (message.to !== core.id) {
    return false;
  }
  switch (message.type) {
    case 'AppendEntries':
      return entriesFollow(message);
    case 'AppendEntriesResponse':
      return !acknowledgesTooMuch(core, message);
    default:
      return true;
  }
}

/**
 * Whether the entries follow each other and `prev`, as any leader's do: a message that breaks this is not from a
 * leader.
 */
function entriesFollow(message: AppendEntries): boolean {
  let previous: EntryId = { index: message.prevLogIndex, term: message.prevLogTerm };
  for (const entry of message.entries) {
    if (entry.index !== previous.index + 1 || entry.term < previous.term || entry.term > message.term) {
      return false;
    }
    previous = entry;
  }
  return true;
}

/**
 * Whether the answer claims that a log equals this leader's beyond the end of that. A leader only appends (Raft §5.3),
 * so whatever was ever compared with its log in this term is still there.
 */
function acknowledgesTooMuch(core: Core, message: AppendEntriesResponse): boolean {
  const isForThisLeader = core.role === 'leader' && message.term === core.currentTerm;
  return isForThisLeader && !message.rejected && message.matchIndex > core.log.lastIndex();
}
