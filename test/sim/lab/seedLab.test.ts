/** A seed's run as a lab: the same run as the simulator's, however it is stepped, with the finding marked. */
import { expect, test } from 'vitest';
import type { RuleName } from '../../../src/raft/index.ts';
import { newSeedRecord } from '../../../src/sim/lab/seedRecord.ts';
import { Run } from '../../../src/sim/lab/run.ts';
import { SeedLab } from '../../../src/sim/lab/seedLab.ts';
import { Timeline } from '../../../src/sim/lab/timeline.ts';
import { simulate } from '../../../src/sim/simulation.ts';

function runOf(seed: number, rulesOff: readonly RuleName[]): { readonly run: Run; readonly lab: SeedLab } {
  const made: { lab?: SeedLab } = {};
  const run = new Run((listener) => {
    made.lab = new SeedLab({
      labId: 'lab', name: 'Seed', seed, rulesOff, present: newSeedRecord(seed, rulesOff),
    }, listener);
    return made.lab;
  });
  return { run, lab: made.lab ?? expect.unreachable('no lab was made') };
}

test.each([
  ['clean', 19, []],
  ['caught', 2, ['commitOnlyCurrentTerm']],
] as const)('a seed that is %s is the same run step by step, also where time passes', (_, seed, rulesOff) => {
  const { violation, ...expected } = simulate({ seed, rulesOff });
  const { run, lab } = runOf(seed, rulesOff);
  while (run.nextAt !== undefined) {
    run.advanceTo(Math.max(run.atMicros, Math.floor((run.atMicros + run.nextAt) / 2)));
    run.takeStep(Infinity);
  }
  expect(expected).toMatchObject(lab.summary);
  const finding = run.lastEvents.find(({ type }) => type === 'safetyViolated');
  expect(finding === undefined ? undefined : 'message' in finding && finding.message).toBe(violation?.message);
  expect(run.takeStep(Infinity)).toBe(false);
});

test('time stops at the finding, and goes back from it and there again; nothing else is done to the run', async () => {
  const timeline = new Timeline({ labId: 'lab', name: 'Seed 2', ...newSeedRecord(2, ['commitOnlyCurrentTerm']) }, {
    wallMs: () => 0,
    openSeed: (options, listener) => new SeedLab(options, listener),
    listener: {
      onEvents: () => undefined, onMoved: () => undefined, onTime: () => undefined, onChanged: () => undefined,
    },
  });
  const ask = async <Answer>(answer: Promise<Answer>): Promise<Answer> => {
    while (timeline.work(Infinity) === 'busy');
    return answer;
  };
  const found = await ask(timeline.execute('time:step', { unit: 'finding' }));
  const { violation } = simulate({ seed: 2, rulesOff: ['commitOnlyCurrentTerm'] });
  expect(found.heldBecause).toContain(violation?.message);
  expect(timeline.view.violations.at(-1)?.message).toBe(violation?.message);
  const before = await ask(timeline.execute('time:back', { unit: 'commit' }));
  expect(before.step).toBeLessThan(found.step);
  expect((await ask(timeline.execute('time:step', { unit: 'finding' }))).step).toBe(found.step);
  await expect(timeline.execute('node:crash', { node: 'n1' })).rejects.toMatchObject({
    code: 'refused', message: expect.stringContaining('seed 2') as unknown,
  });
});
