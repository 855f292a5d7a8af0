/** What a node of the lab should be in the cluster. */
import type { NodeId } from '../raft/types.ts';

/** Kept in lab.json; the plan (membership.ts) brings the configuration in line with it. */
export interface Wish {
  readonly id: NodeId;
  readonly member: 'voter' | 'learner' | 'leaving';
  /** The node that it replaces in one joint change. That node is leaving, and stays until then. */
  readonly replaces: NodeId | null;
}
