import type { VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useSampleStore } from '../../../src/renderer/charts/sampleStore.ts';
import InspectorPane from '../../../src/renderer/inspector/InspectorPane.vue';
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
