/** The network interfaces on which a lab can be opened, each with a sentence that helps to choose. */
import { createSocket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../../contract/errors.ts';

export type InterfaceKind = 'wired' | 'wireless' | 'virtual' | 'loopback' | 'other';

export interface LanInterface {
  /** The system's name for it: `eth0`, `Wi-Fi`. */
  readonly name: string;
  /** Its IPv4 address. */
  readonly address: string;
  readonly netmask: string;
  /** The address that reaches every machine of the subnet. */
  readonly broadcast: string;
  readonly kind: InterfaceKind;
  /** What it is, and whether it is likely to reach other machines. */
  readonly explanation: string;
}

/** Names help, but each system chooses its own: the other signs count as much. */
const VIRTUAL = new RegExp([
  '^(?:veth|docker|podman|cni|br-|virbr|lxc|lxd|vmnet|vboxnet|tun|tap|wg|nordlynx|utun|ppp|ipsec|gif|stf|ham|zt)',
  '^(?:cscotun|gpd|tailscale|bridge\\d|proton|mullvad|warp|anpi|awdl|llw)',
  'hyper-v|vethernet|virtualbox|vmware|vpn|wsl|loopback|wintun|anyconnect|fortinet|globalprotect|wireguard',
].join('|'), 'i');
const WIRELESS = /^(wl|wlan|ath|ra\d)|wi-?fi|wireless|wlan/i;
const WIRED = /^(eth|en[opsx]|em\d)|ethernet/i;

/** What a tunnel has instead of a hardware address. */
const NO_MAC = '00:00:00:00:00:00';
/** Hardware address prefixes of OpenVPN, Docker, GlobalProtect, AnyConnect, FortiClient and VirtualBox. */
const VIRTUAL_MAC = /^(?:00:ff:|02:42:|02:50:41:|00:05:9a:|00:09:0f:|0a:00:27:)/i;
/** The netmask of a network with one address, as a tunnel has. */
const ALONE = '255.255.255.255';
/** On Linux, an interface with hardware has a device here. */
const LINUX_INTERFACES = '/sys/class/net';
/** Reserved for documentation (RFC 5737): nobody has it, so it is reached by the default route. */
const ANYWHERE = '192.0.2.1';

const EXPLANATIONS: Readonly<Record<InterfaceKind, string>> = {
  wired: 'Wired network: the best choice in a lab',
  wireless: 'Wi-Fi: works where the network lets its clients talk to each other; many school networks do not',
  virtual: 'Made by a VPN or a virtual machine: other lab machines can rarely be reached through it',
  loopback: 'This machine alone: to try it out with a second Raftlab beside this one',
  other: 'Network interface',
};
/** An unknown interface comes after those that are known to be real. */
const ORDER: Readonly<Record<InterfaceKind, number>> = { wired: 0, wireless: 1, other: 2, virtual: 3, loopback: 4 };

type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

/** Signs of which interfaces are the likeliest. */
export interface InterfaceSigns {
  /** The address from which this machine reaches the internet; undefined if it does not. */
  readonly defaultAddress?: string | undefined;
  /** Whether an interface has hardware; undefined where the system does not say. */
  readonly hasHardware?: (name: string) => boolean | undefined;
}

/** The signs that are known at once. */
const OWN_SIGNS: InterfaceSigns = { hasHardware: hardwareOf };

/**
 * The machine's IPv4 interfaces, the likeliest first: real ones before virtual ones, and the default route's first
 * among the real ones.
 * @param found what `os.networkInterfaces()` returns; absent: this machine's
 */
export function lanInterfaces(
  found?: Interfaces, { defaultAddress, hasHardware }: InterfaceSigns = found === undefined ? OWN_SIGNS : {},
): readonly LanInterface[] {
  const interfaces: LanInterface[] = [];
  for (const [name, addresses = []] of Object.entries(found ?? networkInterfaces())) {
    for (const { family, address, netmask, internal, mac } of addresses) {
      if (family === 'IPv4') {
        const looksMade = mac === NO_MAC || netmask === ALONE || VIRTUAL_MAC.test(mac);
        const kind = internal ? 'loopback' : kindOf(name, looksMade, hasHardware?.(name));
        const isSelfAssigned = isSelfAssignedAddress(address);
        interfaces.push({
          name,
          address,
          netmask,
          broadcast: broadcastOf(address, netmask),
          kind,
          explanation: EXPLANATIONS[kind] + (isSelfAssigned ? '. It has no address from the network yet' : ''),
        });
      }
    }
  }
  const order = ({ kind, address }: LanInterface): number => {
    const isReal = kind !== 'virtual' && kind !== 'loopback';
    return address !== defaultAddress ? ORDER[kind] : isReal ? -1 : ORDER[kind] - 0.5;
  };
  return interfaces.sort((a, b) => order(a) - order(b)
    || Number(isSelfAssignedAddress(a.address)) - Number(isSelfAssignedAddress(b.address))
    || a.name.localeCompare(b.name, 'en'));
}

/** The machine's IPv4 interfaces, the likeliest first, by all available signs. */
export async function likeliestInterfaces(): Promise<readonly LanInterface[]> {
  return lanInterfaces(undefined, { ...OWN_SIGNS, defaultAddress: await defaultAddress() });
}

/** The address from which this machine reaches the internet. Nothing is sent: the system only looks up the route. */
async function defaultAddress(): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    return await new Promise((resolve) => {
      socket.once('error', () => resolve(undefined));
      socket.connect(1, ANYWHERE, () => resolve(socket.address().address));
    });
  } finally {
    socket.close();
  }
}

