/** The labs dialog: damaged labs, many of them, renaming and copying. */
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { defineComponent, h } from 'vue';
import type { LabSummary, ListedLab } from '../../../src/contract/answers.ts';
import { DEFAULT_SIMULATION } from '../../../src/contract/time.ts';
import { useLanStore } from '../../../src/renderer/lan/lanStore.ts';
import ConfirmDialog from '../../../src/renderer/shell/ConfirmDialog.vue';
import LabsDialog from '../../../src/renderer/shell/LabsDialog.vue';
import { useWindowStore } from '../../../src/renderer/stores/window.ts';
import { RAFTLAB_VARIANT } from '../../../src/trace/variant.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

const AT_MS = 1_700_000_000_000;
const lab = (number: number, isOpen = false): LabSummary => ({
  labId: `lab-${number}`, name: `Lab ${number}`, nodeCount: 5, pace: 'class', variant: RAFTLAB_VARIANT,
  createdAtMs: AT_MS, openedAtMs: AT_MS + number, isOpen,
});
const damaged = (labId: string, name: string | null): ListedLab => ({
  labId, name, isOpen: false, problem: 'the lab\'s file lab.json is damaged: put a good copy in its place',
});

let bridge: ManualBridge;
let wrapper: VueWrapper;

const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
const buttonsOf = (testId: string): string[] =>
  [...find(testId)?.querySelectorAll('button') ?? []].map((button) => button.textContent.trim());

async function opened(...labs: readonly ListedLab[]): Promise<void> {
  bridge.answer('lab:list', () => labs);
  const frame = defineComponent(() => () => [h(LabsDialog, { open: true, creating: false }), h(ConfirmDialog)]);
  wrapper = mountWindow(frame, bridge);
  await settle();
}

/** Chooses from a lab's menu. */
async function choose(labId: string, action: string): Promise<void> {
  find(labId)?.querySelector('[data-testid=lab-menu]')
    ?.dispatchEvent(new PointerEvent('pointerdown', { button: 0, bubbles: true }));
  find(labId)?.querySelector<HTMLElement>('[data-testid=lab-menu]')?.click();
  await settle();
  find(`action-${action}`)?.click();
  await settle();
}

async function takeName(name: string): Promise<void> {
  const field = find('lab-new-name');
  if (!(field instanceof HTMLInputElement)) throw new Error('no name is asked for');
  field.value = name;
  field.dispatchEvent(new Event('input'));
  await settle();
  field.form?.dispatchEvent(new Event('submit', { cancelable: true }));
  await settle();
}

beforeEach(() => {
  stubFrames();
  bridge = new ManualBridge();
});
afterEach(() => {
  wrapper.unmount();
  document.body.replaceChildren();
});

it('says of a damaged lab what is known of it, and offers only to delete it', async () => {
  await opened(lab(1), damaged('0b0a7c3e-1111', 'Room 12'), damaged('5f1d2a90-2222', null));
  const text = find('lab-0b0a7c3e-1111')?.textContent ?? '';
  expect(text).toContain('Room 12');
  expect(text).toContain('lab.json is damaged');
  expect(text).not.toMatch(/nodes|1970/);
  expect(buttonsOf('lab-0b0a7c3e-1111')).toEqual(['Delete…']);
  expect(find('lab-5f1d2a90-2222')?.textContent).toContain('Unreadable lab 5f1d2a90');
  find('lab-5f1d2a90-2222')?.querySelector('button')?.click();
  await settle();
  expect(find('confirm')?.textContent).toContain('Delete “Unreadable lab 5f1d2a90”?');
  expect(find('confirm')?.textContent).toContain('Everything in its folder');
  find('confirm-ok')?.click();
  await settle();
  expect(bridge.called('lab:delete')).toEqual([{ labId: '5f1d2a90-2222' }]);
});

