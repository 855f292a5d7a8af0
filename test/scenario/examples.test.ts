/** Every scenario of examples/scenarios in a simulated lab: what it expects comes true, the same each time. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parseScenario.ts';
import { ScenarioRun } from '../../src/scenario/scenarioRun.ts';
import { resultLines, summaryLine } from '../../src/scenario/scenarioWords.ts';
import { steppedLab } from './steppedLab.ts';

const FOLDER = new URL('../../examples/scenarios/', import.meta.url);

async function tell(name: string): Promise<string> {
  const parsed = parseScenario(readFileSync(new URL(name, FOLDER), 'utf8'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const run = await ScenarioRun.begin(parsed.scenario, { service: steppedLab(), labName: name });
  while (run.upcoming !== null) await run.next();
  return [...run.results.flatMap((result) => resultLines(result, run)), summaryLine(run.results)].join('\n');
}

// test/lab/scenarios.test.ts runs them with real nodes.
test.each(readdirSync(FOLDER))('%s', async (name) => {
  const told = await tell(name);
  expect(told).toMatch(/\n\d+ passed$/);
  expect(await tell(name)).toBe(told);
});
