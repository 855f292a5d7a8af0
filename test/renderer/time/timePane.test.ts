/** The instrument for time in the window: its buttons and keys, its tape, its branches. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useKeyboard } from '../../../src/renderer/shell/useKeyboard.ts';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useTimeStore } from '../../../src/renderer/stores/time.ts';
import { detailRange } from '../../../src/renderer/time/tapeWindow.ts';
import TimePane from '../../../src/renderer/time/TimePane.vue';
import { speedAt } from '../../../src/renderer/time/timeWords.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow } from '../support/mountWindow.ts';
import { firstBranch, simulatedAnswer, timeStatus } from '../support/time.ts';

let wrapper: ReturnType<typeof mountWindow>;
let bridge: ManualBridge;

const find = (testId: string): HTMLElement | null => document.querySelector<HTMLElement>(`[data-testid="${testId}"]`);

async function pass(ms = 600): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

async function press(key: string, init: KeyboardEventInit = {}, target: EventTarget = document.body): Promise<void> {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
  await pass(10);
}

beforeEach(async () => {
  vi.useFakeTimers();
  stubFrames();
  const at = (event: TraceEvent, atMs: number) => ({ ...event, atMs });
  const events = openingEvents().map((event) => at(event, 1000));
  const crash = at(traceEvent(events.length + 1, { type: 'nodeCrashed' }, 1), 16_000);
  bridge = new ManualBridge()
    .answer('lab:attach', () => simulatedAnswer(events, {
      branches: [firstBranch, {
        ...firstBranch, branch: 1, parent: 0, name: 'crash n2 at 9.000 s', forkStep: 300, forkMs: 9000, endMs: 12_100,
      }],
    }))
    .answer('time:tape', () => [...events, crash].map((event) => ({ step: event.seq * 10, event })));
  for (const name of ['time:run', 'time:hold', 'time:step', 'time:back', 'time:seek', 'branch:select'] as const) {
    bridge.answer(name, () => timeStatus({ state: name === 'time:run' ? 'running' : 'held' }));
  }
  const Pane = { components: { TimePane }, setup: useKeyboard, template: '<TimePane tall with-tape :alone="false" />' };
  wrapper = mountWindow(Pane, bridge);
  await useClusterStore().start();
  await pass();
});
afterEach(() => {
  wrapper.unmount();
  vi.useRealTimers();
  document.body.replaceChildren();
});

describe('the bar', () => {
  it('says the moment in virtual seconds, and steps by the chosen unit with buttons and keys', async () => {
    expect(find('moment')?.textContent.trim()).toBe('14.200 s');
    find('unit-commit')?.click();
    await pass(10);
    find('time-step')?.click();
    await press('ArrowRight');
    await press('ArrowLeft', { shiftKey: true });
    await press('Home');
    await press('End');
    expect(bridge.called('time:step')).toEqual([{ unit: 'commit', count: 1 }, { unit: 'commit', count: 1 }]);
    expect(bridge.called('time:back')).toEqual([{ unit: 'event', count: 1 }]);
    expect(bridge.called('time:seek')).toEqual([{ step: 0 }, { step: 900 }]);
  });

  it('runs and holds with the space bar, not where that presses something or is typed', async () => {
    await press(' ');
    expect(find('time-toggle')?.textContent).toContain('Hold');
    await press(' ');
    expect([bridge.called('time:run').length, bridge.called('time:hold').length]).toEqual([1, 1]);
    const speed = find('speed');
    if (speed === null) throw new Error('no dial');
    await press('ArrowRight', {}, speed);
    expect(bridge.called('time:step')).toEqual([]);
  });

  it('says why time is held and what the last step did', async () => {
    bridge.tellTime(timeStatus({
      heldBecause: 'n3 leads',
      lastStep: { subject: 'n3', sentence: 'became leader of term 3', detail: '2 of 3 votes', nodes: ['n3'] },
    }));
    await pass();
    expect(find('last-step')?.textContent).toMatch(/Held: n3 leads\..*n3 became leader of term 3.*2 of 3 votes/);
  });

  it('turns speeds with few digits', () => {
    expect([-2, -1, 0, 0.35, 2].map(speedAt)).toEqual([0.01, 0.1, 1, 2.2, 100]);
  });
});

describe('the tape', () => {
  it('is a slider that says the moment and who leads', () => {
    const slider = find('time-slider');
    expect(slider?.getAttribute('aria-valuetext')).toBe('14.200 s, n1 leads term 2');
    expect(slider?.getAttribute('aria-valuemax')).toBe('20000');
  });

  it('has what comes after the moment, too, and a mark leads to its step', async () => {
    const mark = document.querySelector<HTMLElement>('.mark[aria-label="n1 crashed"]');
    mark?.click();
    await pass(10);
    expect(bridge.called('time:seek')).toEqual([{ step: 10 * (openingEvents().length + 1) }]);
  });

  it('goes where it is pulled', async () => {
    const slider = find('time-slider');
    if (slider === null) throw new Error('no slider');
    slider.getBoundingClientRect = () => new DOMRect(0, 0, 600, 50);
    slider.setPointerCapture = () => undefined;
    const pull = (type: string, clientX: number) =>
      slider.dispatchEvent(new PointerEvent(type, { clientX, button: 0, bubbles: true, cancelable: true }));
    pull('pointerdown', 30);
    pull('pointermove', 60);
    pull('pointermove', 90);
    pull('pointerup', 90);
    await pass(10);
    // At the pace of a class 600 pixels are a minute; of what was passed on the way only the newest is sought.
    expect(bridge.called('time:seek')).toEqual([{ atMs: 3000 }, { atMs: 9000 }]);
  });

  it('moves its range only when the moment leaves it', () => {
    const first = detailRange(null, 200_000, 600_000, 'class');
    expect(first).toEqual({ fromMs: 170_000, toMs: 230_000 });
    expect(detailRange(first, 172_000, 600_000, 'class')).toBe(first);
    expect(detailRange(first, 229_000, 600_000, 'class')).toEqual({ fromMs: 178_000, toMs: 238_000 });
    expect(detailRange(first, 5000, 600_000, 'class')).toEqual({ fromMs: 0, toMs: 60_000 });
  });
});

describe('branches', () => {
  it('are a tree, of which another can be shown', async () => {
    find('branches')?.click();
    await pass(50);
    expect(find('branch-list')?.textContent).toMatch(/the first.*20\.000 s long.*crash n2.*from 9\.000 s · 3\.100 s long/);
    find('branch-1')?.click();
    await pass(50);
    expect(bridge.called('branch:select')).toEqual([{ branch: 1 }]);
    expect(useTimeStore().departures).toBe(1);
  });

  it('are compared: the first event that differs is shown for both', async () => {
    bridge.answer('branch:compare', () => ({
      first: { step: 301, atMs: 9010, text: 'n2 voted for n3' }, second: null, commonEvents: 1200,
    }));
    find('branches')?.click();
    await pass(50);
    find('branch-menu-1')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true }));
    await pass(50);
    find('action-compare')?.click();
    await pass(50);
    expect(bridge.called('branch:compare')).toEqual([{ branch: 0, other: 1 }]);
    expect(find('branch-difference')?.textContent).toMatch(/9\.010 s: n2 voted for n3.*ends before/);
  });
});
