/** The LAN commands of the window and the terminal: to host, find and join a lab, and to see who is in it. */
import { z } from 'zod';
import type { NodeName } from '../trace/names.ts';
import { quoted } from '../trace/quoted.ts';
import { nameSchema } from './names.ts';

// As in commands.ts, which imports this file and therefore sets it too late for the schemas here.
z.config({ jitless: true });

/** The port where a host accepts machines, unless it is in use. */
export const LAN_PORT = 47_317;
export const MACHINE_NAME_MAX = 40;

export const lanRoleSchema = z.enum(['member', 'viewer']);
/** A member brings nodes and acts on them; a viewer only looks. The host may do everything. */
export type LanRole = z.output<typeof lanRoleSchema>;

const NO_ADDRESS = 'not an IPv4 address, such as 192.168.1.20';
const PORT_MAX = 65_535;
const NO_PORT = `a port is a whole number from 1 to ${PORT_MAX}`;

const nothing = z.strictObject({});
const addressSchema = z.ipv4(NO_ADDRESS);
const portSchema = z.int(NO_PORT).min(1, NO_PORT).max(PORT_MAX, NO_PORT);
const codeSchema = z.string().trim().min(1, 'a join code is needed').max(80, 'a join code is shorter');
export const machineNameSchema = nameSchema('machine', MACHINE_NAME_MAX);

export const lanCommandSchemas = {
  'lan:interfaces': nothing,
  'lan:status': nothing,
  /** Opens the present lab to the LAN, on the interface with this address or name. */
  'lan:open': z.strictObject({
    address: z.string().trim().min(1, 'an interface is needed: its name or its address').max(100),
    port: portSchema.optional(),
  }),
  /** Takes the lab off the LAN: machines are disconnected, and their nodes stop. */
  'lan:close': nothing,
  'lan:renewCode': nothing,
  'lan:setJoining': z.strictObject({ isOpen: z.boolean() }),
  /** Disconnects a machine; its nodes leave the configuration. */
  'lan:dismiss': z.strictObject({ machineId: z.uuid() }),
  /** The labs that can be heard now. Listening begins with the first request and ends some time after the last. */
  'lan:find': nothing,
  'lan:test': z.strictObject({ address: addressSchema, port: portSchema, code: codeSchema }),
  'lan:join': z.strictObject({
    address: addressSchema,
    port: portSchema,
    code: codeSchema,
    /** This machine's name in the lab. Absent: its last name. */
    machineName: machineNameSchema.optional(),
    role: lanRoleSchema,
  }),
  /** In a joined lab whose host has renewed its code: connects with the new one. */
  'lan:useCode': z.strictObject({ code: codeSchema }),
  'lan:leave': nothing,
  /** A joined machine brings a node of its own into the cluster. */
  'lan:bringNode': z.strictObject({ asLearner: z.boolean().optional() }),
  /** Whether the host may crash, pause, restart and cut off this machine's nodes. */
  'lan:setPermits': z.strictObject({ permits: z.boolean() }),
} as const;

/** The address and port of a host. */
export interface HostAddress {
  readonly address: string;
  readonly port: number;
}

/**
 * Parses a host's address as people type it: `192.168.1.20`, or `192.168.1.20:47317`.
 * @returns the place, or what is wrong in a sentence
 */
