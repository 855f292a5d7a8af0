/** A host whose lab is a trace and a few answers, and machines that join it over real connections. */
import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { KvAnswer } from '../../src/contract/answers.ts';
import { LabError } from '../../src/contract/errors.ts';
import { DatabaseReader } from '../../src/lab/disk/databaseReader.ts';
import { LanHost } from '../../src/lan/host/host.ts';
import type { HostedLab } from '../../src/lan/host/hostedLab.ts';
import type { LabMachine } from '../../src/lab/nodes/labMachine.ts';
import { JoinedLab } from '../../src/lan/guest/joinedLab.ts';
import type { JoinOptions } from '../../src/lan/guest/joinedLab.ts';
import type { GuestSessions, MachineMemory } from '../../src/lan/identity/memory.ts';
import { Channel } from '../../src/lan/channel/channel.ts';
import type { ChannelEnd } from '../../src/lan/channel/channel.ts';
import { fromHost, LAN_PROTOCOL_VERSION } from '../../src/lan/channel/protocol.ts';
import type { FromHost, FromMachine } from '../../src/lan/channel/protocol.ts';
import { knock } from '../../src/lan/channel/tls.ts';
import { machineIdOf, MachineKey, newPrivateKey } from '../../src/lan/identity/machineKey.ts';
import { signSession } from '../../src/lan/identity/session.ts';
import type { SessionScope } from '../../src/lan/identity/session.ts';
import { LanFileKeeper } from '../../src/lan/lanFile.ts';
import { guestSessions, machineMemory } from '../../src/lan/lanMemory.ts';
import type { LabLog } from '../../src/lab/service.ts';
import { LabTrace } from '../../src/trace/labTrace.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import { temporaryFolder } from '../node/support.ts';
import { workerUrls } from '../lab/support.ts';

const LOOPBACK = {
  name: 'lo', address: '127.0.0.1', netmask: '255.0.0.0', broadcast: '127.255.255.255', kind: 'other', explanation: '',
} as const;

export const SILENT_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What a machine with a data folder of its own remembers. */
export function memoryIn(folder: string): MachineMemory {
  return machineMemory(new LanFileKeeper(join(folder, 'lan.json')));
}

export async function openHost(
  key: Uint8Array = randomBytes(32), labId = 'lab-a', folder = temporaryFolder(),
  changes: { readonly lab?: Partial<HostedLab>; readonly log?: LabLog; readonly sessions?: GuestSessions } = {},
) {
  const file = new LanFileKeeper(join(folder, 'lan.json'));
  const present = { key };
  const executed: string[] = [];
  const went: string[] = [];
  const followers = new Set<(events: readonly TraceEvent[]) => void>();
  const machines: LabMachine[] = [];
  const trace = new LabTrace(() => 0, (events) => followers.forEach((follower) => follower(events)));
  trace.record({ type: 'labOpened', labId, name: 'Room 12', pace: 'fast', nodes: ['n1', 'n2'] });
  const lab: HostedLab = {
    labId,
    name: 'Room 12',
    attach: () => ({ view: structuredClone(trace.view), recentEvents: trace.recent(100) }),
    execute: (name) => {
      executed.push(name);
      return name === 'node:crash'
        ? Promise.reject(new LabError('node-crashed', 'node n2 is crashed'))
        : Promise.resolve(answerTo(name));
    },
    record: (event) => trace.record(event),
    subscribe: (listener) => {
      followers.add(listener);
      return () => followers.delete(listener);
    },
    machineArrived: (machine) => machines.push(machine),
    machineWent: (machineId) => went.push(machineId),
    bringNode: () => Promise.resolve('n3'),
    releaseMachine: () => Promise.resolve([]),
    missingMachines: [],
    nodesOf: (machineId) => (machineId === null ? ['n1'] : ['n2']),
    ...changes.lab,
  };
  const ownKey = new MachineKey((await file.change((kept) => kept)).privateKey);
  const host = await LanHost.open({
    lab, by: LOOPBACK, preferredPort: 0, hostName: 'teacher', doorKey: () => present.key,
    key: ownKey,
    sessions: changes.sessions ?? guestSessions(
      file, { labId, hostId: ownKey.machineId }, (machineId) => lab.nodesOf(machineId).length > 0,
    ),
    log: changes.log ?? SILENT_LOG,
  });
  onTestFinished(() => host.close());
  const renewKey = (): Uint8Array => {
    present.key = randomBytes(32);
    return present.key;
  };
  return { host, hostId: ownKey.machineId, trace, key, executed, went, machines, folder, renewKey };
}

