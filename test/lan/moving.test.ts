/** A host whose address changes: when it goes there, and how the machines that joined find it again. */
import { randomUUID } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { AddressWatch, presentPlace } from '../../src/lan/discovery/addressWatch.ts';
import { labTagOf } from '../../src/lan/discovery/beacon.ts';
import { PlacesToTry } from '../../src/lan/guest/hostSearch.ts';
import type { LanInterface } from '../../src/lan/discovery/interfaces.ts';
import { joinHost, openHost } from './support.ts';

const LIMIT = { timeout: 90_000 };

function place(name: string, address: string, netmask = '255.255.255.0'): LanInterface {
  return { name, address, netmask, broadcast: '127.255.255.255', kind: 'wired', explanation: '' };
}

const ETH = place('eth0', '10.0.0.5');

test('a lab stays on its interface, goes to its new address, and nowhere while there is none', () => {
  const wifi = place('wlan0', '10.1.0.5');
  const moved = place('eth0', '10.0.0.9');
  expect(presentPlace(ETH, [wifi, ETH, moved])).toBe(ETH);
  expect(presentPlace(ETH, [wifi, moved])).toBe(moved);
  expect(presentPlace(ETH, [wifi, place('eth0', '169.254.3.4')])).toBeUndefined();
  expect(presentPlace(ETH, [wifi])).toBeUndefined();
});

test('the watch tries a move that failed again, and then watches the new address', async () => {
  const moves: string[] = [];
  let found = [place('eth0', '10.0.0.9')];
  const done = new Promise<void>((resolve) => {
    const watch = new AddressWatch(ETH, ({ address }) => {
      moves.push(address);
      if (moves.length === 1) return Promise.reject(new Error('EADDRNOTAVAIL'));
      if (moves.length === 2) found = [place('eth0', '10.0.0.9'), place('eth0', '10.0.0.7')];
      if (moves.length === 2) setTimeout(() => { found = [place('eth0', '10.0.0.7')]; }, 0);
      if (moves.length === 3) resolve();
      return Promise.resolve();
    }, () => found);
    onTestFinished(() => watch.close());
  });
  await done;
  expect(moves).toEqual(['10.0.0.9', '10.0.0.9', '10.0.0.7']);
});

test('beacons suggest where to try: of the same lab alone, each place seldom, the known one in between', () => {
  const known = { address: '10.0.0.5', port: 47_317 };
  const tag = labTagOf('lab-a');
  const heard = (address: string, ofTag = tag) => ({
    raftlab: 1, tag: ofTag, name: 'Room 12', port: 47_317, address, heardAtMs: 0,
  } as const);
  const places = new PlacesToTry();
  const next = (nowMs: number, ...labs: readonly ReturnType<typeof heard>[]): string =>
    places.next(known, labs, tag, nowMs).address;
  expect(next(0, heard('10.0.0.8', labTagOf('lab-b')), heard(known.address))).toBe(known.address);
  // Whoever announces the lab from many places keeps nobody from the true one.
  const many = ['10.0.0.6', '10.0.0.7'].map((address) => heard(address));
  expect([0, 1, 2, 3, 4, 5].map((nowMs) => next(nowMs, ...many)))
    .toEqual(['10.0.0.6', known.address, '10.0.0.7', known.address, known.address, known.address]);
  expect(next(9_999, ...many)).toBe(known.address);
  expect(next(10_000, ...many)).toBe('10.0.0.6');
});

test.skipIf(process.platform !== 'linux')('a machine finds its host at another address by the beacon', async () => {
  // Every address of 127.0.0.0/8 is this machine's on Linux: it can go from one to the other without any rights.
  const { host, trace, key, went } = await openHost(undefined, `lab-${randomUUID()}`);
  const { lab, events } = await joinHost(host, key);
  const { port } = host;
  await host.move(place('lo', '127.0.0.2', '255.0.0.0'));
  expect(host.port).toBe(port);
  expect(host.machines).toMatchObject([{ role: 'host', address: '127.0.0.2' }]);
  expect(went).toHaveLength(1);
  await expect.poll(() => lab.status, LIMIT)
    .toMatchObject({ mode: 'joined', isConnected: true, address: '127.0.0.2', port });
  expect(host.machines).toMatchObject([{ role: 'host' }, { name: 'desk 7', isConnected: true }]);
  expect(lab.attach().recentEvents).toMatchObject([
    { type: 'labOpened' }, { type: 'machineJoined' }, { type: 'hostMoved' },
    { type: 'machineLeft', reason: 'the host has another address: it connects again there' }, { type: 'machineJoined' },
  ]);
  trace.record({ type: 'healed' });
  await expect.poll(() => events.map(({ type }) => type), LIMIT).toContain('healed');
});
