/** Messages and their fates in words. */
import type { Clauses } from './clauses.ts';
import type { DropReason, MessageEvent, MessageSummary } from './events.ts';
import { fullNodeName } from './names.ts';

export function describeMessageEvent(event: MessageEvent): Clauses {
  switch (event.type) {
    case 'messageSent':
      return [`sent ${describeMessage(event.message)} to ${fullNodeName(event.to)}`, size(event)];
    case 'messageReceived':
      return [`received ${describeMessage(event.message)} from ${fullNodeName(event.from)}`, size(event)];
    case 'messageDropped': {
      const what = event.message === undefined ? 'a datagram' : describeMessage(event.message);
      const why = DROP_WORDS[event.reason];
      // A receiver knows the sender; a message dropped by its sender has only a receiver.
      if (event.from !== undefined) return [`dropped ${what} from ${fullNodeName(event.from)}: ${why}`];
      if (event.to !== undefined) return [`lost ${what} to ${fullNodeName(event.to)}: ${why}`];
      return [`dropped ${what}: ${why}`];
    }
    case 'messageHeld': {
      const copy = event.copyOf === undefined ? '' : ', a second time';
      return [`holds ${describeMessage(event.message)} to ${fullNodeName(event.to)}${copy}`, 'until it is delivered'];
    }
    case 'messageReleased':
      return [`lets ${describeMessage(event.message)} to ${fullNodeName(event.to)} go`];
  }
}

const DROP_WORDS: Record<DropReason, string> = {
  cut: 'the link is cut',
  loss: 'the link loses some',
  'by-hand': 'a person lost it',
  'hold-full': 'more are held than a node keeps',
  'queue-full': 'too many are on the link already',
  'too-long': 'it is too long',
  'too-short': 'it is too short',
  'bad-magic': 'it is not a Raftlab datagram',
  'other-version': 'it has another version',
  'other-lab': 'it belongs to another lab',
  'not-sealed': 'it is not sealed',
  'bad-seal': 'it was not sealed in this lab',
  flooded: 'too many datagrams come from strangers',
  malformed: 'it cannot be read',
  'unknown-sender': 'its sender is not a member of the lab',
  'not-for-me': 'it is for an earlier incarnation',
  duplicate: 'it came before',
  incomplete: 'parts of it never came',
  'send-failed': 'the operating system refused it',
};

function size(event: { readonly message: MessageSummary; readonly bytes: number }): string {
  return `term ${event.message.term} · ${event.bytes} bytes`;
}

/** A message in a few words: `AppendEntries 18–19`, `a heartbeat`, `a vote`. */
export function describeMessage(message: MessageSummary): string {
  switch (message.type) {
    case 'AppendEntries':
      return describeAppendEntries(message);
    case 'AppendEntriesResponse':
      return message.rejected === true
        ? `the answer that entry ${message.matchIndex ?? 0} does not match`
        : `the answer that it holds entries up to ${message.matchIndex ?? 0}`;
    case 'RequestVote':
      return `RequestVote for term ${message.term}`;
    case 'PreVote':
      return `PreVote for term ${message.term}`;
    case 'RequestVoteResponse':
      return message.voteGranted === true ? `its vote of term ${message.term}` : 'a refusal to vote';
    case 'PreVoteResponse':
      return message.voteGranted === true ? 'a pre-vote' : 'a refusal to pre-vote';
    case 'Heartbeat':
      return 'a heartbeat';
    case 'HeartbeatResponse':
      return 'the answer to a heartbeat';
    case 'InstallSnapshot':
      return describeInstallSnapshot(message);
    case 'InstallSnapshotResponse':
      return `the answer that it has ${message.offset ?? 0} of ${message.snapshotBytes ?? 0} bytes of the snapshot`;
    case 'TimeoutNow':
      return 'TimeoutNow';
    case 'ForwardedProposal':
      return message.entryCount === 1 ? 'a proposal' : `${message.entryCount ?? 0} proposals`;
    case 'ReadIndex':
      return 'ReadIndex';
    case 'ReadIndexResponse':
      return 'the answer to ReadIndex';
    case 'TransferLeadership':
      return 'TransferLeadership';
  }
}

function describeAppendEntries({ logIndex = 0, entryCount = 0, leaderCommit = 0 }: MessageSummary): string {
  if (entryCount === 0) return `AppendEntries without entries, commitIndex ${leaderCommit}`;
  const range = entryCount === 1 ? String(logIndex + 1) : `${logIndex + 1}–${logIndex + entryCount}`;
  return `AppendEntries ${range}`;
}

function describeInstallSnapshot({ logIndex = 0, offset, chunkBytes, snapshotBytes }: MessageSummary): string {
  const what = `InstallSnapshot up to ${logIndex}`;
  if (offset === undefined || chunkBytes === undefined) return what;
  if (chunkBytes === 0) return `${what}, asking whether it is installed`;
  return `${what}, bytes ${offset}–${offset + chunkBytes} of ${snapshotBytes ?? 0}`;
}
