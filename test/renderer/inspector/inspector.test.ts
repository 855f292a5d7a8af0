import type { VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useSampleStore } from '../../../src/renderer/charts/sampleStore.ts';
import InspectorPane from '../../../src/renderer/inspector/InspectorPane.vue';
import { offersFor } from '../../../src/renderer/shell/nodeOffers.ts';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { attachAnswer, diskPage, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

const history = openingEvents();
let bridge: ManualBridge;
let wrapper: VueWrapper;

/** The inspector on a cluster with this history, a node selected. */
async function inspecting(node: 'n1' | 'n2' | null, more: readonly TraceEvent[] = []) {
  bridge.answer('lab:attach', () => attachAnswer([...history, ...more]));
  wrapper = mountWindow(InspectorPane, bridge);
  const cluster = useClusterStore();
  await cluster.start();
  cluster.select(node);
  await settle();
  return wrapper;
}

async function openTab(name: string): Promise<void> {
  await wrapper.get(`[data-testid=tab-${name}]`).trigger('mousedown', { button: 0 });
  await settle();
}

beforeEach(() => {
  stubFrames();
  bridge = new ManualBridge().answer('node:disk', ({ node }) => diskPage(node));
});
afterEach(() => { wrapper.unmount(); });

describe('the inspector', () => {
  it('explains itself and lists the cluster while nothing is selected', async () => {
    await inspecting(null);
    expect(wrapper.text()).toContain('Select a node to look inside');
    expect(wrapper.findAll('[data-testid=cluster-table] tbody tr')).toHaveLength(3);
    await wrapper.get('[data-testid=cluster-table] tbody button').trigger('click');
    expect(wrapper.get('h2').text()).toContain('n1');
  });

  it('shows a leader as Figure 2 does, with its peers', async () => {
    await inspecting('n1');
    expect(wrapper.get('[data-testid=node-state]').text()).toBe('leader of term 2');
    expect(wrapper.get('[data-testid=fact-currentTerm]').text()).toBe('2');
    expect(wrapper.get('[data-testid=fact-commitIndex]').text()).toBe('2');
    const peers = wrapper.findAll('[data-testid=peers] tbody tr').map((row) => row.text());
    expect(peers).toHaveLength(2);
    expect(peers[0]).toMatch(/n2\s*replicate\s*4\s*3/);
  });

  it('shows a follower whom it follows', async () => {
    await inspecting('n2');
    expect(wrapper.find('[data-testid=peers]').exists()).toBe(false);
    expect(wrapper.text()).toContain('n1 leads, as far as n2 knows');
  });

  it('shows a crashed node from its file, and offers only the restart', async () => {
    await inspecting('n2', [traceEvent(history.length + 1, { type: 'nodeCrashed' }, 2)]);
    expect(wrapper.get('[data-testid=node-state]').text()).toContain('crashed');
    expect(wrapper.get('[data-testid=fact-votedFor]').text()).toBe('n1');
    expect(wrapper.get('[data-testid=fact-lastApplied]').text()).toBe('—');
    expect(wrapper.find('[data-testid=crash]').exists()).toBe(false);
    await wrapper.get('[data-testid=restart]').trigger('click');
    expect(bridge.called('node:restart')).toEqual([{ node: 'n2' }]);
  });

  it('tells a log that was compacted from one that is empty', async () => {
    bridge.answer('node:disk', ({ node }) => diskPage(node, { firstIndex: 4, snapshotIndex: 3, rows: [] }));
    await inspecting('n1');
    expect(wrapper.get('[data-testid=log]').text()).toContain('the snapshot covers all of them up to 3');
    expect(wrapper.text()).toContain('raft.db · a snapshot to 3');
    await openTab('disk');
    expect(wrapper.text()).toContain('compacted to 3');
    wrapper.unmount();
    bridge.answer('node:disk', ({ node }) => diskPage(node, { firstIndex: 1, lastIndex: 0, rows: [] }));
    await inspecting('n1');
    expect(wrapper.get('[data-testid=log]').text()).toContain('The first leader appends a no-op');
  });

  it.each([
    ['corrupt-file', 'wipe', 'Wipe it'],
    ['refused', 'wipe', 'Put its own file back'],
    ['lab-newer', 'wipe', 'or wipe it'],
    ['disk-full', 'restart', 'this is what is in its file'],
    ['disk-error', 'restart', 'this is what is in its file'],
    ['internal', 'restart', 'this is what is in its file'],
  ] as const)('offers first what helps a node that failed with %s: %s', async (code, first, words) => {
    const other = first === 'wipe' ? 'restart' : 'wipe';
    const hint = first === 'wipe' ? 'once a good copy of its raft.db is back' : 'A new thread on the same file';
    await inspecting('n2', [traceEvent(history.length + 1, { type: 'nodeFailed', code, message: 'It stopped.' }, 2)]);
    expect(wrapper.find(`[data-testid=${first}]`).exists()).toBe(true);
    expect(wrapper.find(`[data-testid=${other}]`).exists()).toBe(false);
    expect(wrapper.get('[data-testid=down]').text()).toContain(words);
    const view = useClusterStore().view();
    const restart = view === null ? undefined : offersFor(view, 'n2').find(({ id }) => id === 'restart');
    expect(restart?.hint).toContain(hint);
  });

  it('shows no values of a file that is lost, and waits for none', async () => {
    const failed = { type: 'nodeFailed', code: 'corrupt-file', message: 'raft.db of n2 was set aside.' } as const;
    bridge.answer('node:disk', () => ({ code: 'disk-error', message: 'n2 has no raft.db now' }));
    await inspecting('n2', [traceEvent(history.length + 1, failed, 2)]);
    for (const name of ['currentTerm', 'votedFor', 'commitIndex', 'lastApplied']) {
      expect(wrapper.get(`[data-testid=fact-${name}]`).text()).toBe('—');
    }
    expect(wrapper.text()).not.toContain('in its file');
  });

  it('shows what a node that is away had said last, and waits for no file', async () => {
    bridge.answer('node:disk', () => ({ code: 'node-stopped', message: 'n2 is on desk 7' }));
    await inspecting('n2', [traceEvent(history.length + 1, { type: 'nodeAway', machine: 'desk 7' }, 2)]);
    expect(wrapper.get('[data-testid=fact-currentTerm]').text()).toBe('2');
    expect(wrapper.get('[data-testid=down]').text()).toContain('when it was last heard of');
  });

  it('says why a node failed', async () => {
    const message = 'n2 stopped: the disk is full. Free some space and restart it.';
    await inspecting('n2', [traceEvent(history.length + 1, { type: 'nodeFailed', code: 'disk-full', message }, 2)]);
    expect(wrapper.get('[role=alert]').text()).toBe(message);
  });

  it('says why a file could not be read', async () => {
    bridge.answer('node:disk', () => ({ code: 'corrupt-file', message: 'raft.db of n1 is damaged.' }));
    await inspecting('n1');
    await openTab('disk');
    expect(wrapper.get('[role=alert]').text()).toBe('raft.db of n1 is damaged.');
  });

  it('shows where the file is and how to open it', async () => {
    await inspecting('n1');
    await openTab('disk');
    expect(wrapper.get('[data-testid=database-path]').text()).toBe('/data/labs/demo/n1/raft.db');
    expect(wrapper.text()).toContain('sqlite3 -readonly "/data/labs/demo/n1/raft.db"');
    expect(wrapper.text()).toContain('45.1 kB');
  });

  it('shows a node’s own keys, and says that they may be stale', async () => {
    bridge.answer('node:kv', () => ({
      lastApplied: 2, keyCount: 1, truncated: false, entries: [{ key: 'owner', value: 'ada' }],
    }));
    await inspecting('n1');
    await openTab('kv');
    expect(wrapper.get('[data-testid=kv]').text()).toContain('owner');
    expect(wrapper.text()).toContain('possibly stale');
  });

  it('writes keys and values as the console does: nothing in them is invisible', async () => {
    bridge.answer('node:kv', () => ({
      lastApplied: 2, keyCount: 3, truncated: false,
      entries: [
        { key: 'soft\u00ad', value: 'a\u200bb' }, { key: 'empty', value: '' }, { key: 'two words', value: 'a  b' },
      ],
    }));
    await inspecting('n1');
    await openTab('kv');
    const cells = wrapper.findAll('[data-testid=kv] tbody td').map((cell) => cell.text());
    expect(cells).toEqual([
      String.raw`"soft\u00ad"`, String.raw`"a\u200bb"`, 'empty', '""', '"two words"', '"a  b"',
    ]);
  });

  it('does not ask a crashed node for its keys', async () => {
    await inspecting('n2', [traceEvent(history.length + 1, { type: 'nodeCrashed' }, 2)]);
    await openTab('kv');
    expect(wrapper.text()).toContain('has no state machine to ask');
  });

  it('tells in words why datagrams were dropped', async () => {
    const counters = {
      sent: 5, received: 4, bytesSent: 500, bytesReceived: 400, retransmitted: 3, dropped: { 'other-lab': 2, loss: 3 },
    };
    await inspecting('n1', [traceEvent(history.length + 1, { type: 'counters', counters }, 1)]);
    await openTab('datagrams');
    const rows = wrapper.findAll('[data-testid=datagrams] tr').map((row) => row.text());
    expect(rows[0]).toMatch(/loss setting\s*3/);
    expect(rows[1]).toMatch(/of another lab\s*2/);
    expect(wrapper.find('[data-testid=retransmitted]').text()).toContain('3 of those sent were parts of large');
  });

  it('draws the last minutes of a node, and says them in numbers', async () => {
    await inspecting('n1');
    const cluster = useClusterStore();
    const grown = cluster.nodes.map((node) => ({ ...node, counters: { ...node.counters, sent: 30 } }));
    useSampleStore().book.take(cluster.nodes, 0);
    useSampleStore().book.take(grown, 2000);
    await openTab('charts');
    const rows = wrapper.findAll('[data-testid=charts] tbody tr')
      .map((row) => row.findAll('th, td').map((cell) => cell.text()).join(' '));
    const rate = (15).toLocaleString(undefined, { minimumFractionDigits: 1 });
    expect(rows[0]).toBe(`sent ${rate} ${rate} ${rate}`);
    expect(rows.at(-1)).toBe('took – – –');
  });
});
