/** A host and machines that join it, over real connections. */
import { randomBytes, randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { testConnection } from '../../src/lan/diagnose/connectionTest.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { networkFaults } from '../../src/trace/network.ts';
import { temporaryFolder } from '../node/support.ts';
import { joinHost, memoryIn, openHost } from './support.ts';

const refusalOf = (promise: Promise<unknown>): Promise<string> => promise.then(
  () => 'done', (error: unknown) => (error instanceof LabError ? `${error.code}: ${error.message}` : String(error)),
);

test('a machine that joins sees the lab, hears what happens, and is seen by the host', async () => {
  const { host, trace, key } = await openHost();
  const { lab, events } = await joinHost(host, key);
  expect(lab.summary).toMatchObject({ labId: 'lab-a', name: 'Room 12' });
  expect(Object.keys(lab.attach().view.nodes)).toEqual(['n1', 'n2']);
  for (const [from, to] of [['n1', 'n2'], ['n2', 'n1']] as const) {
    trace.record({ type: 'linkChanged', from, to, faults: { ...NO_FAULTS, down: true } });
  }
  await expect.poll(() => networkFaults(lab.attach().view).partition, { timeout: 90_000 }).toEqual([['n1'], ['n2']]);
  expect(events.map(({ type }) => type)).toContain('linkChanged');
  await expect.poll(() => host.machines[1]?.roundTripMs, { timeout: 90_000 }).toBeGreaterThanOrEqual(0);
  const machines = [
    { name: 'teacher', role: 'host', isConnected: true, nodes: ['n1'] },
    { name: 'desk 7', role: 'member', isConnected: true, nodes: ['n2'] },
  ];
  expect(host.machines).toMatchObject(machines);
  // The joined machine is told the same, and measures the way to the host itself.
  await expect.poll(() => lab.status, { timeout: 90_000 }).toMatchObject({ machines });
  await expect.poll(() => lab.status.mode === 'joined' && lab.status.machines[0]?.roundTripMs, { timeout: 90_000 })
    .toBeGreaterThanOrEqual(0);
});

test('a member acts on its own nodes and asks the store, and hears the lab\'s words when it is refused', async () => {
  const { host, key, executed } = await openHost();
  const { lab } = await joinHost(host, key);
  expect(await lab.execute('kv:execute', { node: 'n1', command: { op: 'get', key: 'a' } }))
    .toMatchObject({ result: { type: 'value', value: null } });
  expect(await lab.execute('node:pause', { node: 'n2' })).toBeNull();
  expect(await refusalOf(lab.execute('node:crash', { node: 'n2' }))).toBe('node-crashed: node n2 is crashed');
  expect(await refusalOf(lab.execute('node:pause', { node: 'n1' }))).toContain('n1 is not a node of this machine');
  expect(await refusalOf(lab.execute('network:heal', {}))).toContain('only the host may do this');
  expect(await refusalOf(lab.execute('lab:delete', { labId: 'lab-a' }))).toContain('only the host may do this');
  expect(await refusalOf(lab.execute('node:pause', { node: 17 }))).toContain('invalid-argument');
  expect(await refusalOf(lab.execute('constructor' as 'lab:list', {}))).toContain('unknown-command');
  expect(executed).toEqual(['kv:execute', 'node:pause', 'node:crash']);
});

test('a viewer looks and reads, no more', async () => {
  const { host, key } = await openHost();
  const { lab } = await joinHost(host, key, { role: 'viewer' });
  expect(await lab.execute('kv:execute', { node: 'n1', command: { op: 'get', key: 'a' } })).toBeTruthy();
  expect(await refusalOf(lab.execute('kv:execute', { node: 'n1', command: { op: 'delete', key: 'a' } })))
    .toContain('join as a member to write');
  expect(await refusalOf(lab.execute('node:pause', { node: 'n2' }))).toContain('a viewer looks');
  expect(await refusalOf(lab.bringNode(false))).toContain('a viewer brings no nodes');
});

test('who cannot get in is told why', async () => {
  const { host, key } = await openHost();
  expect(await refusalOf(joinHost(host, randomBytes(32)))).toContain('the code is wrong');
  host.joiningIsOpen = false;
  // A machine that has nodes in the lab may come back all the same; this host says so of every machine.
  const { lab } = await joinHost(host, key);
  expect(lab.status).toMatchObject({ mode: 'joined', isConnected: true });
});

test('a machine whose connection breaks connects again, and its picture is whole again', async () => {
  const { host, trace, key, went } = await openHost();
  let replaced = 0;
  const memory = memoryIn(temporaryFolder());
  const { machineId } = await memory.key();
  const runId = randomUUID();
  const { lab } = await joinHost(host, key, {
    memory, runId,
    onViewReplaced: () => {
      replaced += 1;
    },
  });
  // The same machine comes in by another connection: the first one is ended, and its owner connects anew.
  const second = await joinHost(host, key, { memory, runId, machineName: 'desk 7 again' });
  await expect.poll(() => went, { timeout: 90_000 }).toContain(machineId);
  expect(host.machines).toHaveLength(2);
  await second.lab.close();
  trace.record({ type: 'partitioned', groups: [['n1'], ['n2']] });
  expect(replaced).toBe(0);
  expect(lab.status).toMatchObject({ mode: 'joined' });
});

test('a machine that is let go is told so and does not come back by itself', async () => {
  const { host, key } = await openHost();
  const words = await new Promise<string>((resolve, reject) => {
    const memory = memoryIn(temporaryFolder());
    joinHost(host, key, { memory, onDismissed: resolve })
      .then(async () => host.dismiss((await memory.key()).machineId, new AbortController().signal)).catch(reject);
  });
  expect(words).toContain('disconnected this machine');
  expect(host.machines).toMatchObject([{ role: 'host' }]);
});

test('a machine that is gone with nodes in the lab is told of, and its nodes can be removed', async () => {
  const gone = { id: randomUUID(), name: 'desk 3' };
  const refusal = 'n2 stays a member: without the vote of n2 nothing could be committed';
  const released: string[] = [];
  const { host } = await openHost(randomBytes(32), 'lab-a', temporaryFolder(), {
    lab: {
      missingMachines: [gone],
      nodesOf: (machineId) => (machineId === gone.id ? ['n2'] : []),
      releaseMachine: (machineId) => {
        released.push(machineId);
        return Promise.resolve(released.length === 1 ? [refusal] : []);
      },
    },
  });
  const { signal } = new AbortController();
  expect(host.machines).toMatchObject([
    { role: 'host' }, { machineId: gone.id, name: 'desk 3', isConnected: false, nodes: ['n2'] },
  ]);
  expect(await refusalOf(host.dismiss(gone.id, signal))).toContain(refusal);
  expect(await refusalOf(host.dismiss(gone.id, signal))).toBe('done');
  expect(await refusalOf(host.dismiss(randomUUID(), signal))).toContain('not connected');
});

test('the connection test says step by step what works', async () => {
  const { host, key } = await openHost();
  const hello = {
    runId: randomUUID(), machineName: 'desk 7', role: 'member', permits: true, running: [],
  } as const;
  const identity = await memoryIn(temporaryFolder()).key();
  const outcomes = async (port: number, code: Uint8Array | LabError): Promise<readonly string[]> =>
    (await testConnection('127.0.0.1', port, code, { ...hello, running: [] }, identity, new AbortController().signal))
      .steps.map(({ what, outcome }) => `${what} ${outcome}`);
  expect(await outcomes(host.port, key))
    .toEqual(['Network ok', 'Reply ok', 'Code ok', 'Version ok', 'Clock ok', 'Datagrams ok']);
  expect(host.machines, 'nobody has joined').toHaveLength(1);
  const typo = new LabError('refused', 'There is a mistake in this join code.');
  expect(await outcomes(host.port, typo)).toEqual(['Network ok', 'Code failed']);
  expect(await outcomes(host.port, randomBytes(32))).toEqual(['Network ok', 'Reply ok', 'Code failed']);
  const { port } = host;
  host.close();
  expect(await outcomes(port, key)).toEqual(['Network ok', 'Reply failed']);
});
