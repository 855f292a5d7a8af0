/**
 * Kinds of bad days. A run that draws everything evenly spreads its harm so thinly that most of it does nothing. So
 * each seed first draws what kind of day it is, and then everything else within that kind. A day is made of things that
 * happen to real clusters together, and is the same whether Raft's rules are on or off.
 */
import type { DrawnSettings } from './drawnSettings.ts';
import { drawAmbush } from './faults/ambush.ts';
import type { Random } from './random.ts';
import type { Micros } from './schedule.ts';

export const DAYS = [
  'mixed', 'elections', 'churn', 'tails', 'snapshots', 'members', 'haste', 'reads', 'clocks', 'leases', 'disks',
] as const;

export type DayName = (typeof DAYS)[number];

/** From what a seed draws its day: rare harm needs more of the days on which it comes. */
export const DRAWN_DAYS: readonly DayName[] = [
  ...DAYS, 'elections', 'elections', 'churn', 'churn', 'churn', 'tails', 'snapshots', 'reads', 'leases', 'leases',
];

type Change = (random: Random) => Partial<DrawnSettings>;

/** What each kind of day changes about a mixed one. */
const CHANGES: Readonly<Record<DayName, Change>> = {
  mixed: () => ({}),
  elections,
  churn,
  tails,
  snapshots,
  members,
  haste,
  reads,
  clocks,
  leases,
  disks,
};

export function drawDay(day: DayName, random: Random): DrawnSettings {
  const mixed = drawMixed(random);
  return { ...mixed, ...CHANGES[day](random) };
}

/** Any kind of trouble. Some seeds are calm in one respect, so that other faults can have more effect. */
function drawMixed(random: Random): DrawnSettings {
  const sometimes = (probability: number, value: number) => (random.chance(probability) ? value : 0);
  const heartbeatTicks = random.int(1, 3);
  const entriesPerMessageBytes = random.pick([1, 200, 1000, 64 * 1024]);
  return {
    nodeCount: random.pick([1, 2, 3, 3, 3, 3, 4, 5, 5, 5, 7]),
    heartbeatTicks,
    electionTimeoutTicks: heartbeatTicks * random.int(3, 10),
    preVote: random.chance(0.5),
    checkQuorum: random.chance(0.5),
    leaseReads: random.chance(0.25),
    latencyMicros: drawRange(random, 50, 2000, 20),
    lossProbability: sometimes(0.7, random.float() * 0.2),
    duplicateProbability: sometimes(0.6, random.float() * 0.2),
    stragglerProbability: sometimes(0.6, random.float() * 0.1),
    diskMicros: drawRange(random, 50, 1000, 10),
    clientCount: random.int(2, 6),
    thinkMicros: random.pick([3_000, 10_000, 50_000]),
    patienceTicks: random.pick([3, 10, 30]),
    keyCount: random.int(1, 4),
    longValueShare: random.pick([0, 0.05, 0.2]),
    readShare: random.pick([0.1, 0.3, 0.6]),
    readIndexShare: sometimes(0.8, random.float()),
    entriesPerMessageBytes,
    // With one entry a message, a long pipeline is sent again and again after each loss: much work for no other harm.
    inflightMessages: random.pick(entriesPerMessageBytes === 1 ? [1, 2, 16] : [1, 2, 16, 256]),
    snapshotEveryEntries: random.pick([5, 20, 50, 1_000_000]),
    trailingEntries: random.int(0, 10),
    faultEveryTicks: { min: 1, max: random.pick([10, 30, 80, 200]) },
    faults: {
      crash: sometimes(0.7, random.int(1, 6)),
      crashSeveral: sometimes(0.3, 1),
      pause: sometimes(0.4, random.int(1, 3)),
      skewClock: sometimes(0.4, random.int(1, 2)),
      isolate: sometimes(0.6, random.int(1, 6)),
      partition: sometimes(0.7, random.int(1, 4)),
      slowLinks: sometimes(0.4, random.int(1, 2)),
      slowDisk: sometimes(0.4, random.int(1, 2)),
      fullDisk: sometimes(0.2, 1),
      loseDisk: sometimes(0.2, 1),
      transfer: sometimes(0.5, random.int(1, 3)),
      campaign: sometimes(0.5, random.int(1, 4)),
      duel: sometimes(0.3, random.int(1, 2)),
      changeMembers: sometimes(0.4, random.int(1, 10)),
      compact: sometimes(0.4, random.int(1, 3)),
      flock: sometimes(0.3, 1),
    },
    ambushes: Array.from({ length: random.int(0, 3) }, () =>
      drawAmbush(
        random,
        ['stands', 'votes', 'leads', 'steps-down', 'leader-appends', 'follower-appends', 'leader-commits'],
        ['crash', 'isolate', 'pause', 'campaign', 'transfer', 'slowDisk', 'flock', 'compact', 'changeMembers'],
      )),
    snapshotStepBytes: random.pick([50, 400, 256 * 1024]),
    workMicrosMax: random.pick([0, 500, 5_000]),
    datagramBytesMax: random.pick([400, 1200, 60_000, 60_000]),
    isSealed: random.chance(0.1),
  };
}

