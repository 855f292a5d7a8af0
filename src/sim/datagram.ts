/** What travels on a simulated network. */
import type { NodeId } from '../raft/index.ts';

/** One direction between two servers. */
export interface Link {
  readonly from: NodeId;
  readonly to: NodeId;
}

export interface Datagram extends Link {
  readonly bytes: Uint8Array;
}
