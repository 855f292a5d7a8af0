/** Held time in the inspector and on the stage: what can happen next is chosen, and what a step changed is shown. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import InspectorPane from '../../../src/renderer/inspector/InspectorPane.vue';
import StageView from '../../../src/renderer/stage/StageView.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useTimeStore } from '../../../src/renderer/stores/time.ts';
import { openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import type { Frames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';
import { electionTimer, heldAppend, simulatedAnswer, timeStatus } from '../support/time.ts';

let wrapper: ReturnType<typeof mountWindow>;
let bridge: ManualBridge;
let frames: Frames;
const history = openingEvents();

const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);

async function key(name: string): Promise<void> {
  find('next-list')?.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
  await settle();
}

async function show(): Promise<void> {
  const Pane = { components: { InspectorPane, StageView }, template: '<div><StageView /><InspectorPane /></div>' };
  wrapper = mountWindow(Pane, bridge);
  await useClusterStore().start();
  await settle();
}

beforeEach(async () => {
  frames = stubFrames();
  const next = [heldAppend, electionTimer];
  bridge = new ManualBridge().answer('lab:attach', () => simulatedAnswer(history, { next, nextBeyond: 3 }));
  for (const name of ['next:first', 'next:lose', 'next:double', 'next:hold', 'next:delay'] as const) {
    bridge.answer(name, () => timeStatus({ next, nextBeyond: 3 }));
  }
  await show();
});
afterEach(() => {
  wrapper.unmount();
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

describe('what can happen next', () => {
  it('is a list in which the keys choose and act', async () => {
    expect(find('held-panel')?.textContent).toMatch(/next\s*5.*\+0\.004\s*AppendEntries n1 → n2 entries 3 to 5/s);
    await key('d');
    await key('h');
    await key('Delete');
    await key('ArrowDown');
    await key('Enter');
    expect(bridge.calls.filter(({ name }) => name.startsWith('next:'))).toEqual([
      { name: 'next:double', input: { id: 7 } }, { name: 'next:hold', input: { id: 7 } },
      { name: 'next:lose', input: { id: 7 } }, { name: 'next:first', input: { id: 8 } },
    ]);
  });

  it('stays at the first one as others come before it, unless another was chosen', async () => {
    const chosen = () => document.querySelector('[role=option][aria-selected=true]')?.getAttribute('data-testid');
    const earlier = { ...electionTimer, id: 5, inMs: 1 };
    bridge.tellTime(timeStatus({ next: [earlier, heldAppend, electionTimer] }));
    await settle();
    expect(chosen()).toBe('next-5');
    await key('End');
    bridge.tellTime(timeStatus({ next: [{ ...earlier, id: 4 }, earlier, heldAppend, electionTimer] }));
    await settle();
    expect(chosen()).toBe('next-8');
  });

  it('loses and doubles messages, not timers', async () => {
    await key('ArrowDown');
    await key('Delete');
    await key('d');
    expect(bridge.calls.filter(({ name }) => name.startsWith('next:'))).toEqual([]);
    expect(find('next-lose')?.hasAttribute('disabled')).toBe(true);
    expect(find('next-first')?.textContent).toContain('First');
  });

  it('keeps its place while time runs, and says how to get it back', async () => {
    bridge.tellTime(timeStatus({ state: 'running' }));
    await settle();
    expect(find('held-panel')?.textContent).toContain('hold it to choose what happens first');
    expect(find('next-list')).toBeNull();
  });
});

describe('what the last step changed', () => {
  it('is said in the inspector and shown at the node and at its entries', async () => {
    bridge.answer('time:step', () => timeStatus({ step: 641, atMs: 14_204 }));
    await useTimeStore().step();
    const seq = history.length + 1;
    bridge.push([
      traceEvent(seq, { type: 'commitAdvanced', commitIndex: 3, previousCommitIndex: 2 }, 2),
      traceEvent(seq + 1, { type: 'electionTimerStarted', timeoutMs: 212 }, 2),
    ]);
    frames.draw();
    await settle();
    expect(find('last-changes')?.textContent)
      .toMatch(/n2 · changed by the last step\s*commitIndex\s*2 →\s*3\s*election timer\s*restarted, 212 ms/);
    expect(find('node-n2')?.querySelector('[data-testid=changed-ring]')).not.toBeNull();
    expect(find('node-n1')?.querySelector('[data-testid=changed-ring]')).toBeNull();
    bridge.tellTime(timeStatus({ state: 'running', step: 641 }));
    await settle();
    expect(find('last-changes')).toBeNull();
  });
});
