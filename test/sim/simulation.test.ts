/** Whole simulated clusters: clean with every rule on, caught without; the same seed is the same run. */
import { describe, expect, it } from 'vitest';
import type { RuleName } from '../../src/sim/settings.ts';
import { simulate } from '../../src/sim/simulation.ts';
import { SimulationTrace } from '../../src/sim/trace.ts';
import type { TraceEvent } from '../../src/trace/events.ts';

const CLEAN_SEEDS = Array.from({ length: 60 }, (_, position) => position + 1);
const SEEDS_TO_CATCH = 200;

/** Rules whose absence random faults find; the losing schedules of the others are in test/raft/hazards.test.ts. */
const CAUGHT: readonly RuleName[] = [
  'voteOnlyIfUpToDate', 'voteOncePerTerm', 'persistEntriesBeforeAnswer', 'majorityQuorum', 'entriesKeepTheirIndex',
  'readIndexNeedsRound', 'retriesKeepTheirSequence',
];

function traceOf(seed: number): TraceEvent[] {
  const events: TraceEvent[] = [];
  simulate({ seed }, new SimulationTrace((event) => events.push(event)));
  return events;
}

describe('a simulated cluster', () => {
  it.each(CLEAN_SEEDS)('keeps every promise and comes back to work: seed %i', (seed) => {
    expect(simulate({ seed }).violation).toBeUndefined();
  });

  it('runs the same again from the same seed, event for event', () => {
    const [first, again] = [traceOf(7), traceOf(7)];
    expect(first.length).toBeGreaterThan(1000);
    expect(again).toEqual(first);
    expect(simulate({ seed: 7 }).fingerprint).not.toBe(simulate({ seed: 8 }).fingerprint);
  });

  it.each(CAUGHT)('is caught without %s', (rule) => {
    for (let seed = 1; seed <= SEEDS_TO_CATCH; seed += 1) {
      const { violation } = simulate({ seed, rulesOff: [rule] });
      if (violation !== undefined) {
        expect(violation.name).toMatch(/SafetyViolation|InvariantViolation/);
        return;
      }
    }
    expect.fail(`${SEEDS_TO_CATCH} seeds without ${rule} broke nothing`);
  }, 120_000);
});
