// The lab without a window, on Windows: every command once, and the same lab opened again.
import { expect, test } from 'vitest';
import { COMMAND_WORDS, isTimeWord } from '../../src/contract/consoleCommands.ts';
import type { CommandWord } from '../../src/contract/consoleCommands.ts';
import { windowsPath } from './support/windows.ts';
import { runLab, windowsFolder } from './support/windowsProgram.ts';

/** Every command for a live lab, in an order in which each has something to do; n5 and n6 are added on the way. */
const SCRIPT = [
  'help', 'help cas', 'use leader', 'put colour "deep sea"', 'get colour', 'get colour stale', 'get colour log',
  'cas colour "deep sea" red', 'incr visits', 'incr visits 4', 'put gone 1', 'delete gone', 'list', 'sessions leader',
  'lease on', 'get colour lease', 'lease off', 'door on', 'door redirect', 'status', 'door off', 'door forward',
  'crash leader', '@leader incr visits', 'restart all', 'pause n1', 'resume n1', 'compact leader',
  'partition n1 | n2 n3', 'heal', 'cut n1 > n2', 'join n1 > n2', 'loss n1 n2 10', 'delay n1 n2 1 1', 'reset',
  'add learner', 'promote n4', 'demote n4', 'remove n4',
  // Whoever led before, n2 does not lead now, and answers.
  'crash n2', 'sessions leader', 'restart n2', '@n2 get colour', 'transfer n2',
  'hold n2 > n3 AppendEntries', '@n2 put colour red', 'messages', 'double m1', 'lose m1', 'deliver all', 'release',
  'replace n1', 'forget-leader n5',
  'variant', 'variant raftlab', 'without readIndexNeedsRound', 'with readIndexNeedsRound',
  'crash n3', 'wipe n3', 'pace class', 'pace fast', 'status', 'clear', '# the end', '', 'quit',
] as const;

test('each command works, and the next run finds the data', async () => {
  const folder = windowsPath(windowsFolder());
  const lab = ['--data', folder, '--create', 'Windows', '--nodes', '3', '--pace', 'fast'];
  const used = new Set(SCRIPT.map((line) => line.replace(/^@\w+ /, '').split(' ')[0]));
  // A lab that continues in the simulator is another one: test/lab/simulating.test.ts.
  const isOfAnotherLab = (word: CommandWord): boolean => isTimeWord(word) || word === 'simulate';
  const unused = COMMAND_WORDS.filter((command) => !used.has(command) && !isOfAnotherLab(command));
  expect(unused, 'commands without a line').toEqual([]);

  // As an editor on Windows ends its lines.
  const first = await runLab(lab, { input: SCRIPT.map((line) => `${line}\r\n`).join('') });
  expect(first.output).not.toMatch(/^ {2}! /m);
  expect([first.errors, first.code]).toEqual(['', 0]);
  expect(first.output).toMatch(/❯ put colour "deep sea"\n {2}ok {2}index \d+ · term \d+ · n\d/);

  const second = await runLab(lab, { input: 'use leader\nget visits\nlist\n' });
  expect([second.errors, second.code]).toEqual(['', 0]);
  expect(second.output).toMatch(/ {2}colour "red"\n {2}visits "6"/);
});
