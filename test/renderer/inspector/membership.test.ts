/** The inspector's words on membership, reads, snapshots and sessions: what a node knows, each explained in a line. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import InspectorPane from '../../../src/renderer/inspector/InspectorPane.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import type { TraceBody } from '../../../src/trace/events.ts';
import { attachAnswer, diskPage, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

const JOINT = { voters: [1, 2, 4], votersOutgoing: [1, 2, 3], learners: [5], learnersNext: [3], autoLeave: true };

let wrapper: ReturnType<typeof mountWindow>;

/** The inspector on a node, after these events of it. */
async function inspect(name: 'n1' | 'n2', ...bodies: readonly TraceBody[]): Promise<void> {
  stubFrames();
  const events = openingEvents(3);
  const later = bodies.map((body, position) =>
    traceEvent(events.length + 1 + position, body, body.type === 'leaseReadsChanged' ? 0 : Number(name.slice(1))));
  const bridge = new ManualBridge()
    .answer('lab:attach', () => attachAnswer([...events, ...later]))
    .answer('node:kv', () => ({ lastApplied: 3, keyCount: 0, entries: [], truncated: false }))
    .answer('node:sessions', () => ({
      lastApplied: 9, sessionCount: 2, sessionsMax: 4096, truncated: false,
      sessions: [{ client: 'n1', session: 4, lastSequence: 17, lastUsedIndex: 9, keptResults: 1 }],
    }))
    .answer('node:disk', ({ node }) => diskPage(node));
  wrapper = mountWindow(InspectorPane, bridge);
  const cluster = useClusterStore();
  await cluster.start();
  cluster.select(name);
  await settle();
}

const textOf = (testId: string): string =>
  wrapper.get(`[data-testid=${testId}]`).text().replaceAll(/\s+/g, ' ');

beforeEach(() => { document.body.replaceChildren(); });
afterEach(() => { wrapper.unmount(); });

describe('the inspector', () => {
  it('shows both halves of a joint configuration, and who learns now and next', async () => {
    await inspect('n2', { type: 'configurationChanged', configuration: JOINT });
    expect(wrapper.get('[data-testid=membership]').attributes('data-joint')).toBe('true');
    expect(textOf('membership')).toContain('to commit or to be elected takes a majority of each half');
    expect(textOf('membership')).toMatch(/C_old ?n1 ?n2 ?n3 ?C_new ?n1 ?n2 ?n4 ?learners ?n5 ?learners next ?n3/);
  });

  it('calls a learner a learner', async () => {
    await inspect('n2', {
      type: 'configurationChanged',
      configuration: { voters: [1, 3], votersOutgoing: [], learners: [2], learnersNext: [], autoLeave: false },
    });
    expect(textOf('node-state')).toBe('learner in term 2');
    useClusterStore().select(null);
    await settle();
    expect(wrapper.get('[data-testid=cluster-table]').text()).toMatch(/n1 ?leader.*n2 ?learner.*n3 ?follower/);
  });

  it('says what becomes of a node that joins', async () => {
    await inspect('n2', { type: 'nodeJoining', step: 'catching-up', detail: 'n2 catches up with the log of n1' });
    expect(textOf('change')).toBe('Under way: n2 catches up with the log of n1');
  });

  it('tells how a leader confirms reads, and of its lease only where leases are allowed', async () => {
    const reads = {
      leaseHeld: true, leaseEndsInTicks: 8, waiting: 0, confirmedByRound: 12, confirmedByLease: 3,
      confirmedAsSoleVoter: 0,
    };
    await inspect('n1', { type: 'readsChanged', reads });
    expect(textOf('reads')).toMatch(/by a round ?12 ?by the lease ?3/);
    expect(wrapper.find('[data-testid=lease]').exists()).toBe(false);
    wrapper.unmount();
    await inspect('n1', { type: 'leaseReadsChanged', enabled: true }, { type: 'readsChanged', reads });
    expect(textOf('lease')).toContain('Lease held: for 8 more ticks without another answer');
  });

  it('shows the snapshot, what is left of the log, and what is under way', async () => {
    const about = { lastIncludedIndex: 200, lastIncludedTerm: 2, bytes: 4100 };
    await inspect(
      'n1', { type: 'snapshotTaken', ...about, durationMs: 3 }, { type: 'logCompacted', firstIndex: 201 },
      { type: 'snapshotSending', to: 3, ...about, acknowledgedBytes: 1025, state: 'underway' },
    );
    expect(textOf('snapshot')).toContain('log: compacted to 200');
    expect(textOf('snapshot')).toContain('A snapshot of 4.1 kB covers the entries up to 200 (term 2).');
    expect(textOf('snapshot')).toContain('Sends n3 the one up to 200 25 % of 4.1 kB');
    expect(wrapper.get('[role=progressbar]').attributes('aria-valuenow')).toBe('25');
  });

  it('lists the client sessions beside the keys', async () => {
    await inspect('n1');
    await wrapper.get('[data-testid=tab-kv]').trigger('mousedown');
    await settle();
    await wrapper.get('[data-testid=kv-sessions]').trigger('click');
    await settle();
    expect(wrapper.findAll('[data-testid=sessions] tbody td').map((cell) => cell.text()))
      .toEqual(['n1', '4', '17', '9', '1']);
    expect(wrapper.text()).toContain(`2 of at most ${(4096).toLocaleString()} sessions`);
  });
});
