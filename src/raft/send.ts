/** Which messages may leave at once, and which only after this server's own disk holds what they promise. */
import type { Core } from './core.ts';
import type { Message } from './types.ts';

/** Puts a message into the outbox from which it leaves at the right time. */
export function send(core: Core, message: Message): void {
  if (vouchesForDisk(core, message)) {
    core.outboxAfterPersist.push(message);
  } else {
    core.outbox.push(message);
  }
}

/**
 * A vote and an acknowledgement promise something that a crash must not undo (Raft Figure 2; dissertation §3.8). A
 * server's message to itself counts like any other acknowledgement: a leader's own entries only count once they are on
 * its disk.
 */
function vouchesForDisk(core: Core, message: Message): boolean {
  if (message.to === core.id) {
    return true;
  }
  switch (message.type) {
    case 'AppendEntriesResponse':
      return core.rules.persistEntriesBeforeAnswer;
    case 'RequestVote':
      // A candidate that crashed before its term was written could ask again in the same term with a shorter log.
      return true;
    case 'RequestVoteResponse':
    case 'PreVoteResponse':
      return core.rules.persistVoteBeforeAnswer;
    default:
      return false;
  }
}
