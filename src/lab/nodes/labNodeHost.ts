/** What one node of the open lab needs from its lab. */
import type { NodeId } from '../../raft/types.ts';
import type { NodeTraceEvent } from '../../trace/events.ts';
import type { ClientOperation } from '../../trace/operations.ts';
import type { NodePlace } from './nodePlace.ts';
import type { PlanSource } from './nodePlan.ts';

export interface LabNodeHost extends PlanSource {
  readonly folder: string;
  /** Where the node is; undefined while its machine is not connected. */
  readonly place: () => NodePlace | undefined;
  readonly onEvents: (id: NodeId, events: readonly NodeTraceEvent[], dropped: number) => void;
  readonly onOperations: (operations: readonly ClientOperation[]) => void;
  /** Something that lab.json keeps has changed, or the node's address. The node does not depend on the file. */
  readonly onChanged: () => void;
  /** Writes lab.json, for what must be on disk before the node continues. @throws {LabError} when that fails */
  readonly save: () => Promise<void>;
  readonly emit: (id: NodeId, event: LabNodeEvent) => void;
}

type LabNodeEvent =
  | { readonly type: 'nodePaused' | 'nodeResumed' | 'nodeCrashed' }
  | { readonly type: 'nodeWiped'; readonly incarnation: number }
  | { readonly type: 'nodeAway'; readonly machine: string }
  | { readonly type: 'nodeFailed'; readonly code: string; readonly message: string };
