/** Scenarios run in a simulated lab: what is expected, what came true, and when. */
import { expect, test } from 'vitest';
import { parseScenario } from '../../src/scenario/parseScenario.ts';
import { ScenarioRun } from '../../src/scenario/scenarioRun.ts';
import { resultLines, summaryLine } from '../../src/scenario/scenarioWords.ts';
import { steppedLab } from './steppedLab.ts';

const TOP = ['lab nodes 3', 'lab pace fast', 'lab seed 8'];

async function ranScenario(...rows: string[]): Promise<{ told: string; verdicts: string[]; run: ScenarioRun }> {
  const parsed = parseScenario([...TOP, ...rows].join('\n'));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const run = await ScenarioRun.begin(parsed.scenario, { service: steppedLab(), labName: 'a test' });
  while (run.upcoming !== null) await run.next();
  run.close();
  const told = [...run.results.flatMap((result) => resultLines(result, run)), summaryLine(run.results)].join('\n');
  return { told, verdicts: run.results.map(({ verdict }) => verdict), run };
}

test('expectations pass with the event that made them true, the same on every run', async () => {
  const rows = [
    'expect nobody leads', 'expect never two lead', 'until somebody leads', 'put colour red',
    'expect commit of n1 >= 2 within 1s', 'crash leader', 'expect nobody leads', 'expect somebody leads within 2s',
    '@leader get colour',
  ];
  const { told, verdicts } = await ranScenario(...rows);
  expect(verdicts).toEqual(['passed', 'passed', 'passed', 'done', 'passed', 'done', 'passed', 'passed', 'done']);
  expect(told).toMatch(/✓ +6 {2}until somebody leads\n +passed at 0\.\d{3} s: n\d became leader of term \d/);
  expect(told).toMatch(/crash leader\n✓ +10/);
  expect(told).toMatch(/"red" {2}read index/);
  expect(told).toMatch(/\n6 passed$/);
  expect((await ranScenario(...rows)).told).toBe(told);
});

test('a failed expectation says up to when it was not true, and the scenario goes on', async () => {
  const { told, verdicts } = await ranScenario(
    'until somebody leads', 'expect two lead within 300ms', 'expect never nobody leads', 'crash leader', 'run 2s',
  );
  expect(verdicts).toEqual(['passed', 'failed', 'failed', 'done', 'done']);
  expect(told).toMatch(/✗ +5 {2}expect two lead within 300ms\n +had not come true within 0\.300 s, which ended at (0\.\d{3}) s\n/);
  expect(told).toMatch(/✗ +6 {2}expect never nobody leads\n +failed at 0\.\d{3} s: n\d crashed/);
  expect(told).toMatch(/\n1 passed, 2 failed$/);
});

test('a write without a majority may be begun and not waited for; what it is answered ends no scenario', async () => {
  const { told, verdicts } = await ranScenario(
    'until somebody leads', 'put a 1', 'partition leader', 'begin @leader put a 2', 'run 50ms',
    'expect never a command is answered', '@n3 put a 3', 'expect n3 has entry 4 of term 1',
  );
  expect(verdicts).toEqual(['passed', 'done', 'done', 'done', 'done', 'passed', 'done', 'passed']);
  expect(told).toMatch(/@n3 put a 3\n +! not sent after 2 s: n3 has no leader/);
});

test('a line that cannot be carried out ends the scenario', async () => {
  const { told, verdicts } = await ranScenario('crash n2', 'crash n2', 'put a 1');
  expect(verdicts).toEqual(['done', 'failed']);
  expect(told).toMatch(/✗ +5 {2}crash n2\n +! node n2 has crashed already: restart it/);
});

test.each(['use n4', '@n4 put a 1', 'begin @n4 put a 1'])('%s of a lab without n4 is such a line', async (row) => {
  const { told, verdicts } = await ranScenario('lab variant raftlab', 'add', 'remove n4', row, 'put a 1');
  expect(verdicts).toEqual(['done', 'done', 'failed']);
  expect(told).toMatch(/ 7 {2}.*n4.*\n +! there is no node n4 in this lab: it has n1, n2, n3\n/);
});

test('an until that does not come true ends it as well', async () => {
  expect((await ranScenario('until two lead within 100ms', 'put a 1')).verdicts).toEqual(['failed']);
});
