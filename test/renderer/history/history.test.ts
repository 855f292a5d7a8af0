/** Walking through the past in the window: what shows it, what stays with the present, notes, files. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import InspectorPane from '../../../src/renderer/inspector/InspectorPane.vue';
import HistoryPane from '../../../src/renderer/history/HistoryPane.vue';
import { useLanStore } from '../../../src/renderer/lan/lanStore.ts';
import { useKeyboard } from '../../../src/renderer/shell/useKeyboard.ts';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useHistoryStore } from '../../../src/renderer/stores/history.ts';
import { useTimeStore } from '../../../src/renderer/stores/time.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { traceEvent } from '../support/manualBridge.ts';
import type { ManualBridge } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';
import { recordingBridge } from '../support/recording.ts';
import { defineComponent, h } from 'vue';

/** n1 led and has crashed since. */
const opening = openingEvents(3);
const ledSeq = opening.length;
const crash = traceEvent(ledSeq + 1, { type: 'nodeCrashed' }, 1);
const lab: readonly TraceEvent[] = [...opening, crash];
const file = openingEvents(5, 4);

let bridge: ManualBridge;
let wrapper: ReturnType<typeof mountWindow>;
let frames: ReturnType<typeof stubFrames>;

const Parts = defineComponent({
  setup: () => {
    useKeyboard();
    return () => [h(HistoryPane, { tall: true, alone: false, withTape: true }), h(InspectorPane)];
  },
});

beforeEach(async () => {
  vi.useFakeTimers({ now: 1_000_000 + lab.length });
  frames = stubFrames();
  bridge = recordingBridge(lab, file);
  wrapper = mountWindow(Parts, bridge);
  await useClusterStore().start();
  useHistoryStore().start();
  await settle();
});
afterEach(() => {
  useHistoryStore().stop();
  wrapper.unmount();
  vi.useRealTimers();
});

function press(key: string): void {
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
}

it('shows a moment of the past, while the present is folded behind it', async () => {
  const cluster = useClusterStore();
  const history = useHistoryStore();
  expect(cluster.leader).toBeNull();
  await history.goTo({ seq: ledSeq });
  expect(cluster.leader?.name).toBe('n1');
  expect([...cluster.events()].at(-1)?.seq).toBe(ledSeq);
  bridge.push([traceEvent(lab.length + 1, { type: 'nodeCrashed' }, 2)]);
  frames.draw();
  expect(cluster.nodes.map(({ life }) => life)).toEqual(['running', 'running', 'running']);
  expect(cluster.presentNodes.map(({ life }) => life)).toEqual(['crashed', 'crashed', 'running']);
  history.live();
  expect(cluster.nodes.map(({ life }) => life)).toEqual(['crashed', 'crashed', 'running']);
});

it('keeps only the newest of several wishes, and none after LIVE', async () => {
  const history = useHistoryStore();
  const ways = [history.goTo({ seq: 2 }), history.goTo({ seq: 3 }), history.goTo({ seq: 4 })];
  await Promise.all(ways);
  expect(bridge.called('history:moment').map((input) => (input as { seq: number }).seq)).toEqual([2, 4]);
  expect(history.moment?.seq).toBe(4);
  const late = history.goTo({ seq: 2 });
  history.live();
  await late;
  expect([history.moment, useClusterStore().isPast]).toEqual([null, false]);
});

it('steps by keys, from LIVE into the past and back', async () => {
  const history = useHistoryStore();
  for (const [key, seq] of [['ArrowLeft', ledSeq], ['ArrowLeft', ledSeq - 1], ['ArrowRight', ledSeq]] as const) {
    press(key);
    await vi.waitUntil(() => !history.isGoing);
    expect(history.moment?.seq).toBe(seq);
  }
  press('l');
  expect(history.moment).toBeNull();
});

it('plays on by the events’ own times, and ends at LIVE', async () => {
  const history = useHistoryStore();
  const cluster = useClusterStore();
  await history.goTo({ seq: ledSeq });
  press(' ');
  expect([history.isPlaying, useTimeStore().rate()]).toEqual([true, 1]);
  await vi.advanceTimersByTimeAsync(40);
  await vi.advanceTimersByTimeAsync(40);
  frames.draw();
  expect(cluster.node('n1')?.life).toBe('crashed');
  expect(cluster.isPast).toBe(true);
  await vi.advanceTimersByTimeAsync(200);
  expect([history.isPlaying, history.moment]).toEqual([false, null]);
});

it('changes nothing in the past, and says so', async () => {
  const history = useHistoryStore();
  const lan = useLanStore();
  await history.goTo({ seq: ledSeq });
  useClusterStore().select('n2');
  await settle();
  expect(lan.refusal('node:crash', { node: 'n2' })).toMatch(/go to LIVE/);
  press('c');
  await settle();
  expect(bridge.called('node:crash')).toEqual([]);
  await wrapper.get('[data-testid=tab-disk]').trigger('mousedown');
  await settle();
  expect(wrapper.get('[data-testid=of-the-present]').text()).toMatch(/as it is now/);
  expect(bridge.called('node:disk')).toEqual([]);
  useClusterStore().select(null);
  history.live();
  expect(lan.refusal('node:crash', { node: 'n2' })).toBeNull();
});

it('keeps notes, and goes to them', async () => {
  const history = useHistoryStore();
  await history.goTo({ seq: 5 });
  await history.addNote('here it begins');
  history.live();
  await settle();
  expect(history.notes.map(({ seq, text }) => [seq, text])).toEqual([[5, 'here it begins']]);
  await wrapper.get('.note').trigger('click');
  await settle();
  expect(history.moment?.seq).toBe(5);
});

it('shows a file at its end, and LIVE closes it', async () => {
  const history = useHistoryStore();
  const cluster = useClusterStore();
  await history.openFile();
  expect([history.of, cluster.leader?.name, cluster.nodeNames.length]).toEqual(['file', 'n4', 5]);
  expect(cluster.presentNames).toHaveLength(3);
  await vi.advanceTimersByTimeAsync(5000);
  expect(history.status?.name).toBe('tuesday.raftlab');
  history.live();
  await settle();
  expect([history.of, cluster.nodeNames.length, bridge.called('history:close').length]).toEqual(['lab', 3, 1]);
});
