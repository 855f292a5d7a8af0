/** The beacon: an open lab announces itself on the LAN; machines that want to join listen. A beacon is only a hint. */
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { z } from 'zod';
import { LAB_NAME_MAX } from '../../contract/commands.ts';
import { readableName } from '../../contract/names.ts';
import { labDigestOf } from '../../wire/crypto.ts';
import type { LanInterface } from './interfaces.ts';

/** Where beacons go: an administratively scoped multicast group (RFC 2365), and each subnet's broadcast address. */
const BEACON_GROUP = '239.255.82.76';
export const BEACON_PORT = 47_316;
const PERIOD_MS = 2000;
/** A lab that was not heard for three periods and a bit is gone. */
export const BEACON_LIFETIME_MS = 7000;
const BEACON_BYTES_MAX = 512;
const TAG_BYTES = 8;
/** More labs than any school runs; it bounds the memory that a flood of names can take. */
export const LABS_HEARD_MAX = 64;

/** Everything that anybody on the LAN may know. The name is the one that the host gave the lab. */
const beaconSchema = z.strictObject({
  raftlab: z.literal(1),
  /** Distinguishes two labs of the same name: see labTagOf. */
  tag: z.string().regex(/^[0-9a-f]{16}$/),
  name: z.string().min(1).max(LAB_NAME_MAX).transform((name) => readableName(name, LAB_NAME_MAX, 'lab')),
  /** The TCP port where the host accepts machines. */
  port: z.int().min(1).max(65_535),
});
export type Beacon = z.output<typeof beaconSchema>;

export interface HeardLab extends Beacon {
  readonly address: string;
  readonly heardAtMs: number;
}

/**
 * How a machine that knows a lab's id recognises its beacon, wherever it comes from. It is half of the digest at the
 * start of each of the lab's datagrams, so it reveals nothing beyond them.
 */
export function labTagOf(labId: string): string {
  return Buffer.from(labDigestOf(labId)).toString('hex', 0, TAG_BYTES);
}

export function encodeBeacon(beacon: Beacon): Buffer {
  return Buffer.from(JSON.stringify(beacon), 'utf8');
}

/** Reads a beacon from anyone; undefined when it is not a beacon. Never throws. */
export function decodeBeacon(bytes: Uint8Array): Beacon | undefined {
  if (bytes.length > BEACON_BYTES_MAX) {
    return undefined;
  }
  try {
    return beaconSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))).data;
  } catch {
    return undefined;
  }
}

/** The labs that were heard lately. Pure: the caller passes the time. */
export class HeardLabs {
  readonly #labs = new Map<string, HeardLab>();

  /** @returns whether the list has changed, apart from the time */
  hear(beacon: Beacon, address: string, nowMs: number): boolean {
    const key = `${address}:${beacon.port}:${beacon.tag}`;
    const known = this.#labs.get(key);
    if (known === undefined && this.#labs.size >= LABS_HEARD_MAX) {
      return false;
    }
    this.#labs.set(key, { ...beacon, address, heardAtMs: nowMs });
    return known?.name !== beacon.name;
  }

  /** @returns whether any was forgotten */
  forgetSilent(nowMs: number): boolean {
    const before = this.#labs.size;
    for (const [key, { heardAtMs }] of this.#labs) {
      if (nowMs - heardAtMs > BEACON_LIFETIME_MS) {
        this.#labs.delete(key);
      }
    }
    return this.#labs.size !== before;
  }

  get list(): readonly HeardLab[] {
    return [...this.#labs.values()].sort((a, b) => a.name.localeCompare(b.name) || a.address.localeCompare(b.address));
  }
}

/** Sends a beacon every two seconds on one interface until it is closed. A failure to send is not an error. */
export function announce(beacon: Beacon, by: LanInterface): { readonly close: () => void } {
  const bytes = encodeBeacon(beacon);
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  let timer: NodeJS.Timeout | undefined;
  // Networks that drop multicast or broadcast are common: a person can still type the address.
  const ignore = (): void => undefined;
  const say = (): void => {
    socket.send(bytes, BEACON_PORT, by.broadcast, ignore);
    socket.send(bytes, BEACON_PORT, BEACON_GROUP, ignore);
  };
  socket.on('error', ignore);
  socket.bind({ address: by.address, port: 0 }, () => {
    socket.setBroadcast(true);
    try {
      socket.setMulticastInterface(by.address);
      socket.setMulticastTTL(1);
      socket.setMulticastLoopback(true);
    } catch {
      // An interface without multicast: the broadcast still goes out.
    }
    say();
    timer = setInterval(say, PERIOD_MS);
  });
  return {
    close: () => {
      clearInterval(timer);
      socket.close();
    },
  };
}

export interface BeaconListener {
  readonly labs: readonly HeardLab[];
  readonly close: () => void;
}

/**
 * Listens for beacons on the given interfaces.
 * @param onChanged called when a lab appears, is renamed or falls silent
 * @param onFailed called when nothing can be heard: the port is taken by a program that does not share it
 */
export function listenForLabs(
  interfaces: readonly LanInterface[], onChanged: (labs: readonly HeardLab[]) => void,
  onFailed: (message: string) => void,
): BeaconListener {
  const heard = new HeardLabs();
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  let isClosed = false;
  socket.on('message', (bytes, { address }) => {
    const beacon = decodeBeacon(bytes);
    if (beacon !== undefined && heard.hear(beacon, address, performance.now())) {
      onChanged(heard.list);
    }
  });
  socket.on('error', (error) => {
    if (!isClosed) {
      onFailed(`labs on this network cannot be found (${error.message}): type the address that the host shows`);
    }
  });
  socket.bind({ port: BEACON_PORT, exclusive: false }, () => joinGroup(socket, interfaces));
  const timer = setInterval(() => {
    if (heard.forgetSilent(performance.now())) {
      onChanged(heard.list);
    }
  }, PERIOD_MS);
  return {
    get labs() {
      return heard.list;
    },
    close: () => {
      isClosed = true;
      clearInterval(timer);
      socket.close();
    },
  };
}

function joinGroup(socket: Socket, interfaces: readonly LanInterface[]): void {
  for (const { address } of interfaces) {
    try {
      socket.addMembership(BEACON_GROUP, address);
    } catch {
      // An interface without multicast still hears broadcasts.
    }
  }
}
