/** The fields that docs/lan.md gives to scripts are those that --json prints. The types keep the samples complete. */
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { JsonTerminal } from '../../src/cli/terminal/jsonTerminal.ts';
import type { LabConsole } from '../../src/cli/terminal/labConsole.ts';
import type { LabView } from '../../src/cli/terminal/labView.ts';
import { statusOf } from '../../src/cli/terminal/status.ts';
import type { LanStatus, MachineStatus, WrongCodeStatus } from '../../src/contract/lan.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import { started, Trace } from '../trace/events.ts';
import { codeIn, pageAt, sectionOf, tableOf } from './page.ts';

const page = sectionOf(pageAt('docs/lan.md'), '### For scripts');
const TONES = ['ok', 'note', 'unknown', 'error'] as const;

/** What a table tells of the row with this word. */
function told(firstHead: string, word: string, column: number): readonly string[] {
  const row = tableOf(page, firstHead).find(([cell]) => cell === word);
  return codeIn(row?.[column]?.replace(/\(`[^`]*`\)/g, '')); // `mode` (`host`): its value is no field
}

const machine: MachineStatus = {
  machineId: 'm', name: 'desk 7', role: 'member', address: '10.0.0.7', isConnected: true, roundTripMs: 1, nodes: [],
  permits: true, lastAction: null, lastActionAtMs: null, eventsLeftOut: 0,
};
const wrongCode: WrongCodeStatus = { address: '10.0.0.9', tries: 1, atMs: 0 };
const STATUS: { readonly [Mode in LanStatus['mode']]: LanStatus & { readonly mode: Mode } } = {
  host: {
    mode: 'host', address: '10.0.0.1', port: 1, code: '', doorPassword: '', joiningIsOpen: true, machines: [machine],
    wrongCodes: [wrongCode],
  },
  joined: {
    mode: 'joined', hostName: 'teacher', address: '10.0.0.1', port: 1, role: 'member', machineId: 'm', permits: true,
    isConnected: true, needsCode: false, doorPassword: '', clockOffsetMs: 0, problem: null, machines: [machine],
  },
  local: { mode: 'local', machineName: 'desk 7', permits: null },
};

test.each([
  ['`lan` at the host', STATUS.host], ['`lan` in a joined lab', STATUS.joined], ['`lan` elsewhere', STATUS.local],
  ['each of `machines`', machine], ['each of `wrongCodes`', wrongCode],
])('%s', (what, sample) => {
  expect(told('of', what, 1)).toEqual(Object.keys(sample));
});

test('status, and each of its nodes', () => {
  const trace = new Trace();
  trace.add(1, started(1));
  const status = statusOf(trace.view);
  expect(told('of', '`status`', 1)).toEqual(Object.keys(status));
  expect(told('of', 'each of its `nodes`', 1)).toEqual(Object.keys(status.nodes[0] ?? {}));
});

/** The objects that a lab prints: of its start, of an answer of each tone, and of an event. */
async function printed(): Promise<readonly Record<string, unknown>[]> {
  const input = new PassThrough();
  const output = new PassThrough();
  const trace = new Trace();
  let tell: (events: readonly TraceEvent[]) => void = () => undefined;
  const labView: Pick<LabView, 'onEvents' | 'view'> = {
    view: trace.view,
    onEvents: (listener) => {
      tell = listener;
      return () => undefined;
    },
  };
  const tones = [...TONES];
  const labConsole: Pick<LabConsole, 'run'> = {
    run: () => Promise.resolve({ type: 'answer', tone: tones.shift() ?? 'ok', text: '', detail: '' }),
  };
  const json = new JsonTerminal(input, output, labConsole as LabConsole, labView as LabView);
  tell([{ type: 'nodePaused', node: 1, seq: 1, atMs: 0 }]);
  input.end('status\n'.repeat(TONES.length));
  await json.run();
  return String(output.read()).trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('answers and events', async () => {
  const objects = await printed();
  for (const { type, ...fields } of objects.filter((object) => object['type'] !== 'ready')) {
    expect(told('`type`', `\`${String(type)}\``, 2)).toEqual(
      type === 'event' ? [...Object.keys(fields), 'node'] : Object.keys(fields),
    );
  }
  expect(objects.map(({ type }) => type)).toContain('event');
  const [, tones = ''] = /^`tone` is (.*?);/ms.exec(page) ?? [];
  expect(codeIn(tones)).toEqual(objects.filter(({ type }) => type === 'answer').map(({ tone }) => tone));
});