/** A `get` finds nothing; whatever acts on a node is done. */
function answerTo(name: string): KvAnswer | null {
  return name !== 'kv:execute' ? null : {
    result: { type: 'value', value: null }, index: 1, term: 1, route: ['n1'], leader: 'n1', hops: 0, tries: 1,
    timing: { totalMs: 1, appendedMs: null, committedMs: null },
  };
}

export function joinHost(
  host: LanHost, key: Uint8Array, changes: Partial<JoinOptions> = {}, signal = new AbortController().signal,
) {
  return joinLab(host.port, key, changes, signal);
}

/** Joins whatever host is at a port of this machine. */
export async function joinLab(
  port: number, key: Uint8Array, changes: Partial<JoinOptions> = {}, signal = new AbortController().signal,
) {
  const events: TraceEvent[] = [];
  const checks = new Set<() => void>();
  const look = (): void => checks.forEach((check) => check());
  const reader = new DatabaseReader(workerUrls.databaseReader);
  const lab = await JoinedLab.join({
    address: '127.0.0.1',
    port,
    codeKey: key,
    memory: memoryIn(temporaryFolder()),
    isHosting: () => false,
    runId: randomUUID(),
    machineName: 'desk 7',
    role: 'member',
    permits: true,
    folder: temporaryFolder(),
    nodeWorkerUrl: workerUrls.node,
    reader,
    log: SILENT_LOG,
    onEvents: (more) => {
      events.push(...more);
      look();
    },
    onViewReplaced: look,
    onDismissed: look,
    ...changes,
  }, signal).finally(() => {
    onTestFinished(() => reader.close());
  });
  onTestFinished(() => lab.close());
  return { lab, events };
}

interface Guest {
  readonly channel: Channel<FromHost, FromMachine>;
  readonly key: MachineKey;
  /** What the host has said, and how the connection ended. */
  readonly heard: FromHost[];
  readonly ended: Promise<ChannelEnd>;
}

interface GuestOptions {
  readonly clockMs?: () => number;
  readonly key?: MachineKey;
}

/** Somebody who says what they like in their hello, over a real connection. */
export async function sayHello(
  port: number, codeKey: Uint8Array, changes: Partial<FromMachine & { type: 'hello' }> = {},
  onMessage: (message: FromHost, guest: Guest) => void = () => undefined,
  { clockMs = Date.now, key = new MachineKey(newPrivateKey()) }: GuestOptions = {},
): Promise<Guest> {
  const socket = await knock('127.0.0.1', port, codeKey);
  const heard: FromHost[] = [];
  let end: (how: ChannelEnd) => void = () => undefined;
  const ended = new Promise<ChannelEnd>((resolve) => {
    end = resolve;
  });
  const proof = key.prove(socket, 'hello');
  const channel = new Channel<FromHost, FromMachine>(socket, {
    schema: fromHost,
    clockMs,
    onMessage: (message) => {
      heard.push(message);
      onMessage(message, guest);
    },
    onEnd: end,
  });
  channel.takeLongMessages();
  onTestFinished(() => channel.close());
  const guest: Guest = { channel, key, heard, ended };
  channel.send({
    type: 'hello', version: LAN_PROTOCOL_VERSION, clockMs: clockMs(), isTest: false, proof, runId: randomUUID(),
    machineName: 'desk 7', role: 'member', permits: false, running: [], ...changes,
  });
  return guest;
}

/** Where the sessions of a host count, as its welcome says. */
export function scopeOf({ labId, proof }: FromHost & { type: 'welcome' }): SessionScope {
  return { labId, hostId: machineIdOf(proof.publicKey) };
}

/** A machine that comes in as it should, remembers nothing, and then only listens. Resolves when it is in. */
export async function comeIn(
  port: number, codeKey: Uint8Array, changes: Partial<FromMachine & { type: 'hello' }> = {},
  onMessage: (message: FromHost) => void = () => undefined, options: GuestOptions = {},
): Promise<Guest> {
  let scope = { labId: '', hostId: '' };
  return new Promise((resolve, reject) => {
    sayHello(port, codeKey, changes, (message, guest) => {
      if (message.type === 'welcome') {
        scope = scopeOf(message);
        guest.channel.send({ type: 'resume', session: null });
      } else if (message.type === 'session') {
        guest.channel.send({ type: 'sessionKept', session: signSession(guest.key, scope, message.session) });
      } else {
        onMessage(message);
        if (message.type === 'machines') resolve(guest);
      }
    }, options).catch(reject);
  });
}
