/** A host that renews its code: machines with the former one stop trying, say why, and come back with the new one. */
import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test, vi } from 'vitest';
import { labTagOf } from '../../src/lan/discovery/beacon.ts';
import { PlacesToTry } from '../../src/lan/guest/hostSearch.ts';
import { temporaryFolder } from '../node/support.ts';
import { joinHost, memoryIn, openHost } from './support.ts';

const LIMIT = { timeout: 90_000 };

test('a machine with the former code stops, says that it was renewed, and is in again with the new one', async () => {
  const { host, key, renewKey } = await openHost();
  const memory = memoryIn(temporaryFolder());
  const { lab } = await joinHost(host, key, { memory });
  const { machineId } = await memory.key();
  const renewed = renewKey();
  expect(lab.status, 'whoever is in stays in').toMatchObject({ isConnected: true, needsCode: false });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  host.machine(machineId)?.hangUp();
  await expect.poll(() => lab.status, LIMIT).toMatchObject({ isConnected: false, needsCode: false });
  await vi.advanceTimersByTimeAsync(500);
  await expect.poll(() => lab.status, LIMIT).toMatchObject({ isConnected: false, needsCode: true });
  expect(lab.status).toMatchObject({ problem: expect.stringContaining('has renewed it') as string });
  expect(vi.getTimerCount(), 'no other try is planned').toBe(0);
  expect(host.wrongCodes).toMatchObject([{ tries: 1 }]);
  await expect(lab.useCode(randomBytes(32), new AbortController().signal)).rejects.toThrow('the code is wrong');
  expect(vi.getTimerCount()).toBe(0);
  expect(lab.status).toMatchObject({ isConnected: false, needsCode: true });
  // A channel that has read for long rests by a timer: from here on, time goes on.
  vi.setTimerTickMode('interval', 10);
  await lab.useCode(renewed, new AbortController().signal);
  expect(lab.status).toMatchObject({ isConnected: true, needsCode: false, problem: null, machineId });
  await expect(lab.useCode(renewed, new AbortController().signal)).rejects.toThrow('is connected');
});

test('a place where the code was wrong is not tried again before there is another code; the known one is', () => {
  const known = { address: '10.0.0.5', port: 47_317 };
  const tag = labTagOf('lab-a');
  const heard = [{ raftlab: 1, tag, name: 'Room 12', port: 47_317, address: '10.0.0.6', heardAtMs: 0 } as const];
  const places = new PlacesToTry();
  const [elsewhere] = heard;
  expect(places.next(known, heard, tag, 0).address).toBe('10.0.0.6');
  if (elsewhere !== undefined) places.hasOtherCode(elsewhere);
  expect([20_000, 40_000, 60_000].map((nowMs) => places.next(known, heard, tag, nowMs).address))
    .toEqual(['10.0.0.5', '10.0.0.5', '10.0.0.5']);
  places.forgetOtherCodes();
  expect(places.next(known, heard, tag, 80_000).address).toBe('10.0.0.6');
});
