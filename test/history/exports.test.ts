/** What other programs read of a recording: CSV, a history of operations, and a log with vector clocks. */
import { expect, test } from 'vitest';
import { csvLines } from '../../src/history/exports/csv.ts';
import { jepsenLines } from '../../src/history/exports/jepsen.ts';
import { SHIVIZ_PARSER, shivizLines } from '../../src/history/exports/shiviz.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import type { ClientOperation } from '../../src/trace/operations.ts';

const WRITE: ClientOperation = {
  requestId: '1.1.1', client: '=ada', node: 1, command: { op: 'put', key: 'x', value: 'a,"b"' }, askedAtMs: 1000,
  answeredAtMs: 1002.5, outcome: 'ok', result: { type: 'written', previous: null }, index: 7, term: 2, tookEffect: null,
  parts: {},
};
const LOST: ClientOperation = {
  ...WRITE, requestId: '1.1.2', askedAtMs: 1001, answeredAtMs: 6001, outcome: 'unknown', result: null, index: null,
};

test('CSV quotes what must be quoted, and no cell is a formula', () => {
  const [head, row] = [...csvLines([WRITE])];
  expect(head?.split(',')).toHaveLength(13);
  expect(row).toMatch(/^1\.1\.1,'=ada,n1,"put x ""/);
  expect(row).toMatch(/,1000,1002\.5,2\.5,ok,,7,2,/);
});

test('a history has calls and returns in the order of time, in nanoseconds', () => {
  const steps = [...jepsenLines([WRITE, LOST])].map((line) => JSON.parse(line) as { type: string; time: number });
  expect(steps.map(({ type, time }) => [type, time / 1e6])).toEqual(
    [['invoke', 1000], ['invoke', 1001], ['ok', 1002.5], ['info', 6001]]);
});

test('a vector clock takes over what its message knew', () => {
  const message = { type: 'Heartbeat', term: 1 } as const;
  const events: readonly TraceEvent[] = [
    { type: 'messageSent', messageId: '1.1.1', to: 2, message, bytes: 60, seq: 1, atMs: 1, node: 1 },
    { type: 'nodePaused', seq: 2, atMs: 2, node: 2 },
    { type: 'messageReceived', messageId: '1.1.1', from: 1, message, bytes: 60, seq: 3, atMs: 3, node: 2 },
  ];
  const [head, ...lines] = [...shivizLines(events)];
  expect(head).toBe(`${SHIVIZ_PARSER}\n\n`);
  expect(lines.map((line) => line.split('\n')[0])).toEqual(['n1 {"n1":1}', 'n2 {"n2":1}', 'n2 {"n2":2,"n1":1}']);
});
