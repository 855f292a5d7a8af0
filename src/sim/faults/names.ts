/** The faults by name. */

export const FAULT_NAMES = [
  'crash', 'blink', 'crashSeveral', 'pause', 'stall', 'skewClock',
  'isolate', 'strand', 'partition', 'slowLinks',
  'slowDisk', 'fullDisk', 'loseDisk',
  'transfer', 'campaign', 'duel',
  'changeMembers', 'compact', 'flock',
  'switchLeases', 'changePace', 'forgetLeader', 'coup',
] as const;

export type FaultName = (typeof FAULT_NAMES)[number];

/** How often each is done, relative to the others; a fault that is left out is never done. */
export type FaultWeights = Readonly<Partial<Record<FaultName, number>>>;
