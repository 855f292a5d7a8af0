/** What the fake's database reader would read from a node's file. */
import type { DiskPage, LogRow } from '../../../contract/answers.ts';
import type { CommandInput } from '../../../contract/commands.ts';
import type { FakeCluster } from './fakeCluster.ts';
import type { FakeNode } from './fakeNode.ts';

export function diskPage(cluster: FakeCluster, node: FakeNode, input: CommandInput<'node:disk'>): DiskPage {
  const rows: LogRow[] = [];
  const from = Math.min(input.fromIndex ?? node.lastIndex, node.lastIndex);
  for (let index = from; index >= 1 && rows.length < input.count; index--) {
    const entry = node.log[index - 1];
    if (entry === undefined) break;
    const { term, type, text, client } = entry;
    rows.push({ index, term, type, text, client, bytes: text.length + 24 });
  }
  return {
    databasePath: node.databasePath(cluster.labId),
    fileBytes: 40_960 + 96 * node.lastIndex,
    walBytes: 32_992,
    identity: { labId: cluster.labId, id: node.id, incarnation: node.incarnation, boot: node.boot },
    hardState: {
      currentTerm: node.term,
      votedFor: node.votedFor,
      commitIndex: Math.max(node.commitIndex, node.persistedCommitIndex),
    },
    firstIndex: 1, lastIndex: node.lastIndex, snapshotIndex: 0, snapshotTerm: 0, snapshotBytes: 0,
    rows,
  };
}
