import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { defineComponent, h, nextTick } from 'vue';
import type { VueWrapper } from '@vue/test-utils';
import { useKeyboard } from '../../../src/renderer/shell/useKeyboard.ts';
import StageView from '../../../src/renderer/stage/StageView.vue';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useToastStore } from '../../../src/renderer/stores/toasts.ts';
import { useWindowStore } from '../../../src/renderer/stores/window.ts';
import type { TraceBody } from '../../../src/trace/events.ts';
import { NO_FAULTS } from '../../../src/trace/events.ts';
import { attachAnswer, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import type { Frames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { mountWindow, settle } from '../support/mountWindow.ts';

const NODES = 5;

let bridge: ManualBridge;
let frames: Frames;
let wrapper: VueWrapper;
let seq = 0;

/** The stage with the window's keyboard, as the app has them. */
const Host = defineComponent(() => {
  const cluster = useClusterStore();
  useKeyboard();
  void cluster.start();
  return () => (cluster.status === 'live' ? h(StageView) : null);
});

beforeEach(async () => {
  frames = stubFrames();
  const events = openingEvents(NODES);
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

function words(id: string): string {
  return byTestId(id).textContent.replaceAll(/\s+/g, ' ').trim();
}

function byTestId(id: string): Element {
  const element = document.querySelector(`[data-testid="${id}"]`);
  if (element === null) throw new Error(`nothing has the test id ${id}`);
  return element;
}

async function press(key: string, target: EventTarget = document.activeElement ?? document.body): Promise<void> {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await nextTick();
  await settle();
}

async function click(id: string): Promise<void> {
  byTestId(id).dispatchEvent(new MouseEvent('click', { bubbles: true }));
  await nextTick();
  await settle();
}

/** A node's button: what has the focus and the name. */
function button(name: string): SVGElement {
  const element = byTestId(`node-${name}`).querySelector('[role="button"]');
  if (!(element instanceof SVGElement)) throw new Error(`${name} is not drawn`);
  return element;
}

function focusNode(name: string): SVGElement {
  button(name).focus();
  return button(name);
}

/** The node that has the focus. */
function focused(): string | null {
  return document.activeElement?.closest('[data-node]')?.getAttribute('data-node') ?? null;
}

describe('the stage', () => {
  it('shows each node with its state, for eyes, ears and tests', async () => {
    const leader = byTestId('node-n1');
    expect(leader.getAttribute('data-role')).toBe('leader');
    expect(leader.getAttribute('data-term')).toBe('2');
    expect(leader.getAttribute('data-commit')).toBe('2');
    expect(button('n1').getAttribute('aria-label')).toContain('n1, leader in term 2');
    await happen({ type: 'nodeCrashed' }, 2);
    expect(byTestId('node-n2').getAttribute('data-life')).toBe('crashed');
  });

  it('selects by click', async () => {
    await click('node-n3');
    expect(button('n3').getAttribute('aria-pressed')).toBe('true');
    expect(button('n1').getAttribute('aria-pressed')).toBe('false');
  });

  it('is one stop of the Tab key; the arrows walk on from there, Enter selects', async () => {
    const stops = document.querySelectorAll('.ring-node [tabindex="0"]');
    expect([...stops]).toEqual([button('n1')]);
    await press('ArrowLeft', focusNode('n1'));
    expect(focused()).toBe('n5');
    await press('ArrowRight');
    await press('ArrowRight');
    expect(focused()).toBe('n2');
    expect(button('n2').getAttribute('tabindex')).toBe('0');
    await press('Enter');
    expect(button('n2').getAttribute('aria-pressed')).toBe('true');
  });

  it('opens a node’s menu from the keyboard, and runs what is chosen', async () => {
    await press('ContextMenu', focusNode('n2'));
    await draw();
    expect(byTestId('node-menu').textContent).toContain('Crash');
    await click('menu-crash');
    expect(bridge.called('node:crash')).toEqual([{ node: 'n2' }]);
  });

  it('parts nodes that are picked with the keyboard', async () => {
    await press('p');
    await draw();
    expect(byTestId('partition-bar').textContent).toContain('Pick nodes');
    await press('1');
    await press('2');
    await draw();
    expect(byTestId('partition-bar').textContent).toMatch(/n1 n2\s*minority.*n3 n4 n5\s*majority/);
    expect(button('n2').getAttribute('aria-pressed')).toBe('true');
    await press('Enter', focusNode('n2'));
    expect(bridge.called('network:partition')).toEqual([{ groups: [['n1', 'n2'], ['n3', 'n4', 'n5']] }]);
    expect(document.querySelector('[data-testid="partition-bar"]')).toBeNull();
  });

  it('forgets the picked nodes when Escape puts the tool away', async () => {
    await press('p');
    await press('1');
    await press('Escape', document.body);
    await draw();
    expect(document.querySelector('[data-testid="partition-bar"]')).toBeNull();
    await press('p');
    await draw();
    expect(button('n1').getAttribute('aria-pressed')).toBe('false');
    expect(bridge.called('network:partition')).toEqual([]);
  });

  it('draws the wall of a partition, and offers to heal it', async () => {
    expect(document.querySelector('[data-testid="partition-wall"]')).toBeNull();
    expect(document.querySelector('[data-testid="tool-heal"]')).toBeNull();
    const far = ['n2', 'n3', 'n4', 'n5'] as const;
    for (const peer of far) {
      await happen({ type: 'linkChanged', from: 'n1', to: peer, faults: { ...NO_FAULTS, down: true } });
      await happen({ type: 'linkChanged', from: peer, to: 'n1', faults: { ...NO_FAULTS, down: true } });
    }
    expect(byTestId('partition-wall')).toBeTruthy();
    expect(document.querySelectorAll('[data-cut="both"]')).toHaveLength(4);
    await click('tool-heal');
    expect(bridge.called('network:heal')).toEqual([{}]);
  });

  it('keeps telling the sides of a partition, also where no wall can be drawn', async () => {
    expect(document.querySelector('[data-testid="partition-sides"]')).toBeNull();
    for (const a of ['n1', 'n3'] as const) {
      for (const b of ['n2', 'n4', 'n5'] as const) {
        await happen({ type: 'linkChanged', from: a, to: b, faults: { ...NO_FAULTS, down: true } });
        await happen({ type: 'linkChanged', from: b, to: a, faults: { ...NO_FAULTS, down: true } });
      }
    }
    expect(document.querySelector('[data-testid="partition-wall"]')).toBeNull();
    expect(words('partition-sides')).toBe('n1 n3 minority 2 of 5 | n2 n4 n5 majority 3 of 5');
    await happen({ type: 'healed' });
    expect(document.querySelector('[data-testid="partition-sides"]')).toBeNull();
  });

  it('draws no wall round a link that is cut alone, and marks it instead', async () => {
    await happen({ type: 'linkChanged', from: 'n1', to: 'n2', faults: { ...NO_FAULTS, down: true } });
    expect(document.querySelector('[data-testid="partition-wall"]')).toBeNull();
    expect(document.querySelector('[data-link="n1-n2"]')?.getAttribute('data-cut')).toBe('forth');
  });

  it('sets a link’s loss as it is typed, both ways, and keeps zero zero', async () => {
    vi.useFakeTimers();
    await press('l');
    await press('1');
    await press('2');
    await vi.advanceTimersByTimeAsync(1);
    const loss = byTestId('link-lossPercent');
    if (!(loss instanceof HTMLInputElement)) throw new Error('no field');
    loss.value = '30';
    loss.dispatchEvent(new Event('input', { bubbles: true }));
    await vi.advanceTimersByTimeAsync(500);
    vi.useRealTimers();
    expect(bridge.called('link:set')).toEqual([
      { from: 'n1', to: 'n2', bothWays: false, faults: { ...NO_FAULTS, lossPercent: 30 } },
      { from: 'n2', to: 'n1', bothWays: false, faults: { ...NO_FAULTS, lossPercent: 30 } },
    ]);
  });

  it('asks which link it is about, and takes a click or a number for an end', async () => {
    await press('l');
    const ends = () => ['link-from', 'link-to'].map((id) => (byTestId(id) as HTMLSelectElement).value);
    expect(ends()).toEqual(['', '']);
    expect(words('link-panel')).toContain('Choose both ends');
    await click('node-n4');
    await press('4');
    expect(ends()).toEqual(['n4', '']);
    await press('2');
    expect(ends()).toEqual(['n4', 'n2']);
    expect(words('link-panel')).toContain('No faults on this link.');
    expect(button('n4').getAttribute('aria-pressed')).toBe('false');
    await press('Escape', byTestId('link-panel'));
    await click('node-n3');
    await press('l');
    expect(ends()).toEqual(['n3', '']);
  });

  it('has a twin in words, with T', async () => {
    await happen({ type: 'linkChanged', from: 'n1', to: 'n2', faults: { ...NO_FAULTS, lossPercent: 10 } });
    await press('t', document.body);
    const table = byTestId('stage-table');
    expect(document.querySelector('.ring-node')).toBeNull();
    const row = table.querySelector('[data-node="n1"]');
    expect(row?.textContent).toMatch(/n1.*running.*leader.*2/s);
    expect(table.querySelector('[data-link="n1-n2"]')?.textContent).toContain('10 % loss from n1 to n2');
    await press('t', document.body);
    expect(document.querySelectorAll('.ring-node')).toHaveLength(NODES);
  });

  it('leaves letters alone that are typed into a field', async () => {
    const field = document.createElement('input');
    document.body.append(field);
    await press('t', field);
    field.remove();
    expect(document.querySelector('[data-testid="stage-table"]')).toBeNull();
  });

  it('says why there is nothing to cut in a cluster of one node', async () => {
    for (const name of ['n2', 'n3', 'n4', 'n5'] as const) await happen({ type: 'nodeRemoved', name });
    for (const [tool, reason] of [['partition', 'A partition takes two nodes: add one.'],
      ['link', 'A link joins two nodes: add one.']] as const) {
      expect(byTestId(`tool-${tool}`).getAttribute('title')).toBe(reason);
      expect(byTestId(`tool-${tool}`).hasAttribute('disabled')).toBe(true);
      await press(tool === 'partition' ? 'p' : 'l', document.body);
      expect(useToastStore().toasts.at(-1)?.text).toBe(reason);
    }
    expect(useWindowStore().stageTool).toBe('select');
  });

  it('says what is missing while there is no leader', async () => {
    expect(document.querySelector('[data-testid="stage-hint"]')).toBeNull();
    await happen({ type: 'nodeCrashed' }, 1);
    expect(byTestId('stage-hint').textContent).toContain('An election starts when a timer runs out');
  });
});
