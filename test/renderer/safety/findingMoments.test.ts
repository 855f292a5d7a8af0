/** A finding in a simulated lab: what contradicts what, and the moments at which it showed and became wrong. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { momentsOf } from '../../../src/renderer/safety/findingMoments.ts';
import SafetyDialog from '../../../src/renderer/safety/SafetyDialog.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import type { TraceBody } from '../../../src/trace/events.ts';
import type { SafetyViolationView } from '../../../src/trace/view.ts';
import { openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';
import { simulatedAnswer, timeStatus } from '../support/time.ts';

const history = openingEvents();
const seq = history.length;
const commit = (commitIndex: number, previousCommitIndex: number): TraceBody =>
  ({ type: 'commitAdvanced', commitIndex, previousCommitIndex });
const violated: TraceBody & { readonly type: 'safetyViolated' } = {
  type: 'safetyViolated', check: 'State Machine Safety', section: 'Raft §5.4.3',
  statement: 'No two servers apply different entries at the same index.',
  message: 'at index 3 n1 applied put x "two" (term 2), n2 put x "three" (term 3)', nodes: [1, 2], term: 3, index: 3,
  seenAtSeq: seq + 2,
};
const events = [
  traceEvent(seq + 1, commit(3, 2), 1), traceEvent(seq + 2, commit(3, 2), 2), traceEvent(seq + 3, violated),
];
const tape = events.map((event, position) => ({ step: 100 * (position + 1), event }));

let wrapper: ReturnType<typeof mountWindow> | null = null;
const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);

beforeEach(() => { stubFrames(); });
afterEach(() => {
  wrapper?.unmount();
  wrapper = null;
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

const found: SafetyViolationView = { ...violated, nodes: [1, 2], term: 3, index: 3, atMs: 14_000 };

it('finds the commit that is contradicted, or the first leader of a term', () => {
  expect(momentsOf(found, tape)).toMatchObject({ shownStep: 300, origin: { step: 100 } });
  const elected = (node: number) => traceEvent(10 + node, {
    type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 4, leader: node, votes: [node], voterCount: 3,
    reason: 'a majority voted for it',
  }, node);
  const twoLeaders = [1, 3].map((node) => ({ step: node, event: elected(node) }));
  const election = { ...found, check: 'Election Safety', term: 4, index: null, seenAtSeq: 13 };
  expect(momentsOf(election, twoLeaders)).toMatchObject({ shownStep: 3, origin: { step: 1 } });
});

it('has no earlier moment where the event that showed it is the whole of it', () => {
  expect(momentsOf({ ...found, index: null, term: null }, tape)).toEqual({ shownStep: 300, origin: null });
  expect(momentsOf(found, [])).toEqual({ shownStep: null, origin: null });
});

it('shows the logs that contradict each other, and leads to both moments', async () => {
  const bridge = new ManualBridge()
    .answer('lab:attach', () => simulatedAnswer([...history, ...events]))
    .answer('time:tape', () => tape)
    .answer('time:seek', () => timeStatus());
  wrapper = mountWindow(SafetyDialog, bridge, { open: true });
  await useClusterStore().start();
  await settle();
  const rows = [...find('evidence')?.querySelectorAll('tbody tr') ?? []]
    .map((row) => row.textContent.replaceAll(/\s+/g, ''));
  expect(rows).toEqual(['n1122···', 'n2122···']);
  find('go-origin')?.click();
  find('go-shown')?.click();
  await settle();
  expect(bridge.called('time:seek')).toEqual([{ step: 100 }, { step: 300 }]);
});
