/** What the trace says about the datagrams that carry a snapshot. */
import type { MessageSummary } from '../../trace/events.ts';
import type { SnapshotMessage } from '../../wire/index.ts';

/** In the paper's words (Raft Figure 13): a chunk is an InstallSnapshot RPC, and its answer is the RPC's result. */
export function summaryOfSnapshotMessage(message: SnapshotMessage): MessageSummary {
  const { term, snapshot } = message;
  const common = {
    term, logIndex: snapshot.lastIncludedIndex, logTerm: snapshot.lastIncludedTerm, snapshotBytes: snapshot.bytes,
  };
  return message.type === 'SnapshotChunk'
    ? { type: 'InstallSnapshot', ...common, offset: message.offset, chunkBytes: message.data.length }
    : { type: 'InstallSnapshotResponse', ...common, offset: message.receivedBytes };
}
