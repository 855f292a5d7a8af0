/** The lab for a script: a line that is too long, and answers that nobody takes. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { COMMAND_LINE_CHARACTERS_MAX } from '../../src/cli/terminal/boundedLines.ts';
import { JsonTerminal } from '../../src/cli/terminal/jsonTerminal.ts';
import type { LabConsole } from '../../src/cli/terminal/labConsole.ts';
import type { LabView } from '../../src/cli/terminal/labView.ts';
import type { TraceEvent } from '../../src/trace/events.ts';

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

test('events that nobody takes wait within bounds; how many were left out is told once they are taken', async () => {
  const output = new PassThrough();
  let tell: (events: readonly TraceEvent[]) => void = () => undefined;
  const labView: Pick<LabView, 'onEvents'> = {
    onEvents: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  const json = new JsonTerminal(new PassThrough(), output, {} as unknown as LabConsole, labView as unknown as LabView);
  const healed: TraceEvent = { type: 'healed', node: 1, seq: 1, atMs: 0 };
  const count = 100_000;
  for (let at = 0; at < count; at += 1) tell([healed]);
  expect(output.writableLength + output.readableLength).toBeLessThan(2 * 1024 * 1024);
  let told = '';
  output.on('data', (chunk: Buffer) => {
    told += String(chunk);
  });
  await expect.poll(() => output.writableLength, { timeout: 90_000 }).toBe(0);
  tell([healed]);
  await expect.poll(() => told, { timeout: 90_000 }).toContain('eventsLeftOut');
  const objects = told.trim().split('\n').map((line) => JSON.parse(line) as { type: string; count?: number });
  const events = objects.filter(({ type }) => type === 'event').length;
  const leftOut = objects.find(({ type }) => type === 'eventsLeftOut')?.count ?? 0;
  expect(events + leftOut).toBe(count + 1);
  json.close();
});
