/** Scenarios of examples/scenarios in a simulated lab: what they expect comes true, and is told the same each time. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parseScenario.ts';
import { ScenarioRun } from '../../src/scenario/scenarioRun.ts';
import { resultLines, summaryLine } from '../../src/scenario/scenarioWords.ts';
import { steppedLab } from './steppedLab.ts';

async function tell(name: string): Promise<string> {
  const parsed = parseScenario(readFileSync(new URL(`../../examples/scenarios/${name}`, import.meta.url), 'utf8'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const run = await ScenarioRun.begin(parsed.scenario, { service: steppedLab(), labName: name });
  while (run.upcoming !== null) await run.next();
  return [...run.results.flatMap((result) => resultLines(result, run)), summaryLine(run.results)].join('\n');
}

// Those for Raftlab's own Raft: this lab knows no variants. test/lab/scenarios.test.ts runs all, with real nodes.
test.each(['election.lab', 'partition-writes.lab', 'lost-snapshot.lab'])('%s', async (name) => {
  const told = await tell(name);
  expect(told).toMatch(/\n\d+ passed$/);
  expect(await tell(name)).toBe(told);
});
