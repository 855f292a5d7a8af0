/** The state of the cluster for a script: what the table shows, as data. */
import { leaderOf } from '../../contract/console.ts';
import { nodeNameOf } from '../../trace/names.ts';
import type { NodeName } from '../../trace/names.ts';
import type { ClusterView, NodeView } from '../../trace/view.ts';

type Shown =
  | 'name' | 'incarnation' | 'life' | 'role' | 'term' | 'commitIndex' | 'lastApplied' | 'lastIndex' | 'address'
  | 'port';

export interface NodeStatus extends Pick<NodeView, Shown> {
  /** The leader that it follows; null for none. */
  readonly leader: NodeName | null;
  /** Where its door is open; null while it is closed. */
  readonly respAddress: string | null;
  readonly respPort: number | null;
}

export interface ClusterStatus {
  readonly lab: string;
  readonly pace: ClusterView['pace'];
  readonly variant: ClusterView['variant'];
  /** How the doors are to be. */
  readonly door: ClusterView['door'];
  readonly nodes: readonly NodeStatus[];
  /** The running leader of the highest term, and the voters of its configuration; null and none without one. */
  readonly leader: NodeName | null;
  readonly voters: readonly NodeName[];
}

export function statusOf(view: ClusterView): ClusterStatus {
  const leader = leaderOf(view);
  return {
    lab: view.name,
    pace: view.pace,
    variant: view.variant,
    door: view.door,
    nodes: Object.values(view.nodes).map((node) => ({
      name: node.name, incarnation: node.incarnation, life: node.life, role: node.role, term: node.term,
      commitIndex: node.commitIndex, lastApplied: node.lastApplied, lastIndex: node.lastIndex,
      address: node.address, port: node.port, leader: node.leader === 0 ? null : nodeNameOf(node.leader),
      respAddress: node.door?.address ?? null, respPort: node.door?.port ?? null,
    })),
    leader: leader?.name ?? null,
    voters: (leader?.configuration?.voters ?? []).map(nodeNameOf),
  };
}
