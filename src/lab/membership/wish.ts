/** What a node of the lab is to be in the cluster. */
import type { NodeId } from '../../raft/types.ts';

/** Kept in lab.json; the plan (membership.ts) brings the configuration there. */
export interface Wish {
  readonly id: NodeId;
  readonly member: 'voter' | 'learner' | 'leaving';
  /** The node whose place it is to take in one joint change; that one is leaving, and stays until then. */
  readonly replaces: NodeId | null;
}
