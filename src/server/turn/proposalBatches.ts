/** How many bytes of entries go into one message: the message must fit into one datagram. */
import { entryBytes } from '../../raft/index.ts';

/** An AppendEntries or ForwardedProposal with this many bytes of entries fits into one datagram with its header. */
export const ENTRIES_BYTES_PER_MESSAGE_MAX = 56_000;

/** Splits proposals so that each batch fits into one datagram on its way to the leader. */
export function proposalBatches(proposals: readonly Uint8Array[]): readonly (readonly Uint8Array[])[] {
  const batches: Uint8Array[][] = [];
  let bytes = Infinity;
  for (const data of proposals) {
    const size = entryBytes({ index: 0, term: 0, type: 'command', data });
    if (bytes + size > ENTRIES_BYTES_PER_MESSAGE_MAX) {
      batches.push([]);
      bytes = 0;
    }
    bytes += size;
    batches.at(-1)?.push(data);
  }
  return batches;
}
