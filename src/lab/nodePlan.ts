/** What a node of the open lab is started with. */
import { randomInt } from 'node:crypto';
import { COMPACTION_DEFAULTS } from '../node/compactionPolicy.ts';
import type { CompactionSettings } from '../node/compactionPolicy.ts';
import type { PeerAddress } from '../node/protocol.ts';
import type { NodeId } from '../raft/types.ts';
import type { LinkFaults, Pace } from '../trace/events.ts';
import type { NodeName } from '../trace/names.ts';
import { LAN_DATAGRAM_BYTES_MAX } from '../wire/index.ts';
import type { NodePlan } from './nodeLink.ts';

/** Far more than a lesson writes, far less than a student's disk. */
const DATABASE_BYTES_MAX = 1024 * 1024 * 1024;

/** What the lab has for its nodes, as it is now. */
export interface PlanSource {
  readonly labId: string;
  /** What the datagrams of a lab on the LAN are sealed with; undefined on loopback. Base64. */
  readonly datagramSecret: () => string | undefined;
  readonly pace: () => Pace;
  readonly leaseReads: () => boolean;
  /** For how long a node that starts now may be bound by promises of its last life. */
  readonly promisedMs: () => number;
  readonly initialVoters: () => readonly NodeId[];
  /** When nodes take snapshots; undefined: as usual. */
  readonly compaction: CompactionSettings | undefined;
  readonly faultsFrom: (name: NodeName) => Readonly<Record<NodeId, LinkFaults>>;
  readonly peers: () => readonly PeerAddress[];
}

/** What a node's own history and place say. */
type OwnPart = Pick<NodePlan, 'name' | 'id' | 'incarnation' | 'address' | 'preferredPort' | 'mayCreateDatabase'>;

export function nodePlan(lab: PlanSource, own: OwnPart): NodePlan {
  const datagramSecret = lab.datagramSecret();
  return {
    ...own,
    labId: lab.labId,
    initialVoters: lab.initialVoters(),
    databaseBytesMax: DATABASE_BYTES_MAX,
    compaction: lab.compaction ?? COMPACTION_DEFAULTS,
    peers: lab.peers(),
    // On a LAN a datagram must pass every network whole: 1200 bytes do (RFC 9000 §14.1).
    ...(datagramSecret === undefined ? {} : { datagramSecret, datagramBytesMax: LAN_DATAGRAM_BYTES_MAX }),
    pace: lab.pace(),
    leaseReads: lab.leaseReads(),
    promisedMs: lab.promisedMs(),
    faults: lab.faultsFrom(own.name),
    seed: randomInt(2 ** 32),
  };
}
