/** Beacons: what is one, who is remembered, and that one that is sent is heard. */
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import {
  announce, BEACON_LIFETIME_MS, decodeBeacon, encodeBeacon, HeardLabs, LABS_HEARD_MAX, listenForLabs,
} from '../../src/lan/discovery/beacon.ts';
import type { Beacon, HeardLab } from '../../src/lan/discovery/beacon.ts';
import {
  broadcastOf, interfaceOf, isSameSubnet, lanInterfaces, likeliestInterfaces,
} from '../../src/lan/discovery/interfaces.ts';

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

const info = (address: string, { mac = '3c:7c:3f:12:34:56', netmask = '255.255.254.0', internal = false } = {}) => [{
  address, netmask, family: 'IPv4' as const, mac, internal, cidr: null,
}];

test('interfaces are told apart, and loopback comes last', () => {
  const found = lanInterfaces({
    lo: info('127.0.0.1', { internal: true }), docker0: info('172.17.0.1'), wlan0: info('10.1.3.4'),
    eth0: info('10.1.2.3'), 'vEthernet (WSL)': info('172.20.0.1'), 'Ethernet 2': info('169.254.7.7'),
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

test('the default route\'s interface is first of the real ones, and real ones before virtual ones', () => {
  const wifi = info('10.1.3.4');
  const names = (found: Parameters<typeof lanInterfaces>[0], signs = {}): readonly string[] =>
    lanInterfaces(found, signs).map(({ name }) => name);
  for (const name of [
    'cscotun0', 'ppp0', 'nordlynx', 'podman0', 'lxdbr0', 'gpd0', 'utun4', 'tailscale0', 'proton0', 'wg-school',
  ]) {
    expect(names({ [name]: info('10.9.0.2'), wlan0: wifi }, { defaultAddress: '10.9.0.2' })[0], name).toBe('wlan0');
  }
  // Whatever it is called: no hardware address, a network of one, an address that a program makes up, no hardware.
  const unknown = { 'Büro 2': wifi, Aula: info('10.9.0.2', { mac: '00:00:00:00:00:00' }) };
  expect(names(unknown)).toEqual(['Büro 2', 'Aula']);
  expect(names({ ...unknown, Aula: info('10.9.0.2', { netmask: '255.255.255.255' }) })).toEqual(['Büro 2', 'Aula']);
  expect(names({ ...unknown, Aula: info('10.9.0.2', { mac: '00:ff:12:34:56:78' }) })).toEqual(['Büro 2', 'Aula']);
  const plain = { 'Büro 2': wifi, Aula: info('10.9.0.2'), wlan7: info('10.3.3.3') };
  expect(names(plain)).toEqual(['wlan7', 'Aula', 'Büro 2']);
  expect(names(plain, { hasHardware: (name: string) => name !== 'Aula' })).toEqual(['wlan7', 'Büro 2', 'Aula']);
  expect(names(plain, { defaultAddress: '10.1.3.4' })).toEqual(['Büro 2', 'wlan7', 'Aula']);
  // What has hardware is real, also in a virtual machine.
  expect(lanInterfaces({ tun9: wifi }, { hasHardware: () => true })[0]?.kind).toBe('other');
});

test('an interface is meant by its name or its address; else the words say what there is', () => {
  const found = {
    eth0: info('10.1.2.3'), wlan0: info('10.1.3.4'),
    ib0: [{ ...info('fe80::1')[0]!, family: 'IPv6' as const, scopeid: 2 }],
  };
  const problemOf = (text: string, among: Parameters<typeof interfaceOf>[1] = found): string => {
    try {
      return interfaceOf(text, among).address;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  expect(problemOf('eth0')).toBe('10.1.2.3');
  expect(problemOf('10.1.3.4')).toBe('10.1.3.4');
  expect(problemOf('ib0')).toContain('ib0 has no IPv4 address');
  expect(problemOf('fe80::1')).toContain('has no IPv4 address');
  expect(problemOf('eth7')).toBe(
    'this machine has no interface with the name or address eth7: choose one of eth0 (10.1.2.3), wlan0 (10.1.3.4)',
  );
  expect(problemOf('ib0', { ib0: found.ib0 })).toContain('give it an IPv4 address');
});

test('this machine\'s interfaces are asked for without sending anything, whatever the network', async () => {
  const likeliest = await likeliestInterfaces();
  const addresses = (of: readonly { readonly address: string }[]): string[] => of.map(({ address }) => address).sort();
  expect(addresses(likeliest)).toEqual(addresses(lanInterfaces()));
});
