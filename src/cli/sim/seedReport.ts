/** The report of one seed's run: plain data, so that it can pass from thread to thread. */
import type { DayName } from '../../sim/days.ts';
import type { SimOptions } from '../../sim/settings.ts';
import { simulate } from '../../sim/simulation.ts';

export interface SeedReport {
  readonly seed: number;
  readonly day: DayName;
  readonly nodeCount: number;
  readonly steps: number;
  /** Answers that clients got. */
  readonly operations: number;
  readonly virtualMs: number;
  readonly fingerprint: number;
  /** Undefined when the run was clean. */
  readonly violation: { readonly kind: string; readonly message: string } | undefined;
}

/** Runs one seed. */
export function reportOf(options: SimOptions): SeedReport {
  const { seed, settings, steps, operations, virtualMs, fingerprint, violation } = simulate(options);
  return {
    seed, day: settings.day, nodeCount: settings.nodeCount, steps, operations, virtualMs, fingerprint,
    violation: violation && { kind: violation.name, message: violation.message },
  };
}