/** A range of times: the shortest is drawn between two limits, and the longest is a multiple of it. */
function drawRange(random: Random, min: Micros, max: Micros, spread: number): DrawnSettings['diskMicros'] {
  const shortest = random.int(min, max);
  return { min: shortest, max: shortest * random.int(1, spread) };
}

/** Short elections, so that many fit into a run, and messages that arrive soon. */
function quick(random: Random): Partial<DrawnSettings> {
  return {
    heartbeatTicks: 1,
    electionTimeoutTicks: random.int(3, 10),
    latencyMicros: drawRange(random, 50, 1000, 10),
  };
}

/** Nobody leads for long: candidates run against each other, and voters crash while their votes are being written. */
function elections(random: Random): Partial<DrawnSettings> {
  return {
    ...quick(random),
    nodeCount: random.pick([2, 3, 3, 3, 4, 5]),
    preVote: random.chance(0.2),
    checkQuorum: random.chance(0.2),
    leaseReads: false,
    diskMicros: drawRange(random, 200, 2000, 5),
    faultEveryTicks: { min: 1, max: random.pick([5, 20]) },
    faults: { duel: 10, campaign: random.int(1, 4), crash: random.int(0, 3), partition: random.int(0, 1) },
    ambushes: [
      { at: 'votes', fault: 'blink', chance: random.pick([0.3, 0.6]), delayMicrosMax: 0, hits: 'self' },
      { at: 'stands', fault: 'campaign', chance: 0.6, delayMicrosMax: random.pick([200, 1_000]), hits: 'other' },
      drawAmbush(random, ['votes', 'stands', 'leads'], ['crash', 'isolate', 'duel', 'pause']),
    ],
  };
}

/**
 * Leaders change before their entries are replicated: logs diverge, and are repaired entry by entry (Raft Figure 8).
 */
function churn(random: Random): Partial<DrawnSettings> {
  return {
    ...quick(random),
    electionTimeoutTicks: random.int(3, 6),
    nodeCount: random.pick([3, 5, 5, 5, 5, 7]),
    preVote: random.chance(0.1),
    checkQuorum: random.chance(0.1),
    leaseReads: false,
    thinkMicros: random.pick([1_000, 5_000]),
    entriesPerMessageBytes: 1,
    inflightMessages: random.pick([1, 1, 1, 2, 16]),
    readShare: random.pick([0.1, 0.3]),
    readIndexShare: 0.8,
    snapshotEveryEntries: 1_000_000,
    faultEveryTicks: { min: 1, max: random.pick([6, 20]) },
    faults: { campaign: 6, isolate: random.int(1, 4), crash: random.int(1, 4), duel: 1 },
    ambushes: [
      { at: 'leads', fault: 'isolate', chance: 0.6, delayMicrosMax: random.pick([0, 0, 5_000]), hits: 'self' },
      { at: 'leads', fault: 'campaign', chance: 0.3, delayMicrosMax: random.pick([5_000, 50_000]), hits: 'other' },
      drawAmbush(random, ['leader-appends', 'leader-commits', 'steps-down'], ['isolate', 'campaign', 'crash']),
    ],
  };
}

