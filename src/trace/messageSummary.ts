/** What a trace records of a message: enough for a picture and a sentence, without the entries' bytes. */
import type { Message } from '../raft/types.ts';
import type { MessageSummary } from './events.ts';

export function summaryOf(message: Message): MessageSummary {
  const { type, term } = message;
  switch (message.type) {
    case 'AppendEntries':
      return {
        type, term, logIndex: message.prevLogIndex, logTerm: message.prevLogTerm, entryCount: message.entries.length,
        leaderCommit: message.leaderCommit,
      };
    case 'AppendEntriesResponse':
      // In a trace `matchIndex` of a rejection is the index that does not match.
      return message.rejected
        ? { type, term, matchIndex: message.prevLogIndex, rejected: true, hintIndex: message.hintIndex }
        : { type, term, matchIndex: message.matchIndex, rejected: false, hintIndex: 0 };
    case 'RequestVote':
    case 'PreVote':
      return { type, term, logIndex: message.lastLogIndex, logTerm: message.lastLogTerm };
    case 'RequestVoteResponse':
    case 'PreVoteResponse':
      return { type, term, voteGranted: message.voteGranted };
    case 'Heartbeat':
      return { type, term, leaderCommit: message.leaderCommit };
    case 'ForwardedProposal':
      return { type, term, entryCount: message.entries.length };
    case 'InstallSnapshot':
      return { type, term, logIndex: message.snapshot.lastIncludedIndex, logTerm: message.snapshot.lastIncludedTerm };
    case 'HeartbeatResponse':
    case 'TimeoutNow':
    case 'ReadIndex':
    case 'ReadIndexResponse':
    case 'TransferLeadership':
      return { type, term };
  }
}
