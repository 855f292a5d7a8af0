/** Beacons: what is one, who is remembered, and that one that is sent is heard. */
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import {
  announce, BEACON_LIFETIME_MS, decodeBeacon, encodeBeacon, HeardLabs, LABS_HEARD_MAX, listenForLabs,
} from '../../src/lan/discovery/beacon.ts';
import type { Beacon, HeardLab } from '../../src/lan/discovery/beacon.ts';
import { broadcastOf, isSameSubnet, lanInterfaces } from '../../src/lan/discovery/interfaces.ts';

const BEACON: Beacon = { raftlab: 1, tag: '0123456789abcdef', name: 'Room 12', port: 47_000 };
const LOOPBACK = {
  name: 'lo', address: '127.0.0.1', netmask: '255.0.0.0', broadcast: '127.255.255.255', kind: 'other', explanation: '',
} as const;

test('a beacon that is sent is heard by who listens', async () => {
  const heard = new Promise<readonly HeardLab[]>((resolve, reject) => {
    const listener = listenForLabs([LOOPBACK], resolve, (message) => reject(new Error(message)));
    onTestFinished(() => listener.close());
  });
  const announcement = announce(BEACON, LOOPBACK);
  onTestFinished(() => announcement.close());
  expect(await heard).toMatchObject([{ ...BEACON, address: '127.0.0.1' }]);
});

test('what is no beacon is none, whatever the bytes', () => {
  expect(decodeBeacon(encodeBeacon(BEACON))).toEqual(BEACON);
  expect(decodeBeacon(Buffer.from(JSON.stringify({ ...BEACON, secret: 'x' })))).toBeUndefined();
  expect(decodeBeacon(Buffer.from(JSON.stringify({ ...BEACON, port: 0 })))).toBeUndefined();
  expect(decodeBeacon(Buffer.from(JSON.stringify({ ...BEACON, name: 'x'.repeat(600) })))).toBeUndefined();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => decodeBeacon(bytes) === undefined));
});

test('labs are listed once, forgotten when they fall silent, and bounded', () => {
  const labs = new HeardLabs();
  expect(labs.hear(BEACON, '10.0.0.1', 0)).toBe(true);
  expect(labs.hear(BEACON, '10.0.0.1', 2000)).toBe(false);
  expect(labs.hear({ ...BEACON, name: 'Room 13' }, '10.0.0.1', 4000)).toBe(true);
  expect(labs.list).toMatchObject([{ name: 'Room 13', heardAtMs: 4000 }]);
  expect(labs.forgetSilent(4000 + BEACON_LIFETIME_MS)).toBe(false);
  expect(labs.forgetSilent(4001 + BEACON_LIFETIME_MS)).toBe(true);
  for (let port = 1; port <= LABS_HEARD_MAX * 2; port += 1) {
    labs.hear({ ...BEACON, port }, '10.0.0.2', 0);
  }
  expect(labs.list).toHaveLength(LABS_HEARD_MAX);
});

test('interfaces are told apart, and loopback comes last', () => {
  const info = (address: string, internal = false) => [{
    address, netmask: '255.255.254.0', family: 'IPv4' as const, mac: '', internal, cidr: null,
  }];
  const found = lanInterfaces({
    lo: info('127.0.0.1', true), docker0: info('172.17.0.1'), wlan0: info('10.1.3.4'), eth0: info('10.1.2.3'),
    'vEthernet (WSL)': info('172.20.0.1'), 'Ethernet 2': info('169.254.7.7'),
  });
  expect(found.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
    'eth0 wired', 'Ethernet 2 wired', 'wlan0 wireless', 'docker0 virtual', 'vEthernet (WSL) virtual',
    'lo loopback',
  ]);
  expect(found[1]?.explanation).toContain('no address from the network yet');
  expect(broadcastOf('10.1.2.3', '255.255.254.0')).toBe('10.1.3.255');
  expect(isSameSubnet('10.1.2.3', '10.1.3.200', '255.255.254.0')).toBe(true);
  expect(isSameSubnet('10.1.2.3', '10.1.4.1', '255.255.254.0')).toBe(false);
});
