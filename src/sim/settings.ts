/** What one simulated run is like: everything follows from the seed, unless the caller fixes it. */
import { ALL_RULES, type SafetyRules } from '../raft/index.ts';
import { Random } from './random.ts';
import type { Micros } from './schedule.ts';

/** A tick of virtual time. */
export const TICK_MICROS: Micros = 10_000;

/** Rules that are not the core's: what clients and disks are trusted to do. */
export interface WorldRules {
  /** A retry carries the same sequence number, so that it takes effect once (dissertation §6.3). */
  readonly retriesKeepTheirSequence: boolean;
}

export type RuleName = keyof SafetyRules | keyof WorldRules;

export const RULE_NAMES: readonly RuleName[] = [
  ...(Object.keys(ALL_RULES) as (keyof SafetyRules)[]),
  'retriesKeepTheirSequence',
];

/** How often something is done to the cluster; weights among each other. */
export interface FaultWeights {
  readonly crash: number;
  /** The leader, or whoever is about to write: where the promises are made. */
  readonly crashLeader: number;
  readonly crashAtWrite: number;
  readonly isolateLeader: number;
  readonly pause: number;
  readonly partition: number;
  readonly transfer: number;
  readonly campaign: number;
  readonly membership: number;
  readonly compact: number;
  readonly slowDisk: number;
  readonly fullDisk: number;
  readonly clockSkew: number;
}

export interface SimSettings {
  readonly seed: number;
  /** Voters at the start; membership changes may bring in others. */
  readonly nodeCount: number;
  /** How long faults go on. The liveness phase comes after. */
  readonly faultTicks: number;
  readonly electionTimeoutTicks: number;
  readonly heartbeatTicks: number;
  readonly preVote: boolean;
  readonly checkQuorum: boolean;
  readonly leaseReads: boolean;
  readonly latencyMicros: { readonly min: Micros; readonly max: Micros };
  readonly lossProbability: number;
  readonly duplicateProbability: number;
  /** The chance that a message takes many times its time, and is overtaken. */
  readonly stragglerProbability: number;
  readonly diskMicros: { readonly min: Micros; readonly max: Micros };
  readonly clientCount: number;
  /** The longest time that a client thinks between two operations. */
  readonly thinkTicks: number;
  readonly keyCount: number;
  /** The share of reads that ask for a read index instead of going through the log. */
  readonly readIndexShare: number;
  readonly entriesPerMessageBytes: number;
  readonly inflightMessages: number;
  /** Entries applied between two snapshots, and those kept behind one. */
  readonly snapshotEveryEntries: number;
  readonly trailingEntries: number;
  readonly faultEveryTicks: { readonly min: number; readonly max: number };
  readonly faults: FaultWeights;
  readonly rulesOff: readonly RuleName[];
}

/** What a caller may fix; the rest comes from the seed. */
export interface SimOptions {
  readonly seed: number;
  readonly faultTicks?: number | undefined;
  readonly nodeCount?: number | undefined;
  readonly rulesOff?: readonly RuleName[] | undefined;
}

export const FAULT_TICKS_DEFAULT = 500;

/** Draws a run's settings. Some seeds are calm in one respect, so that the others can go far. */
export function settingsFromSeed(options: SimOptions): SimSettings {
  const random = new Random(options.seed, 'settings');
  const sometimes = (probability: number, value: number) => (random.chance(probability) ? value : 0);
  const heartbeatTicks = random.int(1, 3);
  const latencyMin = random.int(50, 2000);
  const diskMin = random.int(50, 1000);
  // Lease reads rest on checkQuorum; a run that is to show why does without.
  const leaseIsBare = options.rulesOff?.includes('leaseNeedsCheckQuorum') ?? false;
  const checkQuorum = random.chance(0.6) && !leaseIsBare;
  const drawn: SimSettings = {
    seed: options.seed,
    nodeCount: random.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 7]),
    faultTicks: FAULT_TICKS_DEFAULT,
    heartbeatTicks,
    electionTimeoutTicks: heartbeatTicks * random.int(3, 10),
    preVote: random.chance(0.5),
    checkQuorum,
    leaseReads: random.chance(0.25) ? checkQuorum || leaseIsBare : leaseIsBare,
    latencyMicros: { min: latencyMin, max: latencyMin * random.int(1, 20) },
    lossProbability: sometimes(0.7, random.float() * 0.2),
    duplicateProbability: sometimes(0.6, random.float() * 0.2),
    stragglerProbability: sometimes(0.6, random.float() * 0.1),
    diskMicros: { min: diskMin, max: diskMin * random.int(1, 10) },
    clientCount: random.int(2, 6),
    thinkTicks: random.pick([0.3, 1, 5]),
    keyCount: random.int(1, 4),
    readIndexShare: sometimes(0.8, random.float()),
    entriesPerMessageBytes: random.pick([1, 200, 1000, 64 * 1024]),
    inflightMessages: random.pick([1, 2, 16, 256]),
    snapshotEveryEntries: random.pick([5, 20, 50, 1_000_000]),
    trailingEntries: random.int(0, 10),
    faultEveryTicks: { min: 1, max: random.pick([10, 30, 80, 200]) },
    faults: {
      crash: sometimes(0.6, random.int(1, 4)),
      crashLeader: sometimes(0.6, random.int(1, 6)),
      crashAtWrite: sometimes(0.6, random.int(1, 6)),
      isolateLeader: sometimes(0.6, random.int(1, 6)),
      pause: sometimes(0.4, random.int(1, 3)),
      partition: sometimes(0.7, random.int(1, 4)),
      transfer: sometimes(0.5, random.int(1, 3)),
      campaign: sometimes(0.5, random.int(1, 4)),
      membership: sometimes(0.4, random.int(1, 10)),
      compact: sometimes(0.4, random.int(1, 3)),
      slowDisk: sometimes(0.4, random.int(1, 2)),
      fullDisk: sometimes(0.2, 1),
      clockSkew: sometimes(0.4, random.int(1, 2)),
    },
    rulesOff: [],
  };
  const { nodeCount = drawn.nodeCount, faultTicks = drawn.faultTicks, rulesOff = [] } = options;
  return { ...drawn, nodeCount, faultTicks, rulesOff };
}
