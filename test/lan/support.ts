/** A host whose lab is a trace and a few answers, and machines that join it over real connections. */
import { randomBytes, randomUUID } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { KvAnswer } from '../../src/contract/answers.ts';
import { LabError } from '../../src/contract/errors.ts';
import { DatabaseReader } from '../../src/lab/databaseReader.ts';
import { LanHost } from '../../src/lan/host/host.ts';
import type { HostedLab } from '../../src/lan/host/host.ts';
import { JoinedLab } from '../../src/lan/guest/joinedLab.ts';
import type { JoinOptions } from '../../src/lan/guest/joinedLab.ts';
import type { LabLog } from '../../src/lab/service.ts';
import { LabTrace } from '../../src/lab/labTrace.ts';
import type { TraceEvent } from '../../src/trace/events.ts';
import { temporaryFolder } from '../node/support.ts';
import { workerUrls } from '../lab/support.ts';

const LOOPBACK = {
  name: 'lo', address: '127.0.0.1', netmask: '255.0.0.0', broadcast: '127.255.255.255', kind: 'other', explanation: '',
} as const;

export const SILENT_LOG = { info: () => undefined, warn: () => undefined, error: () => undefined };
const HOST_ID = randomUUID();

export async function openHost(
  key: Uint8Array = randomBytes(32), labId = 'lab-a',
  changes: { readonly lab?: Partial<HostedLab>; readonly log?: LabLog } = {},
) {
  const executed: string[] = [];
  const went: string[] = [];
  const hosts: LanHost[] = [];
  const trace = new LabTrace((events) => hosts.forEach((host) => host.push(events)));
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
    machineArrived: () => undefined,
    machineWent: (machineId) => went.push(machineId),
    bringNode: () => Promise.resolve('n3'),
    releaseMachine: () => Promise.resolve(),
    nodesOf: (machineId) => (machineId === null ? ['n1'] : ['n2']),
    ...changes.lab,
  };
  const host = await LanHost.open({
    lab, by: LOOPBACK, preferredPort: 0, hostName: 'teacher', hostId: HOST_ID, doorKey: () => key,
    log: changes.log ?? SILENT_LOG,
  });
  hosts.push(host);
  onTestFinished(() => host.close());
  return { host, trace, key, executed, went };
}

/** A `get` finds nothing; whatever acts on a node is done. */
function answerTo(name: string): KvAnswer | null {
  return name !== 'kv:execute' ? null : {
    result: { type: 'value', value: null }, index: 1, term: 1, route: ['n1'], leader: 'n1', hops: 0, tries: 1,
    timing: { totalMs: 1, appendedMs: null, committedMs: null },
  };
}

export function joinHost(host: LanHost, key: Uint8Array, changes: Partial<JoinOptions> = {}) {
  return joinLab(host.port, key, changes);
}

/** Joins whatever host is at a port of this machine. */
export async function joinLab(port: number, key: Uint8Array, changes: Partial<JoinOptions> = {}) {
  const events: TraceEvent[] = [];
  const checks = new Set<() => void>();
  const look = (): void => checks.forEach((check) => check());
  const reader = new DatabaseReader(workerUrls.databaseReader);
  const lab = await JoinedLab.join({
    address: '127.0.0.1',
    port,
    key,
    machineId: randomUUID(),
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
  }).finally(() => {
    onTestFinished(() => reader.close());
  });
  onTestFinished(() => lab.close());
  return { lab, events };
}