export function parseHostAddress(text: string): HostAddress | { readonly problem: string } {
  const [address = '', portText, ...more] = text.trim().split(':');
  // One colon precedes a port; several colons, or brackets, mean an IPv6 address.
  if (/^\[|::/.test(text.trim()) || more.length > 1) {
    return { problem: `${quoted(text)} is ${NO_ADDRESS}: Raftlab does not use IPv6 on the LAN` };
  }
  if (more.length > 0) {
    return { problem: 'an address has at most one port: write ADDRESS or ADDRESS:PORT' };
  }
  const parsedAddress = addressSchema.safeParse(address);
  if (!parsedAddress.success) {
    return { problem: `${quoted(address)} is ${NO_ADDRESS}` };
  }
  if (portText === undefined) {
    return { address: parsedAddress.data, port: LAN_PORT };
  }
  const port = portSchema.safeParse(/^\d{1,9}$/.test(portText) ? Number(portText) : Number.NaN);
  return port.success
    ? { address: parsedAddress.data, port: port.data }
    : { problem: `${NO_PORT}; ${quoted(portText)} is not one` };
}

export interface LanInterfaceAnswer {
  readonly name: string;
  readonly address: string;
  /** What it is, and whether it is likely to reach other machines. */
  readonly explanation: string;
}

/** One machine of a lab, as the wall shows it. */
export interface MachineStatus {
  readonly machineId: string;
  readonly name: string;
  readonly role: 'host' | LanRole;
  readonly address: string;
  readonly isConnected: boolean;
  /** The channel's round-trip time; null before the first pulse, and while the machine is away. */
  readonly roundTripMs: number | null;
  readonly nodes: readonly NodeName[];
  readonly permits: boolean;
  /** Its last action in words; null if there is none yet. */
  readonly lastAction: string | null;
  readonly lastActionAtMs: number | null;
  /** Events that were left out because the machine was too slow for them. */
  readonly eventsLeftOut: number;
}

export interface WrongCodeStatus {
  readonly address: string;
  readonly tries: number;
  /** When it was tried last. */
  readonly atMs: number;
}

export type LanStatus =
  | {
      readonly mode: 'local';
      /** This machine's name, unless another one is given when it joins. */
      readonly machineName: string;
      /** Whether a host may act on this machine's nodes; null when nobody has been asked yet. */
      readonly permits: boolean | null;
    }
  | {
      readonly mode: 'host';
      readonly address: string;
      readonly port: number;
      readonly code: string;
      /** What programs send to the nodes' doors on the LAN (AUTH); a new code changes it. */
      readonly doorPassword: string;
      readonly joiningIsOpen: boolean;
      readonly machines: readonly MachineStatus[];
      readonly wrongCodes: readonly WrongCodeStatus[];
    }
  | {
      readonly mode: 'joined';
      readonly hostName: string;
      readonly address: string;
      readonly port: number;
      readonly role: LanRole;
      readonly machineId: string;
      readonly permits: boolean;
      readonly isConnected: boolean;
      /** The host has renewed its code: a person must type it (`lan:useCode`) before this machine can reconnect. */
      readonly needsCode: boolean;
      /** As at the host, as long as this machine has its code. */
      readonly doorPassword: string;
      /** The host's clock minus this machine's, in milliseconds: displayed times are the host's. */
      readonly clockOffsetMs: number;
      /** Why it is not connected, in a sentence; null while it is. */
      readonly problem: string | null;
      readonly machines: readonly MachineStatus[];
    };

export interface FoundLab {
  readonly tag: string;
  readonly name: string;
  readonly address: string;
  readonly port: number;
}

export interface FoundLabs {
  readonly labs: readonly FoundLab[];
  /** Why labs cannot be heard, in a sentence; null when they can. */
  readonly problem: string | null;
}

/** One step of the connection test. */
export interface ConnectionTestStep {
  readonly what: string;
  readonly outcome: 'ok' | 'warning' | 'failed';
  /** What was found and, where it failed, what to do. */
  readonly detail: string;
}

export interface ConnectionTest {
  readonly canJoin: boolean;
  readonly steps: readonly ConnectionTestStep[];
}

export interface LanAnswers {
  'lan:interfaces': readonly LanInterfaceAnswer[];
  'lan:status': LanStatus;
  'lan:open': LanStatus;
  'lan:close': null;
  'lan:renewCode': LanStatus;
  'lan:setJoining': null;
  'lan:dismiss': null;
  'lan:find': FoundLabs;
  'lan:test': ConnectionTest;
  'lan:join': null;
  'lan:useCode': null;
  'lan:leave': null;
  'lan:bringNode': NodeName;
  'lan:setPermits': null;
}

export type LanCommandName = keyof typeof lanCommandSchemas;
export type LanCommandInput<Name extends LanCommandName> = z.output<(typeof lanCommandSchemas)[Name]>;
