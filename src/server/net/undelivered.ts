/** Reports to the core what the network could not deliver (raft/index.ts, step 4). */
import type { RaftNode } from '../../raft/index.ts';
import type { NodeMessage } from './outbox.ts';

export function reportUndelivered(raft: RaftNode, messages: readonly NodeMessage[]): void {
  for (const { type, to } of messages) {
    if (type === 'AppendEntries') {
      raft.reportUnreachable(to);
    }
  }
}
