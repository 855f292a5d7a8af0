/** Scenario files: what they say, and what is said of one that cannot be understood. */
import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { DEFAULT_SIMULATION } from '../../src/contract/time.ts';
import { parseScenario } from '../../src/scenario/parseScenario.ts';
import { problemsLive, problemText } from '../../src/scenario/scenario.ts';
import type { Scenario } from '../../src/scenario/scenario.ts';
import { RAFTLAB_VARIANT, variantOf } from '../../src/trace/variant.ts';

function scenarioOf(...rows: string[]): Scenario {
  const parsed = parseScenario(rows.join('\n'));
  if (!parsed.ok) throw new Error(parsed.problems.map(problemText).join('\n'));
  return parsed.scenario;
}

function problemsOf(...rows: string[]): readonly string[] {
  const parsed = parseScenario(rows.join('\n'));
  return parsed.ok ? [] : parsed.problems.map(problemText);
}

describe('a scenario', () => {
  it('has a lab of its own, by the lines at its top', () => {
    expect(scenarioOf('heal').lab).toEqual({
      nodeCount: 5, pace: 'class', variant: RAFTLAB_VARIANT, simulation: { seed: 1, ...DEFAULT_SIMULATION },
    });
    const { lab } = scenarioOf(
      '\uFEFF# a lab', '', 'lab nodes 3', '  lab seed 8', 'lab pace fast', 'lab delay 2.5..6', 'lab loss 5',
      'lab disk 4', 'lab crash torn', 'lab variant paper', 'lab without commitOnlyCurrentTerm voteOncePerTerm', 'heal',
    );
    expect(lab).toEqual({
      nodeCount: 3, pace: 'fast', variant: variantOf('paper', ['voteOncePerTerm', 'commitOnlyCurrentTerm']),
      simulation: {
        seed: 8, network: { delayMs: { min: 2.5, max: 6 }, lossPercent: 5, duplicatePercent: 0, reorderPercent: 0 },
        disk: { writeMs: { min: 4, max: 4 }, crashLeaves: 'torn' },
      },
    });
  });

  it('has a step for each line, with its number', () => {
    const { lines } = scenarioOf(
      '# writes', 'until somebody leads', 'use leader', 'put colour red', '', 'begin @n2 put colour sea', 'run 200ms',
      'crash leader', 'hold n1 n2', 'first 2', 'expect n1 crashed', 'expect two lead within 10s',
      'expect never a finding', 'expect a message is lost within 5s',
    );
    expect(lines.map(({ line, step }) => [line, step.do])).toEqual([
      [2, 'until'], [3, 'use'], [4, 'command'], [6, 'begin'], [7, 'run'], [8, 'command'], [9, 'command'], [10, 'order'],
      [11, 'expect'], [12, 'expect'], [13, 'never'], [14, 'expect'],
    ]);
    expect(lines[9]?.step).toMatchObject({ condition: { text: 'two lead' }, withinMs: 10_000 });
    expect(lines[8]?.step).toMatchObject({ withinMs: null });
  });

  it('tells which lines need virtual time', () => {
    expect(problemsLive(scenarioOf('put a 1', ' lose 1', 'run 1s')).map(problemText))
      .toEqual(['line 2, column 1: lose needs virtual time: this scenario runs in a simulated lab only']);
  });
});

test('the file in docs/scenarios.md is understood', () => {
  const page = readFileSync(new URL('../../docs/scenarios.md', import.meta.url), 'utf8');
  const [, file = ''] = /```\n(# Comments.*?)```/s.exec(page) ?? [];
  expect(scenarioOf(file).lines).toHaveLength(7);
});

describe('a file that is wrong', () => {
  it.each([
    ['lab nodes 16', 'line 1, column 11: "16" is not a number from 1 to 15: lab nodes COUNT'],
    ['lab nodes 2.5', 'line 1, column 11: 2.5 is not a whole number: lab nodes COUNT'],
    ['lab color red', /^line 1, column 5: "color" is not nodes, pace, seed, .* or without: lab SETTING VALUE$/],
    ['lab delay 6..2', /^line 1, column 11: the shortest time is longer than the longest/],
    ['lab without gravity', /^line 1, column 13: "gravity" is not .*commitOnlyCurrentTerm/],
    ['lab seed 1 2', /^line 1, column 12: "2" is one word too many/],
    ['  putt a 1', 'line 1, column 3: there is no command "putt": did you mean put?'],
    ['begin crash n1', 'line 1, column 1: begin goes with a command about data: begin put KEY VALUE'],
    ['begin put a', 'line 1, column 12: the value is missing: put KEY VALUE'],
    ['expect n1 lead', /^line 1, column 11: "lead" stands where leads/],
    ['expect', /^line 1, column 7: the condition is missing/],
    ['expect never n1 leads within 5s', /^line 1, column 23: never goes on to the end of the file: leave out within/],
    ['expect a message is lost', /^line 1, column 8: this speaks of what happens.*add within DURATION/],
    ['expect n1 leads within 5', /^line 1, column 24: "5" is not a duration/],
    ['run', /^line 1, column 1: the duration is missing/],
    ['back', /^line 1, column 1: back has no place in a scenario/],
    ['quit', /^line 1, column 1: quit has no place in a scenario/],
    ['put a "b', /^line 1, column 7: this quote is not closed/],
  ])('%s', (row, problem) => {
    const [first, ...others] = problemsOf(row);
    if (problem instanceof RegExp) expect(first).toMatch(problem);
    else expect(first).toBe(problem);
    expect(others).toEqual([]);
  });

  it('asks a node that the lab does not have, nor gets by the lines above', () => {
    const rows = ['use n3', 'use n4', '  begin @n9 put a 1', 'try @n4 get a', 'sessions n4'];
    expect(problemsOf('lab nodes 3', ...rows)).toEqual([
      'line 3, column 5: there is no node n4 in this lab: it has n1 to n3',
      'line 4, column 10: there is no node n9 in this lab: it has n1 to n3',
      'line 5, column 6: there is no node n4 in this lab: it has n1 to n3',
      'line 6, column 10: there is no node n4 in this lab: it has n1 to n3',
    ]);
    expect(problemsOf('lab nodes 3', 'add', 'replace n1', 'use n5', '@n6 get a'))
      .toEqual(['line 5, column 2: there is no node n6 in this lab: it has n1 to n5']);
  });

  it('tells every line that is wrong, and what comes too late or twice', () => {
    expect(problemsOf('lab seed 1', 'lab seed 2', 'frob', 'put a 1', 'lab nodes 3')).toEqual([
      'line 2, column 5: seed was given before: once is enough',
      'line 3, column 1: there is no command "frob": help lists the commands',
      'line 5, column 1: the lab was begun by the lines above: lab stands at the top',
    ]);
    expect(problemsOf('# nothing', 'lab nodes 3'))
      .toEqual([expect.stringMatching(/^line 1, column 1: the scenario does nothing: write a command or/)]);
    expect(problemsOf('put a 1\n'.repeat(2001))).toEqual([expect.stringContaining('at most 2000 lines')]);
  });
});
