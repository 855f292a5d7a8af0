import { expect, test } from 'vitest';
import { CommandError, excerpt, run } from '../../../scripts/setup/command.mjs';

const node = (script: string) => run(process.execPath, ['-e', script]);

test('gives what the program printed on standard output', async () => {
  expect(await node('console.log("out"); console.error("err")')).toBe('out\n');
});

test('a failure tells the exit code and what was printed', async () => {
  const failure = await node('console.error("the cause"); process.exit(3)').catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(String(failure)).toMatch(/exit code 3\nthe cause$/);
});

test('a program that does not exist is an error, not a crash', async () => {
  await expect(run('raftlab-has-no-such-program', [])).rejects.toThrow('ENOENT');
});

test('of a long output the start and the end are shown', () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index + 1}`);
  const shown = excerpt(`${lines.join('\n')}\n`).split('\n');
  expect(shown[0]).toBe('line 1');
  expect(shown.at(-1)).toBe('line 100');
  expect(shown).toHaveLength(29);
  expect(excerpt('short\n')).toBe('short');
});
