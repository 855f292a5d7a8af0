/** The explanation of an event in the window: where it is asked for, what it shows, and where its links lead. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useHistoryStore } from '../../../src/renderer/stores/history.ts';
import { useWindowStore } from '../../../src/renderer/stores/window.ts';
import WhyPanel from '../../../src/renderer/why/WhyPanel.vue';
import { useWhyStore } from '../../../src/renderer/why/whyStore.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { attachAnswer, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';
import { recordingBridge } from '../support/recording.ts';

const opening = openingEvents(3);
const next = opening.length + 1;
const heartbeat = { type: 'Heartbeat', term: 1, leaderCommit: 0 } as const;
/** n1 led; n2 heard from it, and then it crashed. */
const lab: readonly TraceEvent[] = [
  ...opening,
  traceEvent(next, { type: 'messageReceived', messageId: '1.1.9', from: 1, message: heartbeat, bytes: 40 }, 2),
  traceEvent(next + 1, { type: 'nodeCrashed' }, 1),
];
const asks: TraceEvent = {
  ...traceEvent(next + 2, {
    type: 'roleChanged', role: 'pre-candidate', previousRole: 'follower', term: 1, leader: 0, votes: [], voterCount: 3,
    reason: 'election timeout',
  }, 2),
  turn: 7, cause: { by: 'timer' },
};

let bridge: ManualBridge;
let wrapper: ReturnType<typeof mountWindow>;

async function open(made: ManualBridge): Promise<void> {
  bridge = made;
  wrapper = mountWindow(WhyPanel, bridge);
  await useClusterStore().start();
  useHistoryStore().start();
  await settle();
  await useWhyStore().ask(asks);
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  stubFrames();
});
afterEach(() => {
  useHistoryStore().stop();
  wrapper.unmount();
  vi.useRealTimers();
});

const links = () => wrapper.findAll('[data-testid=why-link]');

/** A lab without a recording, as a simulated one. */
const unrecorded = () => new ManualBridge().answer('lab:attach', () => attachAnswer([...lab, asks]))
  .answer('events:page', ({ beforeSeq, count }) => lab.filter(({ seq }) => seq < beforeSeq).slice(-count));

it('shows the chain from the event back to what began it, and says what is only inferred', async () => {
  await open(unrecorded());
  expect(links().map((link) => link.get('.sentence').text())).toEqual([
    'n2 asks for pre-votes before it begins term 2',
    expect.stringMatching(/^the election timer of n2 ran out.*: no word from n1 for \d+ ms$/),
    'n1 crashed',
  ]);
  expect(links().map((link) => link.text().includes('inferred'))).toEqual([false, false, true]);
});

it('leads to an event in the list, or to its moment where that is recorded', async () => {
  await open(unrecorded());
  await links()[2]?.trigger('click');
  expect(useWindowStore().eventRequest?.seq).toBe(next + 1);
  wrapper.unmount();
  await open(recordingBridge([...lab, asks]).answer('events:page', ({ beforeSeq, count }) => (
    lab.filter(({ seq }) => seq < beforeSeq).slice(-count))));
  await links()[2]?.trigger('click');
  await settle();
  expect(useHistoryStore().moment?.seq).toBe(next + 1);
});

it('gives way to the inspector when it is closed, or when a node is chosen', async () => {
  await open(unrecorded());
  await wrapper.get('[data-testid=why-close]').trigger('click');
  expect(useWhyStore().event).toBeNull();
  await useWhyStore().ask(asks);
  useClusterStore().select('n3');
  await settle();
  expect(useWhyStore().event).toBeNull();
});
