/** Which Raft a lab runs: chosen in the form for a new lab, shown in the header, changed in a dialog. */
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, expect, it } from 'vitest';
import App from '../../../src/renderer/App.vue';
import NewLabForm from '../../../src/renderer/shell/NewLabForm.vue';
import { PAPER_VARIANT, RAFTLAB_VARIANT, variantOf } from '../../../src/trace/variant.ts';
import type { RaftVariant } from '../../../src/trace/variant.ts';
import { attachAnswer, diskPage, openingEvents } from '../support/cluster.ts';
import { ManualBridge } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

let wrapper: VueWrapper;
let bridge: ManualBridge;

const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);
const textOf = (testId: string): string => find(testId)?.textContent.replaceAll(/\s+/g, ' ').trim() ?? '';

async function click(testId: string): Promise<void> {
  find(testId)?.click();
  await settle();
}

async function open(variant: RaftVariant): Promise<void> {
  const events = openingEvents().map((event) => (event.type === 'labOpened' ? { ...event, variant } : event));
  bridge = new ManualBridge()
    .answer('settings:get', () => ({ theme: 'light', scale: 1, introductionSeen: true }))
    .answer('node:kv', () => ({ lastApplied: 2, keyCount: 0, entries: [], truncated: false }))
    .answer('node:disk', ({ node }) => diskPage(node))
    .answer('lab:setVariant', () => null)
    .answer('lab:attach', () => attachAnswer(events));
  wrapper = mountWindow(App, bridge);
  await settle();
}

afterEach(() => {
  wrapper.unmount();
  document.body.replaceChildren();
});

it('a new lab runs what is chosen: Raftlab’s, as in the paper, and without rules', async () => {
  bridge = new ManualBridge();
  wrapper = mountWindow(NewLabForm, bridge);
  await settle();
  const name = find('new-lab-name');
  if (!(name instanceof HTMLInputElement)) throw new Error('no name is asked for');
  name.value = 'Figure 8';
  name.dispatchEvent(new Event('input'));
  await click('variant-paper');
  expect(textOf('variant-choice')).toContain('Only what Figure 2 has');
  expect(find('variant-unsafe')).toBeNull();
  await click('variant-rules');
  expect(textOf('variant-choice')).toContain('Without it, leaders commit entries of earlier terms');
  await click('without-commitOnlyCurrentTerm');
  expect(find('without-commitOnlyCurrentTerm')).toMatchObject({ checked: true });
  expect(textOf('variant-unsafe')).toContain('Not safe');
  await click('create-lab');
  expect(bridge.called('lab:create')).toMatchObject([{ variant: variantOf('paper', ['commitOnlyCurrentTerm']) }]);
});

it('the header says nothing of Raftlab’s Raft, and names any other', async () => {
  await open(RAFTLAB_VARIANT);
  expect(find('variant-chip')).toBeNull();
  wrapper.unmount();
  document.body.replaceChildren();
  await open(PAPER_VARIANT);
  expect(textOf('variant-chip')).toBe('as in the paper');
  expect(find('unsafe-strip')).toBeNull();
});

it('the dialog explains each switch, changes those that can change, and says why sessions cannot', async () => {
  await open(PAPER_VARIANT);
  await click('variant-chip');
  expect(textOf('variant')).toContain('A new leader appends nothing');
  await click('switch-noOp');
  await click('without-majorityQuorum');
  expect(bridge.called('lab:setVariant')).toEqual([
    { variant: { ...PAPER_VARIANT, noOp: true } }, { variant: variantOf('paper', ['majorityQuorum']) },
  ]);
  expect(find('switch-noOp'), 'until the nodes run it').toMatchObject({ checked: false });
  expect(find('switch-sessions')).toMatchObject({ disabled: true });
  expect(find('switch-sessions')?.closest('label')?.title).toContain('make a new lab');
});

it('an unsafe lab is marked in the header, at each node and at the tape', async () => {
  await open(variantOf('raftlab', ['majorityQuorum']));
  expect(textOf('variant-chip')).toBe('unsafe');
  expect(textOf('unsafe-strip')).toContain('half of the servers decide');
  expect(textOf('tape-unsafe')).toBe('unsafe');
  const nodes = [...document.querySelectorAll('.ring-node')];
  expect(nodes.length).toBeGreaterThan(0);
  expect(nodes.every((node) => node.querySelector('.unsafe') !== null)).toBe(true);
});
