/** A recording without a window: one command a line, and an exit code that is the verdict. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { runRecording } from '../../src/cli/terminal/recordingTerminal.ts';
import { headerLine, lineText } from '../../src/history/recordingFile.ts';
import type { RecordingLine } from '../../src/history/recordingFile.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import type { ClientOperation } from '../../src/trace/operations.ts';
import { temporaryFolder, workerUrls } from './support.ts';

const OPENED: TraceEvent = {
  type: 'labOpened', labId: 'l', name: 'Told', pace: 'fast', nodes: ['n1'], seq: 1, atMs: 1000, node: 0,
};
const APPLIED: TraceEvent = { type: 'applied', index: 1, term: 1, text: 'put x 1', seq: 2, atMs: 1250, node: 1 };
const WRITE: ClientOperation = {
  requestId: '1.1.1', client: 'ada', node: 1, command: { op: 'put', key: 'x', value: '1' }, askedAtMs: 1200,
  answeredAtMs: 1250, outcome: 'ok', result: { type: 'written', previous: null }, index: 1, term: 1, tookEffect: null,
  parts: {},
};
/** It was asked long after the write had been answered, and does not see it. */
const STALE: ClientOperation = {
  ...WRITE, requestId: '1.1.2', command: { op: 'get', key: 'x' }, read: 'read-index', askedAtMs: 6000,
  answeredAtMs: 6001, result: { type: 'value', value: 'old' }, index: 2,
};

function written(...lines: readonly RecordingLine[]): string {
  const path = join(temporaryFolder(), 'told.raftlab');
  const texts = [headerLine('Told', '2026-01-01T00:00:00Z'), ...lines.map((line) => lineText(line, true))];
  writeFileSync(path, gzipSync(texts.map((line) => `${line}\n`).join('')));
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
  const path = written({ e: OPENED }, { e: APPLIED }, { o: WRITE });
  const { code, said } = await run(path, 'events 2', 'operations', 'at 1', 'status', 'at nowhere', 'jump', 'quit');
  expect(said).toContain('Told: events 1 to 2 in 0.250 s, operations: 1');
  expect(said).toContain('applied put x 1');
  expect(said).toContain('ada asked n1 for “put x "1"” and got the value before: no value (index 1)');
  expect(said).toMatch(/after event 1, at /);
  expect(said).toContain('at takes the number of an event, or a time such as 12.5s or 300ms');
  expect(said).toContain('there is no command jump: help lists them');
  expect(code).toBe(1);
});

test('the exit code is the verdict', async () => {
  const proved = await run(written({ e: OPENED }, { e: APPLIED }, { o: WRITE }), 'check');
  expect(proved.said).toContain('proved: ');
  expect(proved.code).toBe(0);
  const old: ClientOperation = { ...WRITE, result: { type: 'written', previous: 'old' } };
  const violated = await run(written({ e: OPENED }, { e: APPLIED }, { o: old }, { o: STALE }), 'check');
  expect(violated.said).toContain('violated: ');
  expect(violated.code).toBe(1);
});
