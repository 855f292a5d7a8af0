/** Words for the person at the machine about a connection test: what is wrong and what to do. */
import type { ConnectionTestStep } from '../../contract/lan.ts';
import { isSameSubnet } from '../discovery/interfaces.ts';
import type { LanInterface } from '../discovery/interfaces.ts';
import type { KnockFailure } from '../channel/tls.ts';

/** Raft does not need equal clocks, but events of two machines are only in order if their clocks nearly agree. */
const CLOCK_DIFFERENCE_WARNED_MS = 2000;

/** What to tell a person who could not get in. */
export const KNOCK_WORDS: Readonly<Record<KnockFailure, string>> = {
  'no-reply': 'no reply: compare the address with the one that the host shows. If it is right, a firewall on the host '
    + 'blocks Raftlab, or the network does not let its machines talk to each other, as many Wi-Fi networks do not',
  refused: 'the machine answers, but no lab is open at this port: compare the port, and check that the host has opened '
    + 'its lab to the network. A firewall on the host may also refuse',
  unreachable: 'no machine answers at this address: compare it with the one that the host shows, and check that its '
    + 'machine is on and connected. A firewall on the way may also refuse',
  'no-route': 'this machine has no route to that address: its cable is unplugged, its Wi-Fi is off, or the address is '
    + 'one of another network',
  forbidden: 'the firewall of this machine does not let Raftlab out: allow it there',
  'wrong-code': 'the code is wrong: compare it with the one that the host shows',
  'not-raftlab': 'something answers there, but it is not a Raftlab host that lets machines in: compare address and '
    + 'port with those that the host shows',
};

/** @param announcedPorts the ports of the labs that are heard from that address */
export function knockWords(failure: KnockFailure, port: number, announcedPorts: readonly number[]): string {
  if (announcedPorts.includes(port)) {
    return 'blocked by a firewall: the lab is heard from this address, but the way in '
      + `${failure === 'no-reply' ? 'does not answer' : 'is refused'}. On the host, let Raftlab through the firewall, `
      + `TCP (port ${port}) and UDP`;
  }
  const [other] = announcedPorts;
  return other !== undefined && failure === 'refused'
    ? `no lab is open at port ${port}, but one is heard from this address with port ${other}: try that port`
    : KNOCK_WORDS[failure];
}

export function networkStep(address: string, interfaces: readonly LanInterface[]): ConnectionTestStep {
  const [first] = interfaces.filter(({ kind }) => kind !== 'loopback');
  if (address.startsWith('127.')) {
    return { what: 'Network', outcome: 'ok', detail: 'the address is this machine itself' };
  }
  if (first === undefined) {
    return { what: 'Network', outcome: 'failed', detail: 'this machine has no network: plug in a cable or join Wi-Fi' };
  }
  const near = interfaces.find((by) => isSameSubnet(by.address, address, by.netmask));
  return near === undefined
    ? {
        what: 'Network', outcome: 'warning',
        detail: `${address} is in another subnet than this machine (${first.address}): a router must let it through`,
      }
    : { what: 'Network', outcome: 'ok', detail: `${address} is in the subnet of ${near.name} (${near.address})` };
}

/** What the host says to a machine that speaks another version of the protocol; it is shown there. */
export function otherVersionWords(onHost: number, onMachine: number): string {
  const [host, toUpdate] = onHost > onMachine ? ['a newer', 'this machine'] : ['an older', 'the host'];
  return `another version: the host has ${host} Raftlab than this machine (protocol ${onHost} there, ${onMachine} `
    + `here). Install the same on both: update ${toUpdate}`;
}

/** @param differenceMs the host's clock minus this machine's */
export function clockStep(differenceMs: number): ConnectionTestStep {
  return Math.abs(differenceMs) <= CLOCK_DIFFERENCE_WARNED_MS
    ? { what: 'Clock', outcome: 'ok', detail: 'the clocks agree' }
    : {
        what: 'Clock', outcome: 'warning',
        detail: `this machine's clock is ${durationWords(Math.abs(differenceMs))} `
          + `${differenceMs > 0 ? 'behind' : 'ahead of'} the host's: Raft does not mind, but the times in the event `
          + 'list will not fit together. Set the one that is wrong',
      };
}

export interface DatagramFindings {
  /** Whether the host heard this machine; below, whether this machine heard the host. */
  readonly hostHears: boolean;
  readonly machineHears: boolean;
  /** Why this machine's own system did not send a datagram; null when it sent all. */
  readonly sendProblem: string | null;
}

const UDP_BLOCKED = 'The connection (TCP) works, but nodes need datagrams (UDP)';

export function datagramStep({ hostHears, machineHears, sendProblem }: DatagramFindings): ConnectionTestStep {
  if (hostHears && machineHears) {
    return { what: 'Datagrams', outcome: 'ok', detail: 'datagrams (UDP) pass both ways' };
  }
  const detail = `${blockedWords(hostHears, machineHears, sendProblem)}. ${VIEWER}`;
  return { what: 'Datagrams', outcome: 'failed', detail };
}

const VIEWER = 'A node of this machine would stay alone; joining as a viewer works';

function blockedWords(hostHears: boolean, machineHears: boolean, sendProblem: string | null): string {
  if (!hostHears && sendProblem !== null) {
    return `UDP is blocked on this machine. ${UDP_BLOCKED}, and this machine's own firewall does not let them out: `
      + 'allow Raftlab there';
  }
  if (machineHears) {
    return `UDP is blocked on the host. ${UDP_BLOCKED}, and the host does not hear those of this machine: let `
      + 'Raftlab through the firewall of the host, all UDP ports';
  }
  return hostHears
    ? `UDP is blocked on this machine. ${UDP_BLOCKED}, and this machine does not hear those of the host: let `
      + 'Raftlab through the firewall of this machine, all UDP ports'
    : `UDP is blocked. ${UDP_BLOCKED}, and none pass in either direction: let Raftlab through the firewalls of both `
      + 'machines, all UDP ports; or the network itself keeps them back';
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

function durationWords(ms: number): string {
  if (ms < 2 * MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < 2 * HOUR_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  return ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} h` : `${Math.round(ms / DAY_MS)} days`;
}
