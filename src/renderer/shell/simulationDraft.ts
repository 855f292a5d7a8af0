/** What a person chooses for a simulated lab, before it is one. */
import { DEFAULT_SIMULATION, simulationSchema } from '../../contract/time.ts';
import type { Simulation } from '../../contract/time.ts';

/** Seeds that can be remembered and read aloud. */
const DRAWN_SEED_MAX = 99_999;

export function drawSeed(): number {
  return 1 + Math.floor(Math.random() * DRAWN_SEED_MAX);
}

export function newSimulation(): Simulation {
  return { seed: drawSeed(), ...DEFAULT_SIMULATION };
}

const FIELDS: Readonly<Record<string, string>> = {
  seed: 'the seed', delayMs: 'the delay', lossPercent: 'the share of lost datagrams', writeMs: 'the time of a write',
  duplicatePercent: 'the share of doubled datagrams', reorderPercent: 'the share of overtaken datagrams',
};

/** What is wrong with a choice, as a sentence; empty if nothing is. */
export function problemOf(simulation: Simulation): string {
  const parsed = simulationSchema.safeParse(simulation);
  const issue = parsed.error?.issues[0];
  if (issue === undefined) return '';
  const field = issue.path.map((part) => FIELDS[String(part)]).find((name) => name !== undefined);
  return `Check ${field ?? 'the simulation'}: ${issue.message}.`;
}
