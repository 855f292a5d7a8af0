/** What one simulated run is like: everything follows from the seed, unless the caller fixes it. */
import type { RuleName } from '../raft/index.ts';
import { RAFTLAB_VARIANT, type RaftVariant, withoutRules } from '../trace/variant.ts';
import { type DayName, DRAWN_DAYS, drawDay } from './days.ts';
import type { DrawnSettings } from './drawnSettings.ts';
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

const FAULT_TICKS_DEFAULT = 400;

/** The settings of a seed's run. */
export function settingsFromSeed(options: SimOptions): SimSettings {
  const { seed, faultTicks = FAULT_TICKS_DEFAULT, rulesOff = [] } = options;
  const random = new Random(seed, 'settings');
  const day = random.pick(DRAWN_DAYS);
  const drawn = drawDay(day, random);
  return { ...drawn, nodeCount: options.nodeCount ?? drawn.nodeCount, seed, day, faultTicks, rulesOff };
}

/** Which Raft the servers of a run follow. */
export function variantFrom({ preVote, checkQuorum, rulesOff }: SimSettings): RaftVariant {
  return withoutRules({ ...RAFTLAB_VARIANT, preVote, checkQuorum }, rulesOff);
}
