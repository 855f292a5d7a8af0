/** A recording without a window: one command a line, and an exit code that is the verdict. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { runRecording } from '../../src/cli/terminal/recordingTerminal.ts';
import { temporaryFolder, workerUrls } from './support.ts';

const WRITER = fileURLToPath(new URL('../../examples/recording/write_recording.py', import.meta.url));

function written(): string {
  const path = join(temporaryFolder(), 'told.raftlab');
  execFileSync('python3', [WRITER, path]);
  return path;
}

interface Run { readonly code: number; readonly said: string }

async function run(path: string, ...lines: readonly string[]): Promise<Run> {
  const output = new PassThrough();
  const input = Readable.from([lines.map((line) => `${line}\n`).join('')]);
  const code = await runRecording(path, workerUrls.recording, { input, output });
  output.end();
  return { code, said: await text(output) };
}

test('moments, events and operations are read, and what makes no sense is said', async () => {
  const { code, said } = await run(written(), 'events 2', 'operations', 'at 5', 'status', 'at nowhere', 'jump', 'quit');
  expect(said).toContain('Told by Python: events 1 to 21');
  expect(said).toContain('applied put x 1');
  expect(said).toContain('ada asked n1 for “put x "1"” and got the value before: no value (index 1)');
  expect(said).toMatch(/after event 5, at /);
  expect(said).toContain('at takes the number of an event, or a time such as 12.5s or 300ms');
  expect(said).toContain('there is no command jump: help lists them');
  expect(code).toBe(1);
});

test('the exit code is the verdict', async () => {
  const path = written();
  expect(await run(path, 'check')).toMatchObject({ code: 0, said: expect.stringContaining('proved: ') as string });
  const lines = gunzipSync(readFileSync(path)).toString('utf8');
  // A read that was asked long after the write had been answered, and does not see it.
  const [, told = ''] = /(\{"o".*)\n/.exec(lines) ?? [];
  const write = (JSON.parse(told) as { readonly o: { readonly askedAtMs: number } }).o;
  const askedAtMs = write.askedAtMs + 5000;
  const read = {
    ...write, requestId: '1.1.2', command: { op: 'get', key: 'x' }, read: 'read-index', askedAtMs,
    answeredAtMs: askedAtMs + 1, result: { type: 'value', value: null }, index: 2,
  };
  const old = { ...write, requestId: '1.1.3', result: { type: 'written', previous: '0' } };
  writeFileSync(path, gzipSync(`${lines.replace(told, JSON.stringify({ o: old }))}${JSON.stringify({ o: read })}\n`));
  const { code, said } = await run(path, 'check');
  expect(said).toContain('violated: ');
  expect(code).toBe(1);
});
