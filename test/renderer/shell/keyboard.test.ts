import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useKeyboard } from '../../../src/renderer/shell/useKeyboard.ts';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useToastStore } from '../../../src/renderer/stores/toasts.ts';
import { useWindowStore } from '../../../src/renderer/stores/window.ts';
import { attachAnswer, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { settle, withWindow } from '../support/mountWindow.ts';

let bridge: ManualBridge;
let unmount: () => void;

async function opened() {
  const { result, unmount: end } = withWindow(bridge, () => {
    useKeyboard();
    return { cluster: useClusterStore(), view: useWindowStore(), toasts: useToastStore() };
  });
  unmount = end;
  await result.cluster.start();
  return result;
}

function press(key: string, target: EventTarget = document.body, init: KeyboardEventInit = {}): void {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init }));
}

beforeEach(() => {
  stubFrames();
  bridge = new ManualBridge().answer('lab:attach', () => attachAnswer(openingEvents()));
});
afterEach(() => {
  unmount();
  document.body.replaceChildren();
});

describe('keys', () => {
  it('select a node and act on it', async () => {
    const { cluster } = await opened();
    press('2');
    expect(cluster.selected).toBe('n2');
    press('c');
    await settle();
    expect(bridge.called('node:crash')).toEqual([{ node: 'n2' }]);
  });

  it('do only what the node offers now, and say what that is', async () => {
    const paused = { type: 'nodePaused' } as const;
    const history = openingEvents();
    bridge.answer('lab:attach', () => attachAnswer([...history, traceEvent(history.length + 1, paused, 2)]));
    const { toasts } = await opened();
    press('2');
    press('r');
    await settle();
    expect(bridge.called('node:restart')).toEqual([]);
    expect(toasts.toasts[0]?.text).toBe('n2 is paused. Possible now: Crash (C), Resume (Space).');
    press(' ');
    await settle();
    expect(bridge.called('node:resume')).toEqual([{ node: 'n2' }]);
  });

  it('say what to do when nothing is selected', async () => {
    const { toasts } = await opened();
    press('c');
    await settle();
    expect(bridge.called('node:crash')).toEqual([]);
    expect(toasts.toasts[0]?.text).toContain('Select a node first');
  });

  it('do nothing to a lab where none is open, and say so', async () => {
    bridge.answer('lab:attach', () => ({ code: 'no-open-lab', message: 'no lab is open' }));
    const { view, toasts } = await opened();
    for (const key of ['p', 'h', 'c']) press(key);
    await settle();
    expect(view.stageTool).toBe('select');
    expect(bridge.called('network:heal')).toEqual([]);
    expect(toasts.toasts[0]?.text).toContain('No lab is open');
  });

  it('walk round the ring', async () => {
    const { cluster } = await opened();
    press('[');
    expect(cluster.selected).toBe('n3');
    press(']');
    expect(cluster.selected).toBe('n1');
  });

  it('do nothing to the cluster while somebody types', async () => {
    const { cluster } = await opened();
    cluster.select('n1');
    const field = document.createElement('input');
    document.body.append(field);
    press('c', field);
    press('h', field);
    await settle();
    expect(bridge.calls.map(({ name }) => name)).toEqual(['lab:attach']);
  });

  it('do nothing behind a dialog', async () => {
    const { cluster, view } = await opened();
    cluster.select('n1');
    const dialog = document.createElement('div');
    dialog.setAttribute('role', 'dialog');
    document.body.append(dialog);
    press('c', dialog);
    press('k', dialog, { ctrlKey: true });
    expect(bridge.called('node:crash')).toEqual([]);
    expect(view.dialog).toBeNull();
  });

  it('do not repeat while held down', async () => {
    const { cluster } = await opened();
    press('1');
    press('c', document.body, { repeat: true });
    await settle();
    expect(cluster.selected).toBe('n1');
    expect(bridge.called('node:crash')).toEqual([]);
  });

  it('leave the space bar to a focused button', async () => {
    const { cluster } = await opened();
    cluster.select('n1');
    const button = document.createElement('button');
    document.body.append(button);
    press(' ', button);
    expect(bridge.called('node:pause')).toEqual([]);
    press(' ');
    expect(bridge.called('node:pause')).toEqual([{ node: 'n1' }]);
  });

  it('leave a tool first and the node then', async () => {
    const { cluster, view } = await opened();
    cluster.select('n1');
    press('p');
    expect(view.stageTool).toBe('partition');
    press('Escape');
    expect([view.stageTool, cluster.selected]).toEqual(['select', 'n1']);
    press('Escape');
    expect(cluster.selected).toBeNull();
  });
});
