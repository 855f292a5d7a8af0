/**
 * Where the scripts expect another behaviour than the core's (docs/decisions/0020), as far as that can be done around
 * it: in what a node hears, and in what is made of its Ready. The rest are settings of the core, for scripts alone.
 */
import {
  type Configuration, isForThreads, type LocalMessage, type Message, type NodeId, type Ready, type ReadyForThreads,
  type RequestVote,
} from '../../raft/index.ts';

/** What of a node decides how it takes a message. */
interface Hearer {
  readonly id: NodeId;
  readonly term: number;
  readonly checkQuorum: boolean;
  readonly preVote: boolean;
}

/**
 * What a node is to make of a message: it learns nothing of commits from answers to its vote requests, ignores a
 * snapshot that does not name it, and answers few messages of older terms.
 * @returns undefined for a message that it ignores
 */
export function asHeard(message: Message | LocalMessage, hearer: Hearer): Message | LocalMessage | undefined {
  switch (message.type) {
    case 'AppendEntries':
    case 'Heartbeat':
      return message.term < hearer.term && !hearer.checkQuorum && !hearer.preVote ? undefined : message;
    case 'RequestVote':
      return message.term < hearer.term ? undefined : message;
    case 'RequestVoteResponse':
    case 'PreVoteResponse':
      return { ...message, commitIndex: 0, commitTerm: 0 };
    case 'InstallSnapshot': {
      if (message.term < hearer.term) {
        return undefined;
      }
      const { snapshot } = message;
      // One that covers nothing is answered and not installed.
      return names(snapshot.configuration, hearer.id)
        ? message
        : { ...message, snapshot: { ...snapshot, lastIncludedIndex: 0, lastIncludedTerm: 0 } };
    }
    default:
      return message;
  }
}

/** Whether a configuration names this node; members that wait to become learners are still outgoing voters. */
function names({ voters, votersOutgoing, learners }: Configuration, id: NodeId): boolean {
  return [voters, votersOutgoing, learners].some((ids) => ids.includes(id));
}

/** A Ready whose vote requests leave beside the write of the candidate's term and vote, instead of after it. */
export function withEarlyVoteRequests(ready: Ready): Ready {
  const waiting = isForThreads(ready) ? ready.storageAppend?.responses ?? [] : ready.messages;
  const early: Ready = {
    ...ready,
    messagesBeforePersist: [...ready.messagesBeforePersist, ...waiting.filter(isVoteRequest)],
    messages: ready.messages.filter((message) => !isVoteRequest(message)),
  };
  return isForThreads(ready) ? { ...early, ...withoutVoteRequests(ready) } : early;
}

function withoutVoteRequests({ storageAppend, storageApply }: ReadyForThreads): Omit<ReadyForThreads, keyof Ready> {
  const responses = storageAppend?.responses.filter((message) => !isVoteRequest(message)) ?? [];
  return { storageAppend: storageAppend && { ...storageAppend, responses }, storageApply };
}

function isVoteRequest(message: Message | LocalMessage): message is RequestVote {
  return message.type === 'RequestVote';
}
