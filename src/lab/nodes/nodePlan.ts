/** What a node of the open lab is started with. */
import { randomInt } from 'node:crypto';
import { DATA_BYTES_MAX } from '../../kv/commands.ts';
import { COMPACTION_DEFAULTS } from '../../server/snapshots/compactionPolicy.ts';
import type { CompactionSettings } from '../../server/snapshots/compactionPolicy.ts';
import type { PeerAddress } from '../../server/protocol.ts';
import type { NodeId } from '../../raft/types.ts';
import type { LinkFaults, Pace } from '../../trace/events.ts';
import type { NodeName } from '../../trace/names.ts';
import type { RaftVariant } from '../../trace/variant.ts';
import { LAN_DATAGRAM_BYTES_MAX } from '../../wire/index.ts';
import type { DoorOrder } from './doorMemory.ts';
import type { NodePlan } from './nodeLink.ts';

/** Far more than a lesson writes, far less than a student's disk. */
const DATABASE_BYTES_LEAST = 1024 * 1024 * 1024;
/** Snapshots that raft.db may hold at once: the latest, one that is being taken, one being sent, one being received. */
const SNAPSHOTS_AT_ONCE = 4;
/** How much longer than `afterBytes` the log may be, with trailing entries and what followers still need. */
const LOGS_AT_ONCE = 8;

/** The lab's current settings for its nodes. */
export interface PlanSource {
  readonly labId: string;
  /** The secret that seals the datagrams of a lab on the LAN, in Base64; undefined on loopback. */
  readonly datagramSecret: () => string | undefined;
  readonly pace: () => Pace;
  readonly leaseReads: () => boolean;
  readonly variant: () => RaftVariant;
  readonly door: () => DoorOrder;
  /** How long a node that starts now may be bound by promises of its last life. */
  readonly promisedMs: () => number;
  readonly initialVoters: () => readonly NodeId[];
  /** When nodes take snapshots; undefined: the defaults. */
  readonly compaction: CompactionSettings | undefined;
  /** The most that keys and values may take together; undefined: the default. */
  readonly dataBytesMax: number | undefined;
  readonly faultsFrom: (name: NodeName) => Readonly<Record<NodeId, LinkFaults>>;
  readonly peers: () => readonly PeerAddress[];
}

/** The part that depends on the node's own history and place. */
type OwnPart = Pick<
  NodePlan, 'name' | 'id' | 'incarnation' | 'address' | 'preferredPort' | 'mayCreateDatabase' | 'door'
>;

export function nodePlan(lab: PlanSource, own: OwnPart): NodePlan {
  const datagramSecret = lab.datagramSecret();
  const compaction = lab.compaction ?? COMPACTION_DEFAULTS;
  const dataBytesMax = lab.dataBytesMax ?? DATA_BYTES_MAX;
  return {
    ...own,
    labId: lab.labId,
    initialVoters: lab.initialVoters(),
    databaseBytesMax: Math.max(
      DATABASE_BYTES_LEAST, SNAPSHOTS_AT_ONCE * dataBytesMax + LOGS_AT_ONCE * compaction.afterBytes,
    ),
    dataBytesMax,
    compaction,
    peers: lab.peers(),
    // On a LAN a datagram must pass every network unfragmented: 1200 bytes do (RFC 9000 §14.1).
    ...(datagramSecret === undefined ? {} : { datagramSecret, datagramBytesMax: LAN_DATAGRAM_BYTES_MAX }),
    pace: lab.pace(),
    leaseReads: lab.leaseReads(),
    variant: lab.variant(),
    promisedMs: lab.promisedMs(),
    faults: lab.faultsFrom(own.name),
    seed: randomInt(2 ** 32),
  };
}