/** A leader that nobody hears continues to accept its clients' requests, so that its log grows a tail of its own. */
function tails(random: Random): Partial<DrawnSettings> {
  return {
    ...quick(random),
    nodeCount: random.pick([3, 3, 4, 5]),
    checkQuorum: random.chance(0.1),
    leaseReads: random.chance(0.5),
    clientCount: random.int(4, 8),
    thinkMicros: 3_000,
    patienceTicks: random.int(1, 3),
    readShare: 0.3,
    readIndexShare: 0.8,
    entriesPerMessageBytes: random.pick([1, 1, 100, 1000]),
    inflightMessages: random.pick([1, 2, 16]),
    faultEveryTicks: { min: 5, max: random.pick([20, 60]) },
    faults: { strand: 12, isolate: 3, flock: 2, campaign: 2, crash: random.int(0, 2), partition: random.int(0, 2) },
    ambushes: [
      drawAmbush(random, ['leads', 'leader-appends'], ['flock', 'isolate']),
      drawAmbush(random, ['leads', 'steps-down'], ['campaign', 'crash', 'isolate']),
    ],
  };
}

/** The same, with logs that are compacted at once: snapshots repair logs that have diverged (Raft §7). */
function snapshots(random: Random): Partial<DrawnSettings> {
  return {
    ...tails(random),
    clientCount: random.int(6, 9),
    snapshotEveryEntries: random.pick([3, 8, 20]),
    trailingEntries: random.pick([0, 0, 1, 3]),
    snapshotStepBytes: random.pick([16, 50, 400, 256 * 1024]),
    workMicrosMax: random.pick([0, 500, 5_000]),
    datagramBytesMax: random.pick([400, 400, 1200, 60_000]),
    faults: {
      strand: 14, isolate: 3, flock: 2, compact: 4, campaign: 2, crash: random.int(0, 3), slowLinks: random.int(0, 2),
    },
    ambushes: [
      drawAmbush(random, ['leads', 'leader-commits'], ['compact', 'flock']),
      drawAmbush(
        random, ['receives-snapshot', 'installs-snapshot'], ['crash', 'blink', 'pause', 'campaign', 'isolate'],
      ),
      drawAmbush(random, ['receives-snapshot'], ['compact', 'crash']),
    ],
  };
}

/** Servers come and go while leaders do. */
function members(random: Random): Partial<DrawnSettings> {
  return {
    ...quick(random),
    nodeCount: random.pick([1, 2, 3, 3, 4, 5]),
    leaseReads: random.chance(0.1),
    snapshotEveryEntries: random.pick([5, 20, 50]),
    faultEveryTicks: { min: 1, max: random.pick([10, 30]) },
    faults: {
      changeMembers: 10, campaign: random.int(0, 3), crash: random.int(0, 3), isolate: random.int(0, 3),
      transfer: random.int(0, 2), loseDisk: random.int(0, 1), slowLinks: random.int(0, 3), partition: random.int(0, 2),
    },
    ambushes: [
      drawAmbush(random, ['leads', 'changes-members'], ['crash', 'isolate', 'transfer', 'campaign']),
      drawAmbush(random, ['leads', 'changes-members', 'leader-commits'], ['changeMembers', 'isolate', 'slowLinks']),
    ],
  };
}

/** Hasty membership changes: at leaders that were only just elected, and that lose the leadership again at once. */
function haste(random: Random): Partial<DrawnSettings> {
  return {
    ...quick(random),
    nodeCount: random.pick([3, 5, 5, 5, 7]),
    preVote: random.chance(0.3),
    checkQuorum: random.chance(0.3),
    leaseReads: false,
    clientCount: random.int(4, 6),
    thinkMicros: 3_000,
    patienceTicks: 4,
    snapshotEveryEntries: random.pick([20, 1_000_000]),
    faultEveryTicks: { min: 1, max: random.pick([10, 30]) },
    faults: { changeMembers: 8, campaign: 3, slowLinks: 2, isolate: 1, crash: 1 },
    ambushes: [
      { at: 'leads', fault: 'changeMembers', chance: 0.7, delayMicrosMax: random.pick([0, 2_000]), hits: 'self' },
      { at: 'proposes-change', fault: 'campaign', chance: 0.5, delayMicrosMax: random.int(0, 5_000), hits: 'other' },
      { at: 'changes-members', fault: 'flock', chance: 0.5, delayMicrosMax: 0, hits: 'self' },
      drawAmbush(random, ['proposes-change', 'changes-members'], ['isolate', 'crash', 'campaign', 'slowLinks']),
    ],
  };
}

