/** The bridge of a page without a main process: its labs are simulated, with real elections and real logs. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandInput } from '../../../src/contract/commands.ts';
import { createSimulatedBridge } from '../../../src/renderer/bridge/simulated.ts';
import type { SimulatedBridge } from '../../../src/renderer/bridge/simulated.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { applyEvent, emptyView } from '../../../src/trace/fold.ts';

/** Longer than any election at class pace. */
const ELECTION_MS = 10_000;

let bridge: SimulatedBridge;

async function view() {
  const attaching = bridge.invoke('lab:attach', {});
  await vi.advanceTimersByTimeAsync(20);
  const reply = await attaching;
  if (!reply.ok) throw new Error(reply.error.message);
  return reply.value.view;
}

async function leaders() {
  return Object.values((await view()).nodes).filter((node) => node.role === 'leader' && node.life === 'running');
}

async function execute(input: CommandInput<'kv:execute'>) {
  const executing = bridge.invoke('kv:execute', input);
  await vi.advanceTimersByTimeAsync(ELECTION_MS);
  return executing;
}

beforeEach(async () => {
  vi.useFakeTimers();
  bridge = createSimulatedBridge({ writes: false });
  await vi.advanceTimersByTimeAsync(ELECTION_MS);
});
afterEach(() => {
  bridge.close();
  vi.useRealTimers();
});

describe('a page with simulated labs', () => {
  it('elects a leader, and another when that one crashes', async () => {
    const [first] = await leaders();
    expect(first?.name).toBeDefined();
    void bridge.invoke('node:crash', { node: first?.name ?? 'n1' });
    await vi.advanceTimersByTimeAsync(ELECTION_MS);
    const [second, ...others] = await leaders();
    expect(others).toEqual([]);
    expect(second?.name).not.toBe(first?.name);
  });

  it('answers a write through a follower, with its route', async () => {
    const [leader] = await leaders();
    const asked = leader?.name === 'n1' ? 'n2' : 'n1';
    const reply = await execute({ node: asked, command: { op: 'put', key: 'a', value: '1' } });
    expect(reply).toMatchObject({ ok: true, value: { route: [asked, leader?.name], hops: 1 } });
  });

  it('does not know the outcome of a write in a minority', async () => {
    const [leader] = await leaders();
    const name = leader?.name ?? 'n1';
    const others = (['n1', 'n2', 'n3', 'n4', 'n5'] as const).filter((other) => other !== name);
    // The first write also opens the client's session: without one the command would not even be proposed.
    await execute({ node: name, command: { op: 'put', key: 'a', value: '0' } });
    void bridge.invoke('network:partition', { groups: [[name], [...others]] });
    await vi.advanceTimersByTimeAsync(20);
    const reply = await execute({ node: name, command: { op: 'put', key: 'a', value: '1' } });
    expect(reply).toMatchObject({ ok: false, error: { code: 'unknown-outcome' } });
  });

  it('sends numbered events without gaps, which fold to the view that it attaches with', async () => {
    const seen: TraceEvent[] = [];
    const folded = emptyView();
    bridge.close();
    bridge = createSimulatedBridge({ writes: true });
    bridge.onEvents((batch) => { seen.push(...batch.events); });
    await vi.advanceTimersByTimeAsync(ELECTION_MS);
    const attached = await view();
    for (const event of seen.filter(({ seq }) => seq <= attached.seq)) applyEvent(folded, event);
    expect(seen.map(({ seq }) => seq)).toEqual(seen.map((_, position) => position + 1));
    expect(folded).toEqual(attached);
  });

  it('opens, makes and deletes labs', async () => {
    const changed = vi.fn();
    bridge.onLabChanged(changed);
    void bridge.invoke('lab:create', { name: 'Mine', nodeCount: 3, pace: 'fast' });
    await vi.advanceTimersByTimeAsync(20);
    expect(changed).toHaveBeenCalledTimes(1);
    expect((await view()).name).toBe('Mine');
    expect(Object.keys((await view()).nodes)).toEqual(['n1', 'n2', 'n3']);
  });

  it('answers what waits when its lab is deleted or another is opened', async () => {
    const [leader] = await leaders();
    const node = leader?.name ?? 'n1';
    const put = bridge.invoke('kv:execute', { node, command: { op: 'put', key: 'a', value: '1' } });
    const get = bridge.invoke('kv:execute', { node, command: { op: 'get', key: 'a' } });
    void bridge.invoke('lab:delete', { labId: 'default' });
    await vi.advanceTimersByTimeAsync(20);
    expect(await put).toMatchObject({ ok: false, error: { code: 'unknown-outcome' } });
    expect(await get).toMatchObject({ ok: false, error: { code: 'refused' } });
  });

  it('gives up what a paused node was asked, a command when its time is over', async () => {
    const [leader] = await leaders();
    const node = leader?.name ?? 'n1';
    const put = bridge.invoke('kv:execute', { node, command: { op: 'put', key: 'a', value: '1' } });
    void bridge.invoke('node:pause', { node });
    await vi.advanceTimersByTimeAsync(ELECTION_MS);
    expect(await put).toMatchObject({ ok: false, error: { code: 'unknown-outcome' } });
  });

  it('gives a new lab an id of its own after one was deleted', async () => {
    for (const name of ['First', 'Second']) {
      void bridge.invoke('lab:create', { name, nodeCount: 3, pace: 'fast' });
      if (name === 'First') void bridge.invoke('lab:delete', { labId: 'default' });
      await vi.advanceTimersByTimeAsync(20);
    }
    const listing = bridge.invoke('lab:list', {});
    await vi.advanceTimersByTimeAsync(20);
    const reply = await listing;
    const names = reply.ok ? reply.value.map(({ name }) => name) : [];
    expect(names).toEqual(expect.arrayContaining(['First', 'Second']));
  });
});
