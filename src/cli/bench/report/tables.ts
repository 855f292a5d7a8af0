/** The report as text: a heading and a table for each thing that was measured. Also valid Markdown. */
import { milliseconds } from './budgets.ts';
import type { BenchReport, ClusterReport, DoorReport, DoorRow, PeerReport, Throughput } from './report.ts';
import type { Latency } from './statistics.ts';

/** From this value on, the thread that plays the clients may be what was measured. */
const BUSY_CLIENTS = 0.9;

export function textOf(report: BenchReport): string {
  return [
    ...heading(report),
    ...section('Budgets', ['what', 'measured', 'ratio', 'aim', ''], report.budgets.map((row) => (
      [row.what, row.measured, row.ratio.toFixed(2), row.aim, row.met ? 'met' : 'NOT MET']
    ))),
    ...section('Primitives', ['', 'p50', 'p99'], [
      ['one SQLite transaction, synchronous=FULL', ...latencyCells(report.fullCommit)],
      ['one UDP round trip between two threads', ...latencyCells(report.roundTrip)],
      ['the least that one write of 3 nodes takes', ...latencyCells(report.writeFloor)],
    ]),
    ...report.clusters.flatMap(clusterLines),
    ...(report.peer === null ? [] : peerLines(report.peer)),
    ...(report.door === null ? [] : doorLines(report.door)),
    ...section('Failover and start', ['', 'p50', 'p99'], [
      [`a new leader commits, ${report.failover.nodeCount} nodes`, ...latencyCells(report.failover.latency)],
      [`all ${report.startUp.nodeCount} nodes run`, ...latencyCells(report.startUp.running)],
      ['from then until all know a leader', ...latencyCells(report.startUp.leaderKnown)],
    ]),
    ...section('Memory', ['', 'idle nodes', 'each', 'whole process'], report.memory.map((memory) => [
      memory.runtime, String(memory.nodeCount), `${memory.idleNodeMib.toFixed(1)} MiB`,
      `${memory.processMib.toFixed(0)} MiB`,
    ])),
    ...section(`A simulated lab, ${report.simulation.nodeCount} nodes`, ['', ''], [
      [`${report.simulation.virtualMs / 1000} s of its time`, `${milliseconds(report.simulation.cpuMs)} of a core`],
      ['one step back from there, p50', milliseconds(report.simulation.stepBack.p50Ms)],
    ]),
    ...busyClients(report),
  ].join('\n');
}

function heading({ machine, startedAt, tookSeconds, quick, valueBytes }: BenchReport): readonly string[] {
  const [before, after] = machine.loadAverage.map((load) => load.toFixed(1));
  return [
    `Raftlab's bench, ${startedAt}, ${Math.round(tookSeconds)} s${quick ? ', QUICK: the figures prove nothing' : ''}`,
    `${machine.cores} cores (${machine.processor}), ${machine.memoryGib.toFixed(0)} GiB, ${machine.platform}, `
    + `Node ${machine.node}, SQLite ${machine.sqlite}`,
    `load average ${before ?? ''} before, ${after ?? ''} after; values of ${valueBytes} bytes`,
    '',
  ];
}

function clusterLines({ nodeCount, writes, indexReads, logReads, largeValues }: ClusterReport): readonly string[] {
  return [
    ...section(`${nodeCount} nodes`, ['clients', 'operation', '/s', 'p50', 'p99', 'failed'], [
      ...writes.map((result) => throughputCells(result, 'write')),
      ...indexReads.map((result) => throughputCells(result, 'read by ReadIndex')),
      ...logReads.map((result) => throughputCells(result, 'read through the log')),
      ['1', `write of ${largeValues.bytes / 2 ** 20} MiB`, '', ...latencyCells(largeValues.latency), ''],
    ]),
  ];
}

function peerLines({ name, version, nodeCount, method, writes }: PeerReport): readonly string[] {
  return [
    ...section(`${name} ${version}, ${nodeCount} nodes`, ['clients', 'operation', '/s', 'p50', 'p99', 'failed'],
      writes.map((result) => throughputCells(result, 'write'))),
    `The load on ${name}: ${method}. Measured in turns with Raftlab's.`,
    '',
  ];
}

const DOOR_NAMES: Readonly<Record<DoorRow['asked'], string>> = {
  'door': 'the leader\'s door', 'own clients': 'the leader, by Raftlab\'s own clients', 'etcd': 'etcd, by gRPC',
  'redis-server': 'redis-server, one machine',
};

function doorLines({ nodeCount, program, redisServer, rows }: DoorReport): readonly string[] {
  return [
    ...section(`The door, ${nodeCount} nodes`, ['operation', 'asked', 'clients', '/s', 'p50', 'p99', 'failed'],
      rows.map(({ operation, asked, clients, pipeline, perSecond, p50Ms, p99Ms, failures }) => [
        operation, DOOR_NAMES[asked], pipeline === 1 ? String(clients) : `${clients}, -P ${pipeline}`,
        String(Math.round(perSecond)), milliseconds(p50Ms), milliseconds(p99Ms), String(failures),
      ])),
    `The load on the door and on redis-server ${redisServer} (appendonly yes, appendfsync always): ${program}. `
    + 'Measured in turns.',
    '',
  ];
}

function busyClients({ clusters, peer, door }: BenchReport): readonly string[] {
  const sets = [
    ...clusters.map(({ nodeCount, writes, indexReads, logReads }) => (
      { who: `${nodeCount} nodes`, results: [...writes, ...indexReads, ...logReads] }
    )),
    ...(peer === null ? [] : [{ who: peer.name, results: peer.writes }]),
    ...(door?.rows ?? []).flatMap(({ asked, operation, clients, clientThreadBusy }) => (
      clientThreadBusy === null
        ? [] : [{ who: `${DOOR_NAMES[asked]} (${operation})`, results: [{ clients, clientThreadBusy }] }]
    )),
  ];
  return sets.flatMap(({ who, results }) => (
    results.filter(({ clientThreadBusy }) => clientThreadBusy >= BUSY_CLIENTS).map(({ clients, clientThreadBusy }) => (
      `With ${clients} clients of ${who}, the thread that plays them was busy for `
      + `${Math.round(100 * clientThreadBusy)} % of the time: it is what was measured.`
    ))
  ));
}

function throughputCells({ clients, perSecond, latency, failures }: Throughput, operation: string): readonly string[] {
  return [String(clients), operation, String(Math.round(perSecond)), ...latencyCells(latency), String(failures)];
}

function latencyCells({ p50Ms, p99Ms }: Latency): readonly string[] {
  return [milliseconds(p50Ms), milliseconds(p99Ms)];
}

function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string => (
    `| ${widths.map((width, at) => (cells[at] ?? '').padEnd(width)).join(' | ')} |`
  );
  const rule = `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
  return [`### ${title}`, '', line(head), rule, ...rows.map(line), ''];
}
