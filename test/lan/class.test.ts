/** A whole class in one lab: everybody is on the wall and sees what happens, and who is slow holds up nobody. */
import { expect, test } from 'vitest';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { networkFaults } from '../../src/trace/network.ts';
import { comeIn, joinHost, openHost } from './support.ts';

const MACHINES = 25;
/** Far more than may wait for a machine that acknowledges nothing (lab/trace/eventStream.ts). */
const EVENTS = 40_000;
const LIMIT = { timeout: 90_000, interval: 50 };

/** Joins and never acknowledges an event. @returns how many batches it was sent */
async function joinAndTakeNothing(port: number, key: Uint8Array): Promise<() => number> {
  let batches = 0;
  await comeIn(port, key, { machineName: 'slow desk', role: 'viewer' }, ({ type }) => {
    if (type === 'events') batches += 1;
  });
  return () => batches;
}

test('25 machines see everything that matters; a slow one gets a bounded part, and holds up nobody', async () => {
  const { host, trace, key } = await openHost();
  const batchesOfSlow = await joinAndTakeNothing(host.port, key);
  // As students do: some at a time, so that the bound on unfinished handshakes is not reached.
  const machines = [];
  for (let number = 1; number < MACHINES; number += 1) {
    machines.push((await joinHost(host, key, { machineName: `desk ${number}`, role: 'viewer' })).lab);
  }
  await expect.poll(() => host.machines.length, LIMIT).toBe(MACHINES + 1);
  for (let count = 1; count <= EVENTS; count += 1) {
    trace.recordOf(1, {
      type: 'persisted', entryCount: 1, bytes: count, hardStateChanged: false, lastIndex: count, durationMs: 1,
    });
    // A turn of the loop now and then, as between the nodes' own batches.
    if (count % 500 === 0) await new Promise(setImmediate);
  }
  for (const [from, to] of [['n1', 'n2'], ['n2', 'n1']] as const) {
    trace.record({ type: 'linkChanged', from, to, faults: { ...NO_FAULTS, down: true } });
  }
  for (const lab of machines) {
    await expect.poll(() => networkFaults(lab.attach().view).partition, LIMIT).toEqual([['n1'], ['n2']]);
  }
  const slow = host.machines.find(({ name }) => name === 'slow desk');
  expect(slow?.isConnected).toBe(true);
  expect(batchesOfSlow()).toBeLessThanOrEqual(5);
  expect(host.machines.filter(({ role }) => role !== 'host')).toHaveLength(MACHINES);
}, 180_000);
