import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick } from 'vue';
import type { VueWrapper } from '@vue/test-utils';
import LogsView from '../../../src/renderer/logs/LogsView.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useWindowStore } from '../../../src/renderer/stores/window.ts';
import { attachAnswer, diskPage, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import type { Frames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

let bridge: ManualBridge;
let frames: Frames;
let wrapper: VueWrapper;
const opening = openingEvents(3);

const Host = defineComponent(() => {
  const cluster = useClusterStore();
  void cluster.start();
  return () => (cluster.status === 'live' ? h(LogsView) : null);
});

beforeEach(async () => {
  frames = stubFrames();
  bridge = new ManualBridge()
    .answer('lab:attach', () => attachAnswer(opening))
    .answer('node:disk', () => diskPage('n1'));
  wrapper = mountWindow(Host, bridge);
  await draw();
});
afterEach(() => {
  wrapper.unmount();
  vi.unstubAllGlobals();
});

async function draw(): Promise<void> {
  await settle();
  frames.draw();
  await nextTick();
  await settle();
}

/** The cell's button; columns are counted from the oldest index in sight. */
function cell(node: string, position: number): HTMLButtonElement {
  const button = document.querySelectorAll<HTMLButtonElement>(`[data-node="${node}"] td button`)[position];
  if (button === undefined) throw new Error(`no cell ${position} of ${node}`);
  return button;
}

it('shows the end of the logs, with the texts that only a file tells', () => {
  // Without layout, two columns fit: the last index, and the leader's nextIndex.
  expect(cell('n1', 0).textContent).toContain('2 put colour "teal"');
  expect(cell('n1', 0).getAttribute('data-state')).toBe('uncommitted');
  expect(cell('n2', 1).getAttribute('data-state')).toBe('none');
});

it('crosses out what was removed', async () => {
  const entries = [{ index: 3, term: 3, type: 'command', bytes: 9 }] as const;
  bridge.push([traceEvent(opening.length + 1, { type: 'entriesAppended', entries, truncatedFrom: 3 }, 3)]);
  await draw();
  expect(cell('n3', 0).querySelector('s')?.textContent).toContain('2 put colour "teal"');
  expect(cell('n2', 0).querySelector('s')).toBeNull();
});

it('goes from cell to cell by keys, also to those out of sight, and chooses one', async () => {
  const active = () => document.activeElement?.getAttribute('title')?.split('\n')[0];
  async function press(key: string): Promise<void> {
    document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    await draw();
  }
  cell('n1', 1).focus();
  await press('ArrowDown');
  expect(active()).toBe('n2, index 4');
  await press('ArrowLeft');
  await press('ArrowLeft');
  expect(active()).toBe('n2, index 2');
  await press('Home');
  expect(active()).toBe('n2, index 1');
  (document.activeElement as HTMLButtonElement).click();
  expect(useClusterStore().selected).toBe('n2');
  expect(useWindowStore().chosenEntry).toEqual({ node: 'n2', index: 1 });
});
