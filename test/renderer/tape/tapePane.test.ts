/** The tape in the window: bands and marks of the open lab, and the way from a mark to its event. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useWindowStore } from '../../../src/renderer/stores/window.ts';
import TermTape from '../../../src/renderer/tape/TermTape.vue';
import { attachAnswer, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow } from '../support/mountWindow.ts';

let wrapper: ReturnType<typeof mountWindow>;
const nowMs = 1_800_000_000_000;
const history = openingEvents(3);
const crash = { ...traceEvent(history.length + 1, { type: 'nodeCrashed' }, 3), atMs: nowMs - 2000 };
const restart = { ...traceEvent(history.length + 2, { type: 'nodeResumed' }, 3), atMs: nowMs - 1000 };

beforeEach(async () => {
  vi.useFakeTimers({ now: nowMs });
  stubFrames();
  const events = [...history.map((event) => ({ ...event, atMs: nowMs - 10_000 })), crash, restart];
  wrapper = mountWindow(TermTape, new ManualBridge().answer('lab:attach', () => attachAnswer(events)));
  await useClusterStore().start();
  // The tape is renewed a few times a second.
  await vi.advanceTimersByTimeAsync(300);
});
afterEach(() => {
  wrapper.unmount();
  vi.useRealTimers();
});

const marks = () => wrapper.findAll('.mark').map((mark) => mark.attributes('aria-label'));

it('says who leads, and what has happened', () => {
  expect(wrapper.get('[data-testid=tape]').attributes('aria-label'))
    .toBe('Timeline of the last 20 s: n1 leads term 2');
  expect(wrapper.findAll('.band').map((band) => band.attributes('title'))).toEqual(['n1 led term 2 for 10 s']);
  expect(marks()).toEqual(['n3 crashed', 'n3 resumed']);
});

it('outlines a term’s band: light yellow alone is not seen on a light surface', () => {
  expect(wrapper.get('.band').attributes('style')).toContain('box-shadow: inset 0 0 0 1px var(--term-2-line)');
});

it('has one stop for the Tab key, from which the arrows walk, and a mark shows its event', async () => {
  const tabbable = () => wrapper.findAll('.mark').filter((mark) => mark.attributes('tabindex') === '0');
  expect(tabbable().map((mark) => mark.attributes('aria-label'))).toEqual(['n3 resumed']);
  await wrapper.get('.track').trigger('keydown', { key: 'ArrowLeft' });
  expect(document.activeElement?.getAttribute('aria-label')).toBe('n3 crashed');
  expect(tabbable().map((mark) => mark.attributes('aria-label'))).toEqual(['n3 crashed']);
  await tabbable()[0]?.trigger('click');
  expect(useWindowStore().eventRequest).toEqual({ seq: crash.seq });
});
