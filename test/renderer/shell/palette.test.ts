import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { useCommands } from '../../../src/renderer/shell/commands.ts';
import { useClusterStore } from '../../../src/renderer/stores/cluster.ts';
import { useWindowStore } from '../../../src/renderer/stores/window.ts';
import { NO_FAULTS } from '../../../src/trace/events.ts';
import { attachAnswer, openingEvents } from '../support/cluster.ts';
import { stubFrames } from '../support/frames.ts';
import { ManualBridge, traceEvent } from '../support/manualBridge.ts';
import { settle, withWindow } from '../support/mountWindow.ts';

const history = openingEvents(5, 3);
let bridge: ManualBridge;
let unmount: () => void;

async function opened(events = history) {
  bridge.answer('lab:attach', () => attachAnswer(events));
  const { result, unmount: end } = withWindow(bridge, () =>
    ({ commands: useCommands(), cluster: useClusterStore(), view: useWindowStore() }));
  unmount = end;
  await result.cluster.start();
  return result;
}

beforeEach(() => {
  stubFrames();
  bridge = new ManualBridge();
});
afterEach(() => { unmount(); });

describe('the command palette', () => {
  it('begins with what harms nothing', async () => {
    const { commands } = await opened();
    commands.value[0]?.run();
    expect(bridge.calls.map(({ name }) => name)).toEqual(['lab:attach']);
  });

  it('offers what fits a node’s state', async () => {
    const crashed = [...history, traceEvent(history.length + 1, { type: 'nodeCrashed' }, 2)];
    const { commands } = await opened(crashed);
    const titles = commands.value.map(({ title }) => title);
    expect(titles).toContain('Restart n2');
    expect(titles).not.toContain('Crash n2');
    expect(titles).toContain('Crash n3');
  });

  it('puts the selected node’s actions first among the nodes’, with their keys', async () => {
    const { commands, cluster } = await opened();
    cluster.select('n4');
    const nodes = commands.value.filter(({ group }) => group === 'Nodes');
    expect(nodes[0]).toMatchObject({ title: 'Crash n4', keys: 'C' });
    expect(nodes.find(({ title }) => title === 'Crash n1')?.keys).toBeUndefined();
  });

  it('acts on all nodes to which it applies', async () => {
    const down = [2, 4].map((node, at) => traceEvent(history.length + 1 + at, { type: 'nodeCrashed' }, node));
    const paused = traceEvent(history.length + 3, { type: 'nodePaused' }, 1);
    const { commands } = await opened([...history, ...down, paused]);
    for (const id of ['restart.all', 'resume.all', 'pause.all', 'crash.all']) {
      await commands.value.find((command) => command.id === id)?.run();
    }
    const inputs = (...nodes: readonly string[]) => nodes.map((node) => ({ node }));
    expect(bridge.called('node:restart')).toEqual(inputs('n2', 'n4'));
    expect(bridge.called('node:resume')).toEqual(inputs('n1'));
    expect(bridge.called('node:pause')).toEqual(inputs('n3', 'n5'));
    expect(bridge.called('node:crash')).toEqual(inputs('n1', 'n3', 'n5'));
    unmount();
    const healthy = await opened();
    const ids = healthy.commands.value.map(({ id }) => id);
    expect(ids).toContain('crash.all');
    expect(ids).not.toContain('restart.all');
  });

  it('cuts the leader off, whoever it is', async () => {
    const { commands } = await opened();
    await commands.value.find(({ id }) => id === 'isolate-leader')?.run();
    expect(bridge.called('network:partition')).toEqual([{ groups: [['n3'], ['n1', 'n2', 'n4', 'n5']] }]);
  });

  it('offers healing only when there is something to heal', async () => {
    const { commands } = await opened();
    expect(commands.value.some(({ id }) => id === 'heal')).toBe(false);
    unmount();
    const faults = { ...NO_FAULTS, down: true };
    const cut = await opened([
      ...history, traceEvent(history.length + 1, { type: 'linkChanged', from: 'n1', to: 'n2', faults }),
    ]);
    expect(cut.commands.value.some(({ id }) => id === 'heal')).toBe(true);
  });

  it('offers nothing that acts on a lab where none is open', async () => {
    const { commands, cluster } = await opened();
    bridge.answer('lab:attach', () => ({ code: 'no-open-lab', message: 'no lab is open' }));
    bridge.changeLab();
    await settle();
    expect(cluster.noLabOpen).toBe(true);
    expect([...new Set(commands.value.map(({ group }) => group))]).toEqual(['Lab', 'Window']);
    expect(commands.value.filter(({ group }) => group === 'Lab').map(({ id }) => id)).toEqual([
      'open-recording', 'new-lab', 'seed', 'labs', 'run-scenario',
    ]);
  });

  it('asks before it wipes a disk', async () => {
    const { commands, view } = await opened();
    const wiping = commands.value.find(({ id }) => id === 'wipe.n1')?.run();
    expect(view.confirmation?.title).toBe('Wipe the disk of n1?');
    view.answerConfirmation(false);
    await wiping;
    expect(bridge.called('node:wipe')).toEqual([]);
    const again = commands.value.find(({ id }) => id === 'wipe.n1')?.run();
    view.answerConfirmation(true);
    await again;
    await settle();
    expect(bridge.called('node:wipe')).toEqual([{ node: 'n1' }]);
  });
});
