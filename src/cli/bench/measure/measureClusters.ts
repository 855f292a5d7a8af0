/** Writes and reads on real clusters, in turns with the primitives and the peer. */
import type { BenchPlan } from '../plan.ts';
import { BenchLab } from './benchLab.ts';
import type { EtcdClients, EtcdPeer } from '../peers/etcdPeer.ts';
import type { FloorProbe } from '../primitives/floorProbe.ts';
import { runLoad, throughputOf } from './load.ts';
import type { LoadResult, Request } from './load.ts';
import type { CommitProbe, RoundTripProbe } from '../primitives/primitives.ts';
import type { ClusterReport, PeerReport, Throughput } from '../report/report.ts';
import type { NodeName } from '../../../trace/names.ts';
import type { Resources } from '../resources.ts';
import { latencyOf } from '../report/statistics.ts';
import { VALUE_BYTES_MAX } from '../../../kv/commands.ts';
import { keySequence, VALUE } from '../workload.ts';
import type { WorkerUrls } from '../../workers.ts';

/** The largest value that a command may carry. */
const LARGE_VALUE = 'v'.repeat(VALUE_BYTES_MAX);
const WARM_UP_CLIENTS = 64;
const VALUE_BASE64 = btoa(VALUE);

export interface Bench {
  readonly plan: BenchPlan;
  readonly workerUrls: WorkerUrls;
  readonly resources: Resources;
  /** Reports what is being measured. */
  readonly say: (line: string) => void;
}

export interface Primitives {
  readonly commit: CommitProbe;
  readonly roundTrip: RoundTripProbe;
  readonly floor: FloorProbe;
  readonly commitMs: number[];
  readonly roundTripMs: number[];
  readonly floorMs: number[];
}

/** Measures one cluster size. The peer, when there is one, is measured in turns with it. */
export function measureCluster(
  bench: Bench, nodeCount: number, primitives: Primitives, peer: EtcdPeer | undefined,
): Promise<{ readonly cluster: ClusterReport; readonly peerWrites: readonly Throughput[] }> {
  const { plan, resources, workerUrls } = bench;
  return resources.using(BenchLab.open(nodeCount, 'fast', workerUrls), async (lab) => {
    const cluster = new ClusterBench(bench, lab, await lab.leader());
    await cluster.warmUp(peer);
    const writes: Throughput[] = [];
    const peerWrites: Throughput[] = [];
    for (const clients of plan.writeClients) {
      const beside = plan.peerClients.includes(clients) ? peer : undefined;
      const { ours, theirs } = await cluster.writes(clients, primitives, beside);
      writes.push(ours);
      peerWrites.push(...theirs);
    }
    const indexReads: Throughput[] = [];
    const logReads: Throughput[] = [];
    for (const clients of plan.readClients) {
      indexReads.push(await cluster.reads(clients, 'read-index'));
      logReads.push(await cluster.reads(clients, 'log'));
    }
    const largeValues = await cluster.largeValues();
    return { cluster: { nodeCount, writes, indexReads, logReads, largeValues }, peerWrites };
  });
}

export function peerReportOf(peer: EtcdPeer, writes: readonly Throughput[]): PeerReport {
  return {
    name: 'etcd',
    version: peer.version,
    nodeCount: 3,
    method: 'POST /v3/kv/put to the leader, through its HTTP/JSON gateway; each client has one connection and keeps it',
    writes,
  };
}

class ClusterBench {
  readonly #bench: Bench;
  readonly #lab: BenchLab;
  readonly #leader: NodeName;
  readonly #key = keySequence();

  constructor(bench: Bench, lab: BenchLab, leader: NodeName) {
    this.#bench = bench;
    this.#lab = lab;
    this.#leader = leader;
  }

  async warmUp(peer: EtcdPeer | undefined): Promise<void> {
    this.#say('warming up');
    const { warmUpMs } = this.#bench.plan;
    await runLoad({ clients: WARM_UP_CLIENTS, warmUpMs: 0, measureMs: warmUpMs, request: this.#put });
    if (peer !== undefined) {
      await withClients(peer, WARM_UP_CLIENTS, (request) => (
        runLoad({ clients: WARM_UP_CLIENTS, warmUpMs: 0, measureMs: warmUpMs, request })
      ));
    }
  }

  async writes(
    clients: number, primitives: Primitives, peer: EtcdPeer | undefined,
  ): Promise<{ readonly ours: Throughput; readonly theirs: readonly Throughput[] }> {
    this.#say(`writes, ${clients} clients${peer === undefined ? '' : ', and etcd'}`);
    const ours: LoadResult[] = [];
    const theirs: LoadResult[] = [];
    for (let round = 0; round < this.#bench.plan.rounds; round += 1) {
      if (clients === 1) {
        await this.#measurePrimitives(primitives);
      }
      ours.push(await this.#round(clients, this.#put));
      if (peer !== undefined) {
        theirs.push(await withClients(peer, clients, (request) => this.#round(clients, request)));
      }
    }
    return {
      ours: throughputOf(clients, ours),
      theirs: theirs.length === 0 ? [] : [throughputOf(clients, theirs)],
    };
  }

  async reads(clients: number, kind: 'read-index' | 'log'): Promise<Throughput> {
    this.#say(`reads, ${kind}, ${clients} clients`);
    const get: Request = () => this.#lab.kv(this.#leader, { op: 'get', key: this.#key() }, kind);
    const rounds: LoadResult[] = [];
    for (let round = 0; round < this.#bench.plan.rounds; round += 1) {
      rounds.push(await this.#round(clients, get));
    }
    return throughputOf(clients, rounds);
  }

  async largeValues(): Promise<ClusterReport['largeValues']> {
    this.#say('the largest values');
    const samplesMs: number[] = [];
    for (let count = 0; count < this.#bench.plan.largeValues; count += 1) {
      const startedAtMs = performance.now();
      await this.#lab.kv(this.#leader, { op: 'put', key: 'large', value: LARGE_VALUE });
      samplesMs.push(performance.now() - startedAtMs);
    }
    return { bytes: LARGE_VALUE.length, latency: latencyOf(samplesMs) };
  }

  readonly #put: Request = () => this.#lab.kv(this.#leader, { op: 'put', key: this.#key(), value: VALUE });

  #round(clients: number, request: Request): Promise<LoadResult> {
    const { roundWarmUpMs, roundMs } = this.#bench.plan;
    return runLoad({ clients, warmUpMs: roundWarmUpMs, measureMs: roundMs, request });
  }

  async #measurePrimitives(primitives: Primitives): Promise<void> {
    const { commit, roundTrip, floor, commitMs, roundTripMs, floorMs } = primitives;
    const { commits, roundTrips } = this.#bench.plan;
    commitMs.push(...commit.measure(commits));
    roundTripMs.push(...await roundTrip.measure(roundTrips));
    floorMs.push(...await floor.measure(commits));
  }

  #say(what: string): void {
    this.#bench.say(`${this.#lab.names.length} nodes: ${what}`);
  }
}

async function withClients<Result>(
  peer: EtcdPeer, count: number, use: (request: Request) => Promise<Result>,
): Promise<Result> {
  const clients: EtcdClients = await peer.connect(count);
  const key = keySequence();
  try {
    return await use((client) => clients.put(client, key(), VALUE_BASE64));
  } finally {
    clients.close();
  }
}
