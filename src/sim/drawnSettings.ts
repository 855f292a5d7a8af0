/** What is drawn for a simulated run. */
import type { Ambush } from './faults/ambush.ts';
import type { FaultWeights } from './faults/names.ts';
import type { NetworkSettings } from './network.ts';
import type { Micros } from './schedule.ts';

/** What is drawn for a run. No draw depends on which rules are off: a seed is the same kind of day with them on. */
export interface DrawnSettings extends NetworkSettings {
  /** Voters at the start; membership changes may bring in others. */
  readonly nodeCount: number;
  readonly electionTimeoutTicks: number;
  readonly heartbeatTicks: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  /** Requested; a core with all its rules accepts lease reads only together with checkQuorum. */
  readonly leaseReads: boolean;
  readonly diskMicros: { readonly min: Micros; readonly max: Micros };
  readonly clientCount: number;
  /** The longest time that a client thinks between two operations. */
  readonly thinkMicros: Micros;
  /** The longest time that a client waits for an answer before it gives up. */
  readonly patienceTicks: number;
  readonly keyCount: number;
  /** The share of values that do not fit into a short datagram. */
  readonly longValueShare: number;
  /** The share of operations that only read. */
  readonly readShare: number;
  /** The share of reads that ask for a read index instead of going through the log. */
  readonly readIndexShare: number;
  readonly entriesPerMessageBytes: number;
  readonly inflightMessages: number;
  /** Entries applied between two snapshots, and those kept behind one. */
  readonly snapshotEveryEntries: number;
  readonly trailingEntries: number;
  /** How much of a snapshot a turn encodes, writes or decodes. */
  readonly snapshotStepBytes: number;
  /** How long a server may be busy with one such step. */
  readonly workMicrosMax: Micros;
  /** The longest datagram: what is longer goes in fragments. */
  readonly datagramBytesMax: number;
  /** Whether datagrams are sealed, as on a LAN. */
  readonly isSealed: boolean;
  readonly faultEveryTicks: { readonly min: number; readonly max: number };
  readonly faults: FaultWeights;
  readonly ambushes: readonly Ambush[];
}
