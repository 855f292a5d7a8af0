/** From live to simulated: a lab of real nodes continues in the simulator, with what was on their disks. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { DiskPage } from '../../src/contract/answers.ts';
import type { LabService } from '../../src/lab/service.ts';
import { linkKey } from '../../src/trace/fold.ts';
import type { NodeName } from '../../src/trace/names.ts';
import { labErrorOf, startLab } from './support.ts';

/** What a disk keeps, without where it lies, how often it was opened, and what it may write late (commit index). */
function kept({ identity: { id, incarnation }, hardState: { currentTerm, votedFor }, ...page }: DiskPage): unknown {
  const { firstIndex, lastIndex, snapshotIndex, snapshotTerm, snapshotBytes, rows } = page;
  return {
    id, incarnation, currentTerm, votedFor, firstIndex, lastIndex, snapshotIndex, snapshotTerm, snapshotBytes, rows,
  };
}

async function disksOf(service: LabService, names: readonly NodeName[]): Promise<unknown[]> {
  return Promise.all(names.map(async (node) => kept(await service.execute('node:disk', { node, count: 500 }))));
}

test('the simulated lab begins with the disks, faults and lives of the live one, and elects and goes on', async () => {
  const live = await startLab(4);
  const leader = await live.leaderOf();
  await live.service.execute('node:wipe', { node: live.names.find((name) => name !== leader) ?? 'n1' });
  await live.until('four voters again', ({ nodes }) => nodes.every(({ life }) => life === 'running')
    && nodes.every(({ configuration }) => configuration?.voters.length === 4 && configuration.learners.length === 0));
  const ruler = await live.leaderOf();
  await live.put(ruler, 'colour\udcff', '\udc89PNG');
  await live.converged();
  for (const name of live.names) await live.act('node:compact', name);
  await live.put(ruler, 'depth', 'deep\udce2\udc82');
  await live.converged();
  const [crashed, paused] = live.names.filter((name) => name !== ruler) as [NodeName, NodeName];
  await live.service.execute('lab:setLeaseReads', { enabled: true });
  await live.act('node:crash', crashed);
  await live.act('node:pause', paused);
  const faults = {
    down: false, lossPercent: 0, delayMs: 7, jitterMs: 0, duplicatePercent: 0, reorderPercent: 0, hold: 'nothing',
  } as const;
  await live.service.execute('link:set', { from: ruler, to: crashed, bothWays: false, faults });
  const others = live.names.filter((name) => name !== crashed);
  await live.service.execute('network:partition', { groups: [[crashed], others] });
  const { names, view: { labId } } = live;
  const ids = live.nodes.map(({ id }) => id);
  // Two of four voters run: nothing more is committed, and with pre-vote no term begins.
  const disks = await disksOf(live.service, names);

  const summary = await live.service.execute('lab:simulate', { seed: 7 });
  expect(summary).toMatchObject({
    name: 'Test lab, simulated', nodeCount: 4, isOpen: true, simulation: { seed: 7 }, pace: 'fast',
  });
  const { view, time } = await live.service.execute('lab:attach', {});
  expect(time).toMatchObject({ state: 'held', step: 0, atMs: 0 });
  expect(view).toMatchObject({ seed: 7, leaseReads: true });
  expect(Object.values(view.nodes).map(({ id }) => id)).toEqual(ids);
  expect([view.nodes[crashed]?.life, view.nodes[paused]?.life]).toEqual(['crashed', 'paused']);
  expect(view.links[linkKey(ruler, crashed)]?.faults).toEqual({ ...faults, down: true });
  expect(await disksOf(live.service, names)).toEqual(disks);

  // Time goes on: what was committed is there for clients, and the crashed node catches up.
  await live.service.execute('network:heal', {});
  await live.service.execute('node:restart', { node: crashed });
  await live.service.execute('node:resume', { node: paused });
  await live.service.execute('time:step', { unit: 'election' });
  const answer = live.service.execute('kv:execute', { node: crashed, command: { op: 'get', key: 'depth' } });
  await live.service.execute('time:runFor', { forMs: 5000 });
  expect((await answer).result).toEqual({ type: 'value', value: 'deep\udce2\udc82' });
  const after = await live.service.execute('lab:attach', {});
  expect(Object.values(after.view.nodes).map(({ configuration }) => configuration?.voters))
    .toEqual(ids.map(() => ids.toSorted((a, b) => a - b)));
  expect((await live.service.execute('node:kv', { node: crashed, prefix: '', limit: 10 })).entries
    .map(({ key, value }) => [key, value])).toEqual([['colour\udcff', '\udc89PNG'], ['depth', 'deep\udce2\udc82']]);

  // The live lab is what it was, and the beginning of the other one is kept, in a copy as well.
  await live.service.execute('lab:open', { labId });
  expect(Object.values((await live.service.execute('lab:attach', {})).view.nodes).map(({ id }) => id)).toEqual(ids);
  const copy = await live.service.execute('lab:copy', { labId: summary.labId, name: 'Copy' });
  await live.service.execute('lab:open', { labId: copy.labId });
  await live.service.execute('time:seek', { step: 0 });
  expect(await disksOf(live.service, names)).toEqual(disks);
}, 120_000);

test('what cannot be continued is refused in words, and the live lab is open again as it was', async () => {
  const live = await startLab(3);
  await live.leaderOf();
  await live.act('node:crash', 'n2');
  const { dataDirectory, view: { labId } } = live;
  rmSync(join(dataDirectory, 'labs', labId, 'n2', 'raft.db'));
  const error = await labErrorOf(live.service.execute('lab:simulate', {}));
  expect([error.code, error.message]).toEqual(['disk-error', expect.stringContaining('n2 has no raft.db') as unknown]);
  const { view } = await live.service.execute('lab:attach', {});
  expect([view.labId, view.nodes['n2']?.life, view.seed]).toEqual([labId, 'crashed', null]);
  expect(readdirSync(join(dataDirectory, 'labs'))).toEqual([labId]);
});

test('a seed opens as a lab, which is the same one the next time, and its time stops at the finding', async () => {
  const { service } = await startLab(1);
  const seed = await service.execute('lab:openSeed', { seed: 2, rulesOff: ['commitOnlyCurrentTerm'] });
  expect(seed).toMatchObject({ name: 'Seed 2 without commitOnlyCurrentTerm', simulation: { seed: 2 }, isOpen: true });
  const { heldBecause } = await service.execute('time:step', { unit: 'finding' });
  expect(heldBecause).not.toBeNull();
  const again = await service.execute('lab:openSeed', { seed: 2, rulesOff: ['commitOnlyCurrentTerm'] });
  expect(again.labId).toBe(seed.labId);
  expect((await service.execute('lab:openSeed', { seed: 2 })).labId).not.toBe(seed.labId);
});
