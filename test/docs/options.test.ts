/** The options and commands that the pages list are those that the programs take, in the order of their help. */
import { expect, test } from 'vitest';
import { LAN_HELP } from '../../src/cli/terminal/lanCommands.ts';
import { USAGE as LAB_USAGE } from '../../src/cli/terminal/options.ts';
import { SIM_OPTIONS, USAGE as SIM_USAGE } from '../../src/cli/sim/options.ts';
import { COMMANDS } from '../../src/contract/consoleCommands.ts';
import { codeIn, pageAt, sectionOf, tableOf } from './page.ts';

/** `--data DIR`, as a line of help begins. */
function optionsIn(help: string): readonly string[] {
  return [...help.matchAll(/^ +(--[a-z-]+(?: [A-Z]+)?)(?= )/gm)].map(([, option = '']) => option);
}

const firstCodes = (page: string, head: string): readonly string[] =>
  tableOf(page, head).map(([cell]) => codeIn(cell)[0] ?? '');

test('docs/lan.md has the options of the lab without a window', () => {
  expect(firstCodes(sectionOf(pageAt('docs/lan.md'), '### Options'), 'option')).toEqual(optionsIn(LAB_USAGE));
});

test('docs/lan.md has the commands of the LAN', () => {
  const commands = LAN_HELP.split('\n').map((line) => line.split(/ {2,}/)[0]);
  expect(firstCodes(sectionOf(pageAt('docs/lan.md'), '### The console'), 'command')).toEqual(commands);
});

test('docs/console.md has the commands of the console', () => {
  const told = tableOf(pageAt('docs/console.md'), 'command').map(([cell]) => codeIn(cell)[0]);
  expect(told.filter((command) => command !== '@NODE')).toEqual(Object.values(COMMANDS).map(({ usage }) => usage));
});

test('docs/simulator.md has the options of the simulator', () => {
  const told = firstCodes(pageAt('docs/simulator.md'), 'option');
  expect(told).toEqual(optionsIn(SIM_USAGE));
  expect(told.map((option) => option.replace(/^--| .*/g, ''))).toEqual(Object.keys(SIM_OPTIONS));
});
