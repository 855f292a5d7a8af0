/** A host whose lab is a trace and a few answers, and machines that join it over real connections. */
import { randomBytes, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { DatabaseReader } from '../../src/lab/databaseReader.ts';
import { LanHost } from '../../src/lan/host/host.ts';
import type { HostedLab } from '../../src/lan/host/hostedLab.ts';
import type { LabMachine } from '../../src/lab/labMachine.ts';
import { JoinedLab } from '../../src/lan/guest/joinedLab.ts';
import type { JoinOptions } from '../../src/lan/guest/joinedLab.ts';
import { LabTrace } from '../../src/lab/labTrace.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import { temporaryFolder } from '../node/support.ts';
import { workerUrls } from '../lab/support.ts';

const LOOPBACK = {
  name: 'lo', address: '127.0.0.1', netmask: '255.0.0.0', broadcast: '127.255.255.255', kind: 'other', explanation: '',
} as const;

const HOST_ID = randomUUID();

export async function openHost(key: Uint8Array = randomBytes(32), labId = 'lab-a') {
  const executed: string[] = [];
  const went: string[] = [];
  const followers = new Set<(events: readonly TraceEvent[]) => void>();
  const machines: LabMachine[] = [];
  const trace = new LabTrace((events) => followers.forEach((follower) => follower(events)));
  trace.record({ type: 'labOpened', labId, name: 'Room 12', pace: 'fast', nodes: ['n1', 'n2'] });
  const lab: HostedLab = {
    labId,
    name: 'Room 12',
    attach: () => ({ view: structuredClone(trace.view), recentEvents: trace.recent(100) }),
    execute: (name) => {
      executed.push(name);
      return name === 'node:crash'
        ? Promise.reject(new LabError('node-crashed', 'node n2 is crashed'))
        : Promise.resolve({ done: name });
    },
    record: (event) => trace.record(event),
    subscribe: (listener) => {
      followers.add(listener);
      return () => followers.delete(listener);
    },
    machineArrived: (machine) => machines.push(machine),
    machineWent: (machineId) => went.push(machineId),
    bringNode: () => Promise.resolve('n3'),
    releaseMachine: () => Promise.resolve(),
    nodesOf: (machineId) => (machineId === null ? ['n1'] : ['n2']),
  };
  const host = await LanHost.open({
    lab, by: LOOPBACK, preferredPort: 0, hostName: 'teacher', hostId: HOST_ID, doorKey: () => key,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  onTestFinished(() => host.close());
  return { host, trace, key, executed, went, machines };
}

export async function joinHost(
  host: LanHost, key: Uint8Array, changes: Partial<JoinOptions> = {},
  signal = new AbortController().signal,
) {
  const events: TraceEvent[] = [];
  const checks = new Set<() => void>();
  const look = (): void => checks.forEach((check) => check());
  const reader = new DatabaseReader(workerUrls.databaseReader);
  const lab = await JoinedLab.join({
    address: '127.0.0.1',
    port: host.port,
    key,
    machineId: randomUUID(),
    machineName: 'desk 7',
    role: 'member',
    permits: true,
    folder: temporaryFolder(),
    nodeWorkerUrl: workerUrls.node,
    reader,
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
