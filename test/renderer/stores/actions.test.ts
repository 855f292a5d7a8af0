import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useActions } from '../../../src/renderer/stores/actions.ts';
import { useToastStore } from '../../../src/renderer/stores/toasts.ts';
import { ManualBridge } from '../support/manualBridge.ts';
import { settle, withWindow } from '../support/mountWindow.ts';

let bridge: ManualBridge;
let unmount: () => void;

function stores() {
  const opened = withWindow(bridge, () => ({ actions: useActions(), toasts: useToastStore() }));
  unmount = opened.unmount;
  return opened.result;
}

beforeEach(() => { bridge = new ManualBridge(); });
afterEach(() => { unmount(); });

describe('actions', () => {
  it('shows a refusal in the lab’s own words', async () => {
    bridge.answer('node:crash', () => ({ code: 'node-crashed', message: 'Node n3 has crashed: restart it.' }));
    const { actions, toasts } = stores();
    expect(await actions.crash('n3')).toBe(false);
    expect(toasts.toasts).toMatchObject([{ kind: 'error', text: 'Node n3 has crashed: restart it.' }]);
  });

  it('does not call an unknown outcome an error', async () => {
    bridge.answer('network:heal', () => ({ code: 'unknown-outcome', message: 'It may still take effect.' }));
    const { actions, toasts } = stores();
    await actions.heal();
    expect(toasts.toasts).toMatchObject([{ kind: 'info' }]);
  });

  it('knows which node is busy, and does not act on it twice', async () => {
    let finish = (): void => undefined;
    bridge.answer('node:restart', () => new Promise((resolve) => { finish = () => { resolve(null); }; }));
    const { actions } = stores();
    const first = actions.restart('n2');
    await settle();
    expect(actions.busyNodes.get('n2')).toBe('restarting');
    expect(await actions.crash('n2')).toBe(false);
    finish();
    expect(await first).toBe(true);
    expect(actions.busyNodes.size).toBe(0);
    expect(bridge.calls.map(({ name }) => name)).toEqual(['node:restart']);
  });

  it('tells of a bridge that broke instead of throwing', async () => {
    bridge.answer('network:reset', () => { throw new Error('the pipe is gone'); });
    const { actions, toasts } = stores();
    expect(await actions.resetFaults()).toBeNull();
    expect(toasts.toasts[0]?.text).toContain('the pipe is gone');
  });

  it('shows the same sentence once and keeps few', () => {
    const { toasts } = stores();
    for (const text of ['a', 'b', 'b', 'c', 'd', 'e']) toasts.show('info', text);
    expect(toasts.toasts.map(({ text }) => text)).toEqual(['c', 'd', 'e']);
  });
});
