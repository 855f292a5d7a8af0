/** The whole window on the make-believe cluster: that its parts are wired to each other. */
import type { VueWrapper } from '@vue/test-utils';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../../../src/renderer/App.vue';
import { createSimulatedBridge } from '../../../src/renderer/bridge/simulated.ts';
import type { SimulatedBridge } from '../../../src/renderer/bridge/simulated.ts';
import { ManualBridge } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

/** Longer than any election at class pace. */
const ELECTION_MS = 10_000;

let bridge: SimulatedBridge | null;
let wrapper: VueWrapper;

async function open(introductionSeen: boolean): Promise<void> {
  bridge = createSimulatedBridge({ writes: false, settings: { introductionSeen } });
  wrapper = mountWindow(App, bridge);
  await vi.advanceTimersByTimeAsync(ELECTION_MS);
}

/** Dialogs stand outside the app's element, so the whole page is searched. */
const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);

async function press(key: string, init: KeyboardEventInit = {}): Promise<void> {
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
  await vi.advanceTimersByTimeAsync(100);
}

beforeEach(() => {
  vi.useFakeTimers();
  bridge = null;
});
afterEach(() => {
  wrapper.unmount();
  bridge?.close();
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe('the window', () => {
  it('introduces itself once, beside the cluster and not before it', async () => {
    await open(false);
    expect(find('introduction')?.textContent).toContain('A simulated cluster');
    expect(find('introduction')?.closest('[role=dialog]')).toBeNull();
    expect(document.querySelector('.dialog-overlay')).toBeNull();
    expect(find('stage')).not.toBeNull();
    // What it names can be tried beside it.
    await press('2');
    await press('c');
    expect(document.querySelector('[data-node=n2]')?.getAttribute('data-life')).toBe('crashed');
    find('introduction-skip')?.click();
    await vi.advanceTimersByTimeAsync(1000);
    expect(find('introduction')).toBeNull();
    const kept = bridge?.invoke('settings:get', {});
    await vi.advanceTimersByTimeAsync(20);
    expect(await kept).toMatchObject({ ok: true, value: { introductionSeen: true } });
  });

  it('does not introduce itself again', async () => {
    await open(true);
    expect(find('introduction')).toBeNull();
    expect(find('lab-name')?.textContent).toBe('Default lab');
    expect(find('simulated')?.textContent).toContain('seed 7');
  });

  it('partitions from the palette, says so in the header, and heals from there', async () => {
    await open(true);
    expect(find('faults')).toBeNull();
    await press('k', { ctrlKey: true });
    find('command-split')?.click();
    await vi.advanceTimersByTimeAsync(200);
    expect(find('palette')).toBeNull();
    expect(find('faults')?.textContent).toContain('1 partition');
    find('heal')?.click();
    await vi.advanceTimersByTimeAsync(200);
    expect(find('faults')).toBeNull();
  });

  it('crashes and restarts the selected node by keys', async () => {
    await open(true);
    await press('2');
    await press('c');
    expect(find('node-state')?.textContent).toContain('crashed');
    await press('r');
    expect(find('node-state')?.textContent).toContain('in term');
  });

  it('lets the stage alone fill the window, and gives the rest back as it was', async () => {
    await open(true);
    const transcript = find('console-welcome');
    await press('f');
    expect(document.documentElement.style.getPropertyValue('--scale')).not.toBe('1');
    expect(find('alone-line')).not.toBeNull();
    expect(find('inspector')).toBeNull();
    expect(find('events-list')?.closest('[style*="display: none"]')).not.toBeNull();
    await press('Escape');
    expect(document.documentElement.style.getPropertyValue('--scale')).toBe('1');
    expect(find('inspector')).not.toBeNull();
    expect(find('console-welcome')).toBe(transcript);
  });

  it('switches labs', async () => {
    await open(true);
    find('lab-switcher')?.click();
    await vi.advanceTimersByTimeAsync(100);
    find('lab-exercise-2')?.querySelector('button')?.click();
    await vi.advanceTimersByTimeAsync(500);
    expect(find('lab-name')?.textContent).toBe('Exercise 2: split votes');
  });
});

describe('the window without a lab', () => {
  it('shows nothing of the one that was deleted, and offers nothing to do to it', async () => {
    await open(true);
    expect(Number(find('events-list')?.getAttribute('aria-rowcount'))).toBeGreaterThan(1);
    void bridge?.invoke('lab:delete', { labId: 'default' });
    await vi.advanceTimersByTimeAsync(500);
    expect(find('lab-state')?.textContent).toContain('No lab is open');
    expect(find('events-list')?.getAttribute('aria-rowcount')).toBe('0');
    expect(find('events-empty')?.textContent).toContain('No lab is open.');
    expect(find('console-welcome')?.textContent).toContain('No lab is open');
    expect(find('console-welcome')?.querySelector('button')).toBeNull();
    expect(find('inspector')?.textContent).toContain('No lab is open.');
  });

  it('says why, and what to do', async () => {
    const refusing = new ManualBridge()
      .answer('settings:get', () => ({ theme: 'light', scale: 1, introductionSeen: true }))
      .answer('lab:attach', () => ({ code: 'lab-in-use', message: 'This lab is open in another Raftlab.' }));
    wrapper = mountWindow(App, refusing);
    await settle();
    await vi.advanceTimersByTimeAsync(100);
    expect(find('lab-state')?.textContent).toContain('This lab is open in another Raftlab.');
    expect(find('lab-state')?.textContent).toContain('open another lab here');
    find('retry')?.click();
    await settle();
    expect(refusing.called('lab:attach')).toHaveLength(2);
  });
});
