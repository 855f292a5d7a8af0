/** What is kept of a seed's run as a lab: everything else follows from the seed and the rules that are off. */
import { DEFAULT_SIMULATION, type Simulation } from '../../contract/time.ts';
import type { RuleName } from '../../raft/index.ts';
import { settingsFromSeed, type SimSettings, variantFrom } from '../settings.ts';
import { type LabRecord, newLabRecord } from './labRecord.ts';

export function newSeedRecord(seed: number, rulesOff: readonly RuleName[]): Omit<LabRecord, 'labId' | 'name'> {
  const settings = settingsFromSeed({ seed, rulesOff });
  const { nodeCount } = settings;
  return {
    ...newLabRecord({ nodeCount, pace: 'fast', variant: variantFrom(settings), simulation: simulationOf(settings) }),
    seedRun: { rulesOff: [...rulesOff] },
  };
}

/** What it is called. */
export function seedName(seed: number, rulesOff: readonly RuleName[]): string {
  if (rulesOff.length === 0) return `Seed ${seed}`;
  return `Seed ${seed} without ${rulesOff.length === 1 ? String(rulesOff[0]) : `${rulesOff.length} rules`}`;
}

/** Whether it is the run of this seed without these rules. */
export function isSeedRun(
  { simulation, seedRun }: Pick<LabRecord, 'simulation' | 'seedRun'>, seed: number, rulesOff: readonly RuleName[],
): boolean {
  return seedRun !== undefined && simulation.seed === seed && seedRun.rulesOff.length === rulesOff.length
    && rulesOff.every((rule) => seedRun.rulesOff.includes(rule));
}

/** As the day begins; its faults change much of it. */
function simulationOf(settings: SimSettings): Simulation {
  const { seed, latencyMicros, lossProbability, duplicateProbability, stragglerProbability, diskMicros } = settings;
  const inMs = ({ min, max }: { readonly min: number; readonly max: number }) => ({ min: min / 1000, max: max / 1000 });
  return {
    seed,
    network: {
      delayMs: inMs(latencyMicros), lossPercent: 100 * lossProbability, duplicatePercent: 100 * duplicateProbability,
      reorderPercent: 100 * stragglerProbability,
    },
    disk: { ...DEFAULT_SIMULATION.disk, writeMs: inMs(diskMicros) },
  };
}