/** Everybody reads the same key, from whoever leads or thinks that it does. */
function reads(random: Random): Partial<DrawnSettings> {
  return {
    nodeCount: random.pick([3, 3, 4, 5]),
    checkQuorum: random.chance(0.3),
    leaseReads: random.chance(0.6),
    latencyMicros: drawRange(random, 50, 500, 4),
    diskMicros: drawRange(random, 1_000, 10_000, 4),
    clientCount: random.int(4, 8),
    thinkMicros: random.pick([1_000, 5_000]),
    patienceTicks: random.int(1, 5),
    keyCount: 1,
    readShare: 0.6,
    readIndexShare: 1,
    faultEveryTicks: { min: 1, max: random.pick([10, 40]) },
    faults: {
      isolate: 6, strand: 3, campaign: 3, transfer: 1, crash: 2, flock: 3, slowDisk: 2, pause: 2, partition: 1,
    },
    ambushes: [
      drawAmbush(random, ['leader-commits'], ['isolate', 'crash', 'campaign']),
      drawAmbush(random, ['leads'], ['flock']),
      drawAmbush(random, ['leads', 'steps-down', 'leader-commits'], ['flock', 'isolate', 'pause']),
    ],
  };
}

/** Clocks that drift, processes that pause, and leaders that rely on a lease while it is switched on and off. */
function clocks(random: Random): Partial<DrawnSettings> {
  return {
    ...reads(random),
    diskMicros: drawRange(random, 50, 1_000, 5),
    checkQuorum: random.chance(0.5),
    leaseReads: true,
    faults: {
      skewClock: 3, pause: 5, isolate: 6, strand: 3, partition: 2, campaign: 3, transfer: 2, crash: 3, flock: 3,
      slowDisk: 2,
      switchLeases: random.int(0, 2), changePace: random.int(0, 4), forgetLeader: random.int(0, 2),
      coup: random.int(0, 30), changeMembers: random.int(0, 1),
    },
    ambushes: [
      drawAmbush(random, ['stands', 'leader-commits'], ['forgetLeader', 'switchLeases', 'changePace', 'campaign']),
      { at: 'leads', fault: 'flock', chance: 0.5, delayMicrosMax: 50_000, hits: 'other' },
      drawAmbush(random, ['leader-commits'], ['isolate', 'pause']),
      drawAmbush(random, ['leads', 'steps-down', 'leader-commits'], ['flock', 'isolate', 'pause']),
    ],
  };
}

/**
 * Leases on clocks that are right: leaders stand still in the middle of a turn, and leases are off for a moment in
 * which somebody makes another one lead.
 */
function leases(random: Random): Partial<DrawnSettings> {
  return {
    ...reads(random),
    heartbeatTicks: 1,
    electionTimeoutTicks: random.int(6, 12),
    diskMicros: drawRange(random, 300, 1_500, 3),
    checkQuorum: random.chance(0.6),
    leaseReads: true,
    clientCount: random.int(6, 10),
    thinkMicros: 2_000,
    faultEveryTicks: { min: 5, max: random.pick([20, 40]) },
    faults: { coup: 10, strand: 3, campaign: 1, switchLeases: 1, pause: 1, transfer: 1 },
    ambushes: [
      { at: 'leader-appends', fault: 'stall', chance: random.pick([0.02, 0.1]), delayMicrosMax: 50, hits: 'self' },
    ],
  };
}

/** Disks that are slow, full or gone, and crashes in the middle of writes. */
function disks(random: Random): Partial<DrawnSettings> {
  return {
    nodeCount: random.pick([1, 3, 3, 4, 5]),
    ...quick(random),
    diskMicros: drawRange(random, 200, 3_000, 5),
    faultEveryTicks: { min: 1, max: random.pick([15, 50]) },
    faults: { slowDisk: 4, fullDisk: 2, loseDisk: 1, crash: 6, crashSeveral: 1, campaign: random.int(0, 2) },
    ambushes: [
      drawAmbush(random, ['follower-appends', 'leader-appends'], ['crash']),
      drawAmbush(random, ['votes', 'leads', 'stands', 'leader-commits'], ['crash', 'fullDisk', 'slowDisk', 'loseDisk']),
    ],
  };
}
