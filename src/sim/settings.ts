/** What one simulated run is like: everything follows from the seed, unless the caller fixes it. */
import { ALL_RULES, type SafetyRules } from '../raft/index.ts';
import { type DayName, DAYS, drawDay } from './days.ts';
import type { Ambush } from './faults/ambush.ts';
import type { FaultWeights } from './faults/fault.ts';
import type { NetworkSettings } from './network.ts';
import { Random } from './random.ts';
import type { Micros } from './schedule.ts';

/** A tick of virtual time. */
export const TICK_MICROS: Micros = 10_000;

/** Settings that the servers of a lab learn of while they run, each at its own time. */
export interface LabTerms {
  readonly leaseReads: boolean;
  readonly electionTimeoutTicks: number;
  /** How long a tick is meant to be. */
  readonly tickMicros: Micros;
}

/** Rules that are not the core's: what clients are trusted to do. */
export interface WorldRules {
  /** A retry carries the same sequence number, so that it takes effect once (dissertation §6.3). */
  readonly retriesKeepTheirSequence: boolean;
}

export type RuleName = keyof SafetyRules | keyof WorldRules;

export const RULE_NAMES: readonly RuleName[] = [
  ...(Object.keys(ALL_RULES) as (keyof SafetyRules)[]),
  'retriesKeepTheirSequence',
];

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
  /** The longest time that a client waits for an answer before it asks again. */
  readonly patienceTicks: number;
  readonly keyCount: number;
  /** The share of operations that only read. */
  readonly readShare: number;
  /** The share of reads that ask for a read index instead of going through the log. */
  readonly readIndexShare: number;
  readonly entriesPerMessageBytes: number;
  readonly inflightMessages: number;
  /** Entries applied between two snapshots, and those kept behind one. */
  readonly snapshotEveryEntries: number;
  readonly trailingEntries: number;
  readonly faultEveryTicks: { readonly min: number; readonly max: number };
  readonly faults: FaultWeights;
  readonly ambushes: readonly Ambush[];
}

export interface SimSettings extends DrawnSettings {
  readonly seed: number;
  readonly day: DayName;
  /** How long faults continue. The liveness phase comes after. */
  readonly faultTicks: number;
  readonly rulesOff: readonly RuleName[];
}

/** What a caller may fix; the rest comes from the seed. */
export interface SimOptions {
  readonly seed: number;
  readonly faultTicks?: number | undefined;
  readonly nodeCount?: number | undefined;
  readonly rulesOff?: readonly RuleName[] | undefined;
}

const FAULT_TICKS_DEFAULT = 500;

/** The settings of a seed's run. */
export function settingsFromSeed(options: SimOptions): SimSettings {
  const { seed, faultTicks = FAULT_TICKS_DEFAULT, rulesOff = [] } = options;
  const random = new Random(seed, 'settings');
  const day = random.pick(DAYS);
  const drawn = drawDay(day, random);
  return { ...drawn, nodeCount: options.nodeCount ?? drawn.nodeCount, seed, day, faultTicks, rulesOff };
}
