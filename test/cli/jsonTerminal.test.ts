/** The lab for a script: a line that is too long, and answers that nobody takes. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { COMMAND_LINE_CHARACTERS_MAX } from '../../src/cli/terminal/boundedLines.ts';
import { JsonTerminal } from '../../src/cli/terminal/jsonTerminal.ts';
import type { LabConsole } from '../../src/cli/terminal/labConsole.ts';

function terminal(answer = 'done') {
  const input = new PassThrough();
  const output = new PassThrough();
  const asked: string[] = [];
  const console: Pick<LabConsole, 'run'> = {
    run: (line) => {
      asked.push(line);
      return Promise.resolve({ type: 'answer', tone: 'ok', text: answer, detail: '' });
    },
  };
  return { input, output, asked, terminal: new JsonTerminal(input, output, console as LabConsole) };
}

test('a line that is too long is answered with an error, and nothing more is read', async () => {
  const { input, output, asked, terminal: json } = terminal();
  const ended = json.run();
  const mebibyte = 'x'.repeat(1024 * 1024);
  input.write('status\n');
  for (let sent = 0; sent <= COMMAND_LINE_CHARACTERS_MAX; sent += mebibyte.length) {
    input.write(mebibyte);
  }
  expect(await ended).toBe(1);
  expect(asked).toEqual(['status']);
  expect(String(output.read())).toContain('a line is longer than');
});

test('who does not take the answers is answered no more, until they are taken', async () => {
  const { input, output, asked, terminal: json } = terminal('x'.repeat(100_000));
  const ended = json.run();
  input.write('status\n'.repeat(10));
  await expect.poll(() => asked.length, { timeout: 90_000 }).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  expect(asked).toHaveLength(1);
  output.resume();
  input.end();
  expect(await ended).toBe(0);
  expect(asked).toHaveLength(10);
});
