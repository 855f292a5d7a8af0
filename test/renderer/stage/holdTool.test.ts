/** Messages in the hand on the stage: links held by mouse and keys, and what the bar, the marks and the lists do. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick } from 'vue';
import type { VueWrapper } from '@vue/test-utils';
import InboxSection from '../../../src/renderer/inspector/InboxSection.vue';
import { useKeyboard } from '../../../src/renderer/shell/useKeyboard.ts';
import StageView from '../../../src/renderer/stage/StageView.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import type { Hold, TraceBody } from '../../../src/trace/events.ts';
import { NO_FAULTS } from '../../../src/trace/events.ts';
import { attachAnswer, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import type { Frames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

let bridge: ManualBridge;
let frames: Frames;
let wrapper: VueWrapper;
let seq = 0;

/** The stage with the window's keyboard, and the inbox of n3. */
const Host = defineComponent(() => {
  const cluster = useClusterStore();
  useKeyboard();
  void cluster.start();
  return () => {
    const node = cluster.nodes.find(({ name }) => name === 'n3');
    return cluster.status === 'live' && node !== undefined ? h('div', [h(StageView), h(InboxSection, { node })]) : null;
  };
});

beforeEach(async () => {
  frames = stubFrames();
  const events = openingEvents(5);
  seq = events.length;
  bridge = new ManualBridge().answer('lab:attach', () => attachAnswer(events));
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

async function happen(body: TraceBody, node = 0): Promise<void> {
  seq += 1;
  bridge.push([traceEvent(seq, body, node)]);
  await draw();
}

const message = { type: 'AppendEntries', term: 2, logIndex: 2, logTerm: 2, entryCount: 1 } as const;
const held = (messageId: string, to: number): TraceBody => ({ type: 'messageHeld', messageId, to, message });
const find = (id: string): Element | null => document.querySelector(`[data-testid="${id}"]`);

function byTestId(id: string): Element {
  const element = find(id);
  if (element === null) throw new Error(`nothing has the test id ${id}`);
  return element;
}

async function press(key: string): Promise<void> {
  const target = document.activeElement ?? document.body;
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await nextTick();
  await settle();
}

async function click(element: Element): Promise<void> {
  element.dispatchEvent(new MouseEvent('click', { bubbles: true }));
  await nextTick();
  await settle();
}

const order = (from: string, to: string, hold: Hold) => ({ from, to, bothWays: false, faults: { ...NO_FAULTS, hold } });

describe('holding links', () => {
  it('by keys: M, and the numbers of the two nodes; once more releases', async () => {
    await press('m');
    await press('1');
    expect(byTestId('hold-bar').textContent).toContain('n1 and …');
    await press('3');
    expect(bridge.called('link:set')).toEqual([order('n1', 'n3', 'everything'), order('n3', 'n1', 'everything')]);
    await happen({ type: 'linkChanged', from: 'n1', to: 'n3', faults: { ...NO_FAULTS, hold: 'everything' } });
    await press('3');
    await press('1');
    expect(bridge.called('link:set').slice(2)).toEqual([order('n3', 'n1', 'nothing'), order('n1', 'n3', 'nothing')]);
    await press('Escape');
    expect(find('hold-bar')).toBeNull();
  });

  it('by mouse: the tool, a kind, a link; or every link', async () => {
    await click(byTestId('tool-hold'));
    const choice = byTestId('hold-choice');
    if (!(choice instanceof HTMLSelectElement)) throw new Error('no choice');
    choice.value = 'RequestVote';
    choice.dispatchEvent(new Event('change'));
    await click(document.querySelector('.ring-link[data-link="n2-n4"]') ?? document.body);
    expect(bridge.called('link:set')).toEqual([order('n2', 'n4', ['RequestVote']), order('n4', 'n2', ['RequestVote'])]);
    await click(byTestId('hold-all'));
    await click(byTestId('hold-release'));
    expect(bridge.called('network:hold')).toEqual([{ hold: ['RequestVote'] }, { hold: 'nothing' }]);
  });
});

describe('held messages', () => {
  beforeEach(async () => {
    await happen(held('1.1.7', 2), 1);
    await happen(held('1.1.8', 3), 1);
    await happen(held('1.1.9', 2), 1);
  });

  it('stand on their links until they go, and say what they are', async () => {
    expect(byTestId('held-m1').getAttribute('aria-label')).toBe('m1, AppendEntries 3 of term 2 from n1 to n2, held');
    const place = byTestId('held-m1').getAttribute('transform');
    expect(byTestId('held-m3').getAttribute('transform')).not.toBe(place);
    await happen({ type: 'messageReleased', messageId: '1.1.7', to: 2, message }, 1);
    expect(find('held-m1')).toBeNull();
    expect(byTestId('held-m3').getAttribute('transform'), 'it has moved up').toBe(place);
  });

  it('are chosen by click, and delivered, lost, doubled by the bar; the next on the link follows', async () => {
    expect(find('hold-bar')).toBeNull();
    await click(byTestId('held-m1'));
    expect(byTestId('hold-bar').textContent).toContain('m1 n1 → n2 · AppendEntries 3');
    await click(byTestId('held-double'));
    await click(byTestId('held-deliver'));
    expect(byTestId('hold-bar').textContent).toContain('m3');
    await click(byTestId('held-lose'));
    const sent = (messageId: string) => [{ node: 'n1', messageId }];
    expect(bridge.called('message:double')).toEqual(sent('1.1.7'));
    expect(bridge.called('message:deliver')).toEqual(sent('1.1.7'));
    expect(bridge.called('message:lose')).toEqual(sent('1.1.9'));
  });

  it('are drawn over the messages that pass', () => {
    const canvas = document.querySelector('canvas');
    const position = canvas?.compareDocumentPosition(byTestId('held-m1')) ?? 0;
    expect(position & Node.DOCUMENT_POSITION_FOLLOWING).not.toBe(0);
  });

  it('are delivered and lost by keys alone: M chooses the oldest, the arrows another', async () => {
    await press('Enter');
    expect(bridge.called('message:deliver'), 'none is chosen').toEqual([]);
    await press('m');
    await press('Enter');
    expect(bridge.called('message:deliver')).toEqual([{ node: 'n1', messageId: '1.1.7' }]);
    const mark = byTestId('held-m2');
    if (mark instanceof SVGElement) mark.focus();
    await press('Backspace');
    expect(bridge.called('message:lose')).toEqual([{ node: 'n1', messageId: '1.1.8' }]);
  });

  it('are in the inbox of the node that they are for, and in the table', async () => {
    const rows = (within: Element): readonly string[] => [...within.querySelectorAll('.what')]
      .map(({ textContent }) => textContent.trim().split(' ')[0] ?? '');
    expect(rows(byTestId('inbox'))).toEqual(['m2']);
    await press('t');
    expect(rows(byTestId('stage-table'))).toEqual(['m1', 'm2', 'm3']);
    const lose = byTestId('inbox').querySelector('[aria-label="Lose m2"]');
    await click(lose ?? document.body);
    expect(bridge.called('message:lose')).toEqual([{ node: 'n1', messageId: '1.1.8' }]);
  });
});
