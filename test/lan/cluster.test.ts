/** Two machines, one cluster: a host's lab of three nodes and a node of a machine that joins, each with a service. */
import { expect, onTestFinished, test } from 'vitest';
import type { LanStatus } from '../../src/contract/lan.ts';
import { createLabService } from '../../src/lan/labService.ts';
import type { LabService } from '../../src/lab/service.ts';
import { labErrorOf, startLab, workerUrls } from '../lab/support.ts';
import type { TestLab } from '../lab/support.ts';
import { temporaryFolder } from '../node/support.ts';

async function openToLan(lab: TestLab): Promise<LanStatus & { mode: 'host' }> {
  const status = await lab.service.execute('lan:open', { address: '127.0.0.1', port: undefined });
  return status.mode === 'host' ? status : expect.unreachable('the lab is open to the LAN');
}

async function machine(dataDirectory = temporaryFolder()): Promise<LabService> {
  const quiet = (): void => undefined;
  const service = await createLabService({
    dataDirectory, workerUrls, log: { info: quiet, warn: quiet, error: quiet }, opensOwnLab: false,
  });
  onTestFinished(() => service.close());
  return service;
}

async function join(service: LabService, { address, port, code }: LanStatus & { mode: 'host' }): Promise<void> {
  await service.execute('lan:setPermits', { permits: true });
  await service.execute('lan:join', { address, port, code, machineName: 'desk 7', role: 'member' });
}

test('a machine joins, brings a node that becomes a voter, and both windows see one cluster', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  const host = await openToLan(lab);
  await lab.leaderOf();
  await lab.put('n1', 'colour', 'red');
  const desk = await machine();
  await join(desk, host);
  expect(await desk.execute('lan:bringNode', { asLearner: false })).toBe('n4');
  await lab.until('n4 to be a voter', ({ nodes }) => nodes.some(({ role, configuration }) => (
    role === 'leader' && configuration?.voters.includes(4) === true
  )));
  await lab.converged();
  expect(await lab.contents('n4')).toEqual({ colour: 'red' });
  const { result } = await desk.execute('kv:execute', {
    node: 'n4', command: { op: 'put', key: 'colour', value: '\udc89PNG' }, read: undefined,
  });
  expect(result).toEqual({ type: 'written', previous: 'red' });
  // Bytes that are no text go through the channel in both directions: asked by the member, and by the host of its node.
  const bytes = await desk.execute('node:kv', { node: 'n1', prefix: 'colour', limit: 1 });
  expect(bytes.entries).toEqual([{ key: 'colour', value: '\udc89PNG' }]);
  expect((await lab.kv('n4', { op: 'put', key: 'colour', value: '\udce2\udc82' })).result)
    .toEqual({ type: 'written', previous: '\udc89PNG' });
  // Whoever is in follows the host to another code.
  await lab.service.execute('lan:renewCode', {});
  await lab.put('n4', 'after', 'renewal');
  await lab.converged();
  const late = await machine();
  expect((await labErrorOf(join(late, host))).message).toContain('the code is wrong');
  const { view } = await desk.execute('lab:attach', {});
  expect(Object.keys(view.nodes)).toEqual(['n1', 'n2', 'n3', 'n4']);
  expect(await desk.execute('lan:status', {})).toMatchObject({ mode: 'joined', isConnected: true });
  expect((await lab.service.execute('node:disk', { node: 'n4', fromIndex: undefined, count: 5 })).lastIndex)
    .toBeGreaterThan(3);
});

test('a host that closes its lab says goodbye: the machine that is in stops its node and is told why', async () => {
  const lab = await startLab(1);
  const host = await openToLan(lab);
  await lab.leaderOf();
  const desk = await machine();
  await join(desk, host);
  await desk.execute('lan:bringNode', { asLearner: true });
  expect([lab.service.guestCount, desk.guestCount]).toEqual([1, 0]);
  const farewell = new Promise<string>((resolve) => {
    desk.onLabChanged((words) => {
      if (words !== undefined) resolve(words);
    });
  });
  await lab.service.close();
  expect(await farewell).toBe('This machine is no longer in “Test lab”: the host has taken the lab off the network. '
    + 'Its node n2 has stopped.');
  expect(await desk.execute('lan:status', {})).toMatchObject({ mode: 'local' });
  expect(process.getActiveResourcesInfo().filter((kind) => /UDP/i.test(kind))).toEqual([]);
});

test('a machine that goes is out of sight, and comes back with its node as itself', async () => {
  const lab = await startLab(3);
  const host = await openToLan(lab);
  await lab.leaderOf();
  const folder = temporaryFolder();
  const desk = await machine(folder);
  await join(desk, host);
  await desk.execute('lan:bringNode', { asLearner: false });
  await lab.until('n4 to be a voter', ({ nodes }) => nodes.some(({ role, configuration }) => (
    role === 'leader' && configuration?.voters.includes(4) === true
  )));
  await desk.close();
  await lab.until('n4 to be out of sight', ({ view }) => view.nodes['n4']?.life === 'away');
  await lab.put('n1', 'while', 'away');
  const again = await machine(folder);
  await join(again, host);
  await lab.until('n4 to run again', ({ view }) => view.nodes['n4']?.life === 'running');
  await lab.converged();
  expect(lab.node('n4')).toMatchObject({ incarnation: 1, boot: 2 });
  expect(await lab.contents('n4')).toEqual({ while: 'away' });

  // It goes for good: its node still counts, until the host removes it.
  await again.close();
  await lab.until('n4 to be out of sight again', ({ view }) => view.nodes['n4']?.life === 'away');
  const missing = async () => {
    const status = await lab.service.execute('lan:status', {});
    return status.mode === 'host' ? status.machines.filter(({ isConnected }) => !isConnected) : [];
  };
  const [gone] = await missing();
  expect(gone).toMatchObject({ nodes: ['n4'], role: 'member' });
  await lab.service.execute('lan:dismiss', { machineId: gone?.machineId ?? '' });
  await lab.until('n4 to be removed', ({ view }) => view.nodes['n4'] === undefined);
  expect(await missing()).toEqual([]);
  await lab.until('three voters', ({ nodes }) => nodes.some(({ role, configuration }) => (
    role === 'leader' && configuration?.voters.length === 3
  )));
});
