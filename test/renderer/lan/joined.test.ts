/** A joined window whose clock is wrong: what it draws is on the time of the lab's host. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { LanStatus } from '../../../src/contract/lan.ts';
import JoinedPanel from '../../../src/renderer/lan/JoinedPanel.vue';
import { useLabClock } from '../../../src/renderer/lan/labClock.ts';
import { useLanStore } from '../../../src/renderer/lan/lanStore.ts';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import TermTape from '../../../src/renderer/tape/TermTape.vue';
import { attachAnswer, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow } from '../support/mountWindow.ts';

const hostMs = 1_800_000_000_000;
const SKEW_MS = 600_000;
const joined: LanStatus & { mode: 'joined' } = {
  mode: 'joined', hostName: 'teacher', address: '10.0.0.1', port: 47_317, role: 'member',
  machineId: '5b1f6a54-6f0e-8c5e-9a57-0d6a0f9f4c01', permits: true, isConnected: true, needsCode: false,
  doorPassword: '', clockOffsetMs: -SKEW_MS, problem: null, machines: [],
};

beforeEach(() => {
  stubFrames();
  vi.useFakeTimers({ now: hostMs + SKEW_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

it('draws the timeline where the events are', async () => {
  const history = openingEvents(3);
  const crash = { ...traceEvent(history.length + 1, { type: 'nodeCrashed' }, 3), atMs: hostMs - 2000 };
  const events = [...history.map((event) => ({ ...event, atMs: hostMs - 10_000 })), crash];
  const wrapper = mountWindow(TermTape, new ManualBridge().answer('lab:attach', () => attachAnswer(events)));
  useLanStore().status = joined;
  expect(useLabClock()()).toBe(hostMs);
  await useClusterStore().start();
  await vi.advanceTimersByTimeAsync(300);
  expect(wrapper.findAll('.mark').map((mark) => mark.attributes('aria-label'))).toEqual(['n3 crashed']);
  wrapper.unmount();
});

it('asks for the new code where the host has renewed it, and sends it', async () => {
  const asked: unknown[] = [];
  const bridge = new ManualBridge().answer('lan:useCode', (input) => {
    asked.push(input);
    return null;
  }).answer('lan:status', () => joined);
  const status = { ...joined, isConnected: false, needsCode: true, problem: 'the host has renewed the code' };
  const wrapper = mountWindow(JoinedPanel, bridge, { status, labName: 'Room 12' });
  expect(wrapper.text()).toContain('the host has renewed the code');
  expect(wrapper.text()).not.toContain('goes on trying');
  await wrapper.get('[data-testid=lan-new-code]').setValue('7KQ2M-4XD9T-PAVJS');
  await wrapper.get('[data-testid=lan-new-code-form]').trigger('submit');
  await vi.advanceTimersByTimeAsync(10);
  expect(asked).toEqual([{ code: '7KQ2M-4XD9T-PAVJS' }]);
  wrapper.unmount();
});
