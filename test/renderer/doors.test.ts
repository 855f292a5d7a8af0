/** Doors for other people's programs: opened by a switch, shown with what to type, refused where there are none. */
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, expect, it } from 'vitest';
import App from '../../src/renderer/App.vue';
import { ALIKE_MAX, sessionRows } from '../../src/renderer/inspector/sessionRows.ts';
import type { DoorSettings } from '../../src/trace/door.ts';
import type { TraceBody } from '../../src/trace/events.ts';
import { LAN_CODE, LAN_DOOR_PASSWORD } from './lan/scriptedLan.ts';
import { attachAnswer, diskPage, openingEvents } from './support/cluster.ts';
import { ManualBridge, traceEvent } from './support/manualBridge.ts';
import { mountWindow, settle } from './support/mountWindow.ts';

let wrapper: VueWrapper;
let bridge: ManualBridge;

const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
const textOf = (testId: string): string => find(testId)?.textContent.replaceAll(/\s+/g, ' ').trim() ?? '';

async function click(testId: string): Promise<void> {
  find(testId)?.click();
  await settle();
}

async function open(...more: readonly (readonly [TraceBody, number])[]): Promise<void> {
  const events = openingEvents();
  const added = more.map(([body, node], at) => traceEvent(events.length + at + 1, body, node));
  bridge = new ManualBridge()
    .answer('settings:get', () => ({ theme: 'light', scale: 1, introductionSeen: true }))
    .answer('node:kv', () => ({ lastApplied: 2, keyCount: 0, entries: [], truncated: false }))
    .answer('node:disk', ({ node }) => diskPage(node))
    .answer('lab:setDoor', () => null)
    .answer('lab:attach', () => attachAnswer([...events, ...added]));
  wrapper = mountWindow(App, bridge);
  await settle();
}

async function openDialog(): Promise<void> {
  window.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true }));
  await settle();
  await click('show-doors');
}

const changed = (door: Partial<DoorSettings>): readonly [TraceBody, number] =>
  [{ type: 'doorChanged', door: { isOpen: true, redirects: false, onLan: false, ...door } }, 0];
const opened = (node: number, address: string): readonly [TraceBody, number] =>
  [{ type: 'doorOpened', address, port: 7000 + node }, node];

afterEach(() => {
  wrapper.unmount();
  document.body.replaceChildren();
});

it('closed doors leave no mark; the network’s dialog leads to the switch that opens them', async () => {
  await open();
  expect(find('door-chip')).toBeNull();
  await openDialog();
  expect(find('door-n1')).toBeNull();
  await click('doors-open');
  expect(bridge.called('lab:setDoor')).toEqual([{ door: { isOpen: true, redirects: false, onLan: false } }]);
  expect(find('doors-open')).toMatchObject({ checked: false });
});

it('open ones are marked, and each node says what to type, or that its door is closed', async () => {
  await open(changed({ redirects: true }), opened(1, '127.0.0.1'), opened(2, '192.168.1.7'));
  expect(textOf('door-chip')).toContain('2 doors open');
  await click('door-chip');
  expect(['n1', 'n2', 'n3'].map((name) => textOf(`door-${name}`)))
    .toEqual(['redis-cli -p 7001', 'redis-cli -h 192.168.1.7 -p 7002 --askpass', 'closed']);
  expect(find('door-password')).toBeNull();
  await click('doors-redirects');
  await click('doors-lan');
  expect(bridge.called('lab:setDoor')).toEqual([
    { door: { isOpen: true, redirects: false, onLan: false } },
    { door: { isOpen: true, redirects: true, onLan: true } },
  ]);
});

it('the password for other machines is shown as soon as the lab is open to them', async () => {
  await open(changed({ onLan: true }), opened(1, '192.168.1.7'));
  bridge.answer('lan:status', () => ({
    mode: 'host', address: '192.168.1.7', port: 47_317, code: LAN_CODE, doorPassword: LAN_DOOR_PASSWORD,
    joiningIsOpen: true, machines: [], wrongCodes: [],
  }));
  await click('door-chip');
  await settle();
  expect(textOf('door-password')).toContain(LAN_DOOR_PASSWORD);
});

it('many connections of one program are one row, until somebody wants to see each', () => {
  const row = (client: string, lastUsedIndex: number) =>
    ({ client, session: lastUsedIndex, lastSequence: 1, lastUsedIndex, keptResults: 1 });
  const few = Array.from({ length: ALIKE_MAX }, (_, at) => row(`resp-n1-${at}`, at));
  const console1 = row('n1', 99);
  const many = [console1, ...few, row('resp-n1-64', 64), row('n2', 1)];
  expect(sessionRows([console1, ...few], new Set()).every(({ type }) => type === 'client')).toBe(true);
  const group = {
    type: 'group', name: 'resp-n1-', count: ALIKE_MAX + 1, isUnfolded: false, lastUsedIndex: 64,
    keptResults: ALIKE_MAX + 1,
  };
  expect(sessionRows(many, new Set())).toEqual([
    { type: 'client', row: console1 }, group, { type: 'client', row: row('n2', 1) },
  ]);
  expect(sessionRows(many, new Set(['resp-n1-']))).toHaveLength(3 + ALIKE_MAX + 1);
});