it('finds one of thirty labs by its name, and a new one stays in reach', async () => {
  await opened(...Array.from({ length: 30 }, (_, at) => lab(at + 1)), damaged('bad', 'Lab of Tuesday'));
  const search = find('labs-search');
  if (!(search instanceof HTMLInputElement)) throw new Error('there is no search field');
  expect(document.activeElement).toBe(search);
  search.value = 'lab 17';
  search.dispatchEvent(new Event('input'));
  await settle();
  expect([...document.querySelectorAll('li')].map((row) => row.dataset['testid'])).toEqual(['lab-lab-17']);
  search.value = 'tuesday';
  search.dispatchEvent(new Event('input'));
  await settle();
  expect([...document.querySelectorAll('li')].map((row) => row.dataset['testid'])).toEqual(['lab-bad']);
  search.value = 'none such';
  search.dispatchEvent(new Event('input'));
  await settle();
  expect(find('labs-none')?.textContent).toContain('none such');
  // It stands outside of what scrolls.
  expect(find('new-lab')?.closest('.overflow-y-auto')?.querySelector('ul')).toBeNull();
});

it('has no search where all labs are seen at once', async () => {
  await opened(lab(1, true), lab(2));
  expect(find('labs-search')).toBeNull();
});

it('renames a lab', async () => {
  await opened(lab(1, true), lab(2));
  await choose('lab-lab-1', 'rename');
  await takeName('  Tuesday ');
  expect(bridge.called('lab:rename')).toEqual([{ labId: 'lab-1', name: 'Tuesday' }]);
  expect(find('lab-new-name')).toBeNull();
  expect(bridge.called('lab:list')).toHaveLength(2);
});

it('copies a lab, and says that the nodes of the open one stop for it', async () => {
  await opened(lab(1, true), lab(2));
  await choose('lab-lab-2', 'copy');
  expect(find('copy-note')).toBeNull();
  await takeName('Second');
  await choose('lab-lab-1', 'copy');
  expect(find('copy-note')?.textContent).toContain('stop while it is copied');
  expect((find('lab-new-name') as HTMLInputElement).value).toBe('Copy of Lab 1');
  await takeName('First');
  expect(bridge.called('lab:copy')).toEqual([{ labId: 'lab-2', name: 'Second' }, { labId: 'lab-1', name: 'First' }]);
});

it('keeps the name in the field when it was not taken', async () => {
  bridge.answer('lab:copy', () => ({ code: 'disk-full', message: 'the disk is full' }));
  await opened(lab(1));
  await choose('lab-lab-1', 'copy');
  await takeName('Second');
  expect((find('lab-new-name') as HTMLInputElement).value).toBe('Second');
});

it('neither renames nor copies the lab that is open to the network', async () => {
  await opened(lab(1, true));
  Object.assign(useLanStore(), { status: { mode: 'host', machines: [] } });
  await choose('lab-lab-1', 'rename');
  expect(find('action-rename')?.textContent).toContain('open to the network');
  expect(find('lab-new-name')).toBeNull();
  expect(useWindowStore().confirmation).toBeNull();
});

it('says of a simulated lab that it is one, and from which seed', async () => {
  const simulation = { seed: 68, ...DEFAULT_SIMULATION };
  await opened({ ...lab(1), simulation }, lab(2));
  expect(find('lab-lab-1')?.textContent).toContain('Simulated, seed 68 · 5 nodes');
  expect(find('lab-lab-2')?.textContent).not.toContain('Simulated');
});

it('makes a simulated lab of what was chosen, and none of what does not fit together', async () => {
  await opened();
  const type = async (testId: string, value: string): Promise<void> => {
    const field = find(testId);
    if (!(field instanceof HTMLInputElement)) throw new Error(`no field ${testId}`);
    field.value = value;
    field.dispatchEvent(new Event('input'));
    await settle();
  };
  const submit = async (): Promise<void> => {
    find('new-lab-form')?.dispatchEvent(new Event('submit', { cancelable: true }));
    await settle();
  };
  await type('new-lab-name', 'Figure 8');
  find('kind-simulated')?.click();
  await settle();
  await type('new-lab-seed', '68');
  await type('delay-min', '9');
  expect(find('simulation-problem')?.textContent).toContain('Check the delay: the shortest time is longer');
  await submit();
  expect(bridge.called('lab:create')).toEqual([]);
  await type('delay-max', '20');
  await type('lossPercent', '2.5');
  await submit();
  const { network, disk } = DEFAULT_SIMULATION;
  expect(bridge.called('lab:create')).toEqual([{
    name: 'Figure 8', nodeCount: 5, pace: 'class', variant: RAFTLAB_VARIANT,
    simulation: { seed: 68, network: { ...network, delayMs: { min: 9, max: 20 }, lossPercent: 2.5 }, disk },
  }]);
});
