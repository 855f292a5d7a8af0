/** The whole bench: one measurement after another, gathered into one report. */
import { budgetsOf } from './report/budgets.ts';
import { EtcdPeer } from './peers/etcdPeer.ts';
import { describeMachine, loadAverage } from './report/machine.ts';
import { FloorProbe } from './primitives/floorProbe.ts';
import { measureCluster, peerReportOf } from './measure/measureClusters.ts';
import type { Bench, Primitives } from './measure/measureClusters.ts';
import { doorPrograms, measureDoor } from './measure/measureDoor.ts';
import { measureFailover } from './measure/measureFailover.ts';
import { measureSimulation } from './measure/measureSimulation.ts';
import { measureMemory } from './measure/measureMemory.ts';
import { measureStartUp } from './measure/measureStartUp.ts';
import type { BenchOptions } from './options.ts';
import { FULL_PLAN, QUICK_PLAN } from './plan.ts';
import { CommitProbe, RoundTripProbe } from './primitives/primitives.ts';
import { REPORT_VERSION } from './report/report.ts';
import type { BenchReport, ClusterReport, PeerReport } from './report/report.ts';
import type { Resources } from './resources.ts';
import { latencyOf } from './report/statistics.ts';
import { bundledWorkers } from '../workers.ts';
import { VALUE_BYTES } from './workload.ts';
import { clockMs } from '../../node/clock.ts';

/** The number of the peer's nodes: the peer is measured in turns with our cluster of that size. */
const PEER_NODES = 3;

/**
 * Measures everything.
 * @param say called for each measurement that begins
 * @throws {Error} when something could not be measured at all
 */
export async function runBench(
  { quick, electron, withEtcd, withDoor }: BenchOptions, resources: Resources, say: (line: string) => void,
): Promise<BenchReport> {
  const startedAt = new Date(clockMs());
  const startedAtMs = performance.now();
  const loadAtStart = loadAverage();
  const bench: Bench = { plan: quick ? QUICK_PLAN : FULL_PLAN, workerUrls: bundledWorkers(), resources, say };
  const programs = withDoor ? await doorPrograms() : undefined;
  // The order matters, because earlier measurements leave garbage behind: a start is measured in a young process.
  const startUp = await measureStartUp(bench);
  const memory = await measureMemory(bench, electron);
  const { clusters, peer, ...primitives } = await measureClusters(bench, withEtcd);
  const door = programs === undefined ? null : await measureDoor(bench, programs, withEtcd);
  const failover = await measureFailover(bench);
  const simulation = await measureSimulation(bench);
  const measured = {
    version: REPORT_VERSION,
    startedAt: startedAt.toISOString(),
    tookSeconds: (performance.now() - startedAtMs) / 1000,
    quick,
    valueBytes: VALUE_BYTES,
    machine: describeMachine(loadAtStart),
    ...primitives,
    clusters,
    failover,
    startUp,
    memory,
    simulation,
    peer,
    door,
  } as const;
  return { ...measured, budgets: budgetsOf(measured) };
}

type Clusters = Pick<BenchReport, 'clusters' | 'peer' | 'fullCommit' | 'roundTrip' | 'writeFloor'>;

async function measureClusters(bench: Bench, withEtcd: boolean): Promise<Clusters> {
  const { resources } = bench;
  return resources.using(CommitProbe.open(), (commit) => (
    resources.using(RoundTripProbe.open(), (roundTrip) => resources.using(FloorProbe.open(), async (floor) => {
      const primitives: Primitives = { commit, roundTrip, floor, commitMs: [], roundTripMs: [], floorMs: [] };
      const clusters: ClusterReport[] = [];
      let peerReport: PeerReport | null = null;
      for (const nodeCount of bench.plan.nodeCounts) {
        if (withEtcd && nodeCount === PEER_NODES) {
          bench.say('starting etcd');
          await resources.using(EtcdPeer.start(), async (peer) => {
            const { cluster, peerWrites } = await measureCluster(bench, nodeCount, primitives, peer);
            clusters.push(cluster);
            peerReport = peerReportOf(peer, peerWrites);
          });
        } else {
          clusters.push((await measureCluster(bench, nodeCount, primitives, undefined)).cluster);
        }
      }
      return {
        clusters,
        peer: peerReport,
        fullCommit: latencyOf(primitives.commitMs),
        roundTrip: latencyOf(primitives.roundTripMs),
        writeFloor: latencyOf(primitives.floorMs),
      };
    }))
  ));
}
