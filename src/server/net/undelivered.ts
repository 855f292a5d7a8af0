/** Reports to the core what the network could not deliver (raft/index.ts, step 4). */
import type { Message, RaftNode } from '../../raft/index.ts';

export function reportUndelivered(raft: RaftNode, messages: readonly Message[]): void {
  for (const { type, to } of messages) {
    if (type === 'InstallSnapshot') {
      raft.reportSnapshot(to, false);
    } else if (type === 'AppendEntries') {
      raft.reportUnreachable(to);
    }
  }
}
