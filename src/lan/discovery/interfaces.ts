/** The network interfaces that a lab can be opened on, each with a sentence that helps to choose. */
import { networkInterfaces } from 'node:os';
import type { NetworkInterfaceInfo } from 'node:os';

export type InterfaceKind = 'wired' | 'wireless' | 'virtual' | 'loopback' | 'other';

export interface LanInterface {
  /** The system's name of it: `eth0`, `Wi-Fi`. */
  readonly name: string;
  /** Its IPv4 address. */
  readonly address: string;
  readonly netmask: string;
  /** The address that every machine of the subnet hears. */
  readonly broadcast: string;
  readonly kind: InterfaceKind;
  /** What it is and whether other machines are likely to be reached by it. */
  readonly explanation: string;
}

const VIRTUAL = /^(veth|docker|br-|virbr|vmnet|vboxnet|tun|tap|wg|utun|ham|zt|tailscale|bridge\d)|hyper-v|vethernet|virtualbox|vmware|vpn|wsl|loopback/i;
const WIRELESS = /^(wl|wlan|ath|ra\d)|wi-?fi|wireless|wlan/i;
const WIRED = /^(eth|en[opsx]|em\d)|ethernet/i;

const EXPLANATIONS: Readonly<Record<InterfaceKind, string>> = {
  wired: 'Wired network: the best choice in a lab',
  wireless: 'Wi-Fi: works where the network lets its clients talk to each other; many school networks do not',
  virtual: 'Made by a VPN or a virtual machine: other lab machines are rarely reached by it',
  loopback: 'This machine alone: to try it out with a second Raftlab beside this one',
  other: 'Network interface',
};
const ORDER: Readonly<Record<InterfaceKind, number>> = { wired: 0, other: 1, wireless: 2, virtual: 3, loopback: 4 };

/**
 * The machine's IPv4 interfaces, the likeliest first.
 * @param found what `os.networkInterfaces()` tells
 */
export function lanInterfaces(
  found: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>> = networkInterfaces(),
): readonly LanInterface[] {
  const interfaces: LanInterface[] = [];
  for (const [name, addresses = []] of Object.entries(found)) {
    for (const { family, address, netmask, internal } of addresses) {
      if (family === 'IPv4') {
        const kind = internal ? 'loopback' : kindOf(name);
        const isSelfAssigned = address.startsWith('169.254.');
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
  return interfaces.sort((a, b) => ORDER[a.kind] - ORDER[b.kind] || a.name.localeCompare(b.name, 'en'));
}

/** Whether two IPv4 addresses are in one subnet, so that no router stands between them. */
export function isSameSubnet(a: string, b: string, netmask: string): boolean {
  const mask = toNumber(netmask);
  return (toNumber(a) & mask) === (toNumber(b) & mask);
}

export function broadcastOf(address: string, netmask: string): string {
  const value = (toNumber(address) | ~toNumber(netmask)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}

function kindOf(name: string): InterfaceKind {
  if (VIRTUAL.test(name)) return 'virtual';
  if (WIRELESS.test(name)) return 'wireless';
  return WIRED.test(name) ? 'wired' : 'other';
}

function toNumber(address: string): number {
  return address.split('.').reduce((value, part) => (value << 8) | Number(part), 0);
}