/**
 * The interface that somebody means by its name or its address.
 * @throws {LabError} that lists the available ones
 */
export function interfaceOf(
  nameOrAddress: string, found: Interfaces = networkInterfaces(),
): LanInterface {
  const interfaces = lanInterfaces(found);
  const by = interfaces.find(({ address }) => address === nameOrAddress)
    ?? interfaces.find(({ name }) => name === nameOrAddress);
  if (by !== undefined) {
    return by;
  }
  const isIpv6 = nameOrAddress.includes(':') || (found[nameOrAddress]?.length ?? 0) > 0;
  const problem = isIpv6
    ? `${nameOrAddress} has no IPv4 address, and Raftlab needs one on the LAN`
    : `this machine has no interface with the name or address ${nameOrAddress}`;
  const others = interfaces.map(({ name, address }) => `${name} (${address})`).join(', ');
  throw new LabError('invalid-argument', `${problem}: ${
    others === '' ? 'give it an IPv4 address' : `choose one of ${others}`}`);
}

/** Whether two IPv4 addresses are in one subnet, without a router between them. */
export function isSameSubnet(a: string, b: string, netmask: string): boolean {
  const mask = toNumber(netmask);
  return (toNumber(a) & mask) === (toNumber(b) & mask);
}

export function broadcastOf(address: string, netmask: string): string {
  const value = (toNumber(address) | ~toNumber(netmask)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}

/** @param hasHardware undefined where the system does not say */
function kindOf(name: string, looksMade: boolean, hasHardware: boolean | undefined): InterfaceKind {
  if (hasHardware === undefined ? looksMade || VIRTUAL.test(name) : !hasHardware) return 'virtual';
  if (WIRELESS.test(name)) return 'wireless';
  return WIRED.test(name) ? 'wired' : 'other';
}

/** Whether a machine gave itself this address because no network assigned one (RFC 3927). */
export function isSelfAssignedAddress(address: string): boolean {
  return address.startsWith('169.254.');
}

function hardwareOf(name: string): boolean | undefined {
  const folder = join(LINUX_INTERFACES, name);
  return process.platform === 'linux' && existsSync(folder) ? existsSync(join(folder, 'device')) : undefined;
}

function toNumber(address: string): number {
  return address.split('.').reduce((value, part) => (value << 8) | Number(part), 0);
}
