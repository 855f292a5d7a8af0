/** Every scenario in examples/scenarios with real nodes: what it expects comes true. And what a run says of a file. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { runScenarioFile } from '../../src/cli/scenario/runScenario.ts';
import { temporaryFolder, workerUrls } from './support.ts';

const FOLDER = new URL('../../examples/scenarios/', import.meta.url);

async function runFile(file: string, isLive: boolean): Promise<{ exitCode: number; told: readonly string[] }> {
  const told: string[] = [];
  const print = (line: string): void => void told.push(line);
  const exitCode = await runScenarioFile({ file, isLive, json: false }, {
    workerUrls, print, printError: print, stopped: new Promise(() => undefined),
  });
  return { exitCode, told };
}

function runText(text: string): ReturnType<typeof runFile> {
  const file = join(temporaryFolder(), 'own.lab');
  writeFileSync(file, text);
  return runFile(file, false);
}

test.each(readdirSync(FOLDER))('%s', async (name) => {
  const { exitCode, told } = await runFile(fileURLToPath(new URL(name, FOLDER)), true);
  expect(exitCode, told.join('\n')).toBe(0);
  expect(told.at(-1)).toMatch(/^\d+ passed$/);
});

test('in the thread of a simulated lab: what fails, with its moment, and 1', async () => {
  const { exitCode, told } = await runText([
    'lab nodes 3', 'until somebody leads', 'expect nobody leads within 100ms', 'expect never a finding', 'crash n9',
  ].join('\n'));
  expect(told).toEqual([
    '✓   2  until somebody leads', '       passed at 2.319 s: n2 became leader of term 1 with 2 of 3 votes (n2, n3)',
    '✗   3  expect nobody leads within 100ms', '       had not come true within 0.100 s, which ended at 2.419 s',
    '…   4  expect never a finding',
    '✗   5  crash n9', '       ! there is no node n9 in this lab: it has n1, n2, n3',
    '       had not come true by 2.400 s',
    '✓   4  expect never a finding', '2 passed, 2 failed',
  ]);
  expect(exitCode).toBe(1);
});

test('a file that makes no sense: line, column, what was expected, and 2', async () => {
  const { exitCode, told } = await runText('lab nodes 99\n  fly n1\n');
  expect(told.map((line) => line.replace(/^.*own\.lab/, 'own.lab'))).toEqual([
    'own.lab: line 1, column 11: "99" is not a number from 1 to 15: lab nodes COUNT',
    'own.lab: line 2, column 3: there is no command "fly": help lists the commands',
  ]);
  expect(exitCode).toBe(2);
});
