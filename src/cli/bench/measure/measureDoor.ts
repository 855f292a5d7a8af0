/** The door of a cluster's leader under an outside load, in turns with what the same load gets elsewhere. */
import type { DoorPlace } from '../../../trace/door.ts';
import type { NodeName } from '../../../trace/names.ts';
import { EtcdPeer } from '../peers/etcdPeer.ts';
import { versionOf } from '../peers/programs.ts';
import { REDIS_SERVER, RedisServer } from '../peers/redisServer.ts';
import type { DoorOperation, DoorReport, DoorRow } from '../report/report.ts';
import { medianOf } from '../report/statistics.ts';
import { keySequence, VALUE } from '../workload.ts';
import { BenchLab } from './benchLab.ts';
import { runLoad, throughputOf } from './load.ts';
import type { LoadResult, Request } from './load.ts';
import type { Bench } from './measureClusters.ts';
import { OutsideError, REDIS_BENCHMARK, runRedisBenchmark } from './redisBenchmark.ts';
import type { OutsideResult } from './redisBenchmark.ts';

const NODES = 3;
const CLIENTS = 64;
const PIPELINE = 16;
/** Raftlab's own clients beside a pipeline: as many commands under way as a door asks of its node at most. */
const CLIENTS_BESIDE_PIPELINE = 512;
/** An election ends a run of redis-benchmark, so a failed run is repeated; this many in a row have another cause. */
const TRIES_MAX = 3;

interface Load {
  readonly operation: DoorOperation;
  readonly pipeline: number;
}

const LOADS: readonly Load[] = [
  { operation: 'SET', pipeline: 1 }, { operation: 'GET', pipeline: 1 }, { operation: 'INCR', pipeline: 1 },
  { operation: 'SET', pipeline: PIPELINE }, { operation: 'GET', pipeline: PIPELINE },
];

type Versions = Pick<DoorReport, 'program' | 'redisServer'>;

/** What the measurement needs, before anything is measured. @throws {Error} that says what to install */
export async function doorPrograms(): Promise<Versions> {
  return {
    program: `${REDIS_BENCHMARK.name} ${await versionOf(REDIS_BENCHMARK)}`,
    redisServer: await versionOf(REDIS_SERVER),
  };
}

/** Measures the door of a leader; etcd by its own protocol as well, if asked for. */
export function measureDoor(bench: Bench, versions: Versions, withEtcd: boolean): Promise<DoorReport> {
  const { resources, workerUrls } = bench;
  return resources.using(BenchLab.open(NODES, 'fast', workerUrls), async (lab) => {
    const leader = await lab.leader();
    const place = await lab.openDoor(leader);
    const measure = async (redis: RedisServer, etcd: EtcdPeer | undefined): Promise<DoorReport> => {
      const door = new DoorBench(bench, lab, leader, place, redis, etcd);
      const rows: DoorRow[] = [];
      for (const load of LOADS) {
        rows.push(...await door.measure(load));
      }
      return { nodeCount: NODES, ...versions, rows };
    };
    return resources.using(RedisServer.start(), (redis) => (withEtcd
      ? resources.using(EtcdPeer.start(), (etcd) => measure(redis, etcd)) : measure(redis, undefined)));
  });
}

class DoorBench {
  readonly #bench: Bench;
  readonly #lab: BenchLab;
  readonly #leader: NodeName;
  readonly #door: DoorPlace;
  readonly #redis: RedisServer;
  readonly #etcd: EtcdPeer | undefined;
  readonly #key = keySequence();

  constructor(
    bench: Bench, lab: BenchLab, leader: NodeName, door: DoorPlace, redis: RedisServer, etcd: EtcdPeer | undefined,
  ) {
    this.#bench = bench;
    this.#lab = lab;
    this.#leader = leader;
    this.#door = door;
    this.#redis = redis;
    this.#etcd = etcd;
  }

  /** One load on everything, in turns. */
  async measure(load: Load): Promise<readonly DoorRow[]> {
    const { operation, pipeline } = load;
    this.#bench.say(`the door: ${operation}${pipeline === 1 ? '' : ` -P ${pipeline}`}, and others`);
    const door = new OutsideRounds('door', this.#door, load, this.#bench);
    const redis = new OutsideRounds('redis-server', this.#redis, load, this.#bench);
    const own: LoadResult[] = [];
    const etcd: LoadResult[] = [];
    const ownClients = pipeline === 1 ? CLIENTS : CLIENTS_BESIDE_PIPELINE;
    for (let round = 0; round < this.#bench.plan.rounds; round += 1) {
      await door.run();
      own.push(await this.#round(ownClients, () => this.#ask(operation)));
      if (this.#etcd !== undefined && pipeline === 1 && operation !== 'INCR') {
        etcd.push(await this.#etcdRound(this.#etcd, operation));
      }
      await redis.run();
    }
    return [
      door.row(),
      rowOf('own clients', operation, ownClients, own),
      ...(etcd.length === 0 ? [] : [rowOf('etcd', operation, CLIENTS, etcd)]),
      redis.row(),
    ];
  }

  #ask(operation: DoorOperation): Promise<unknown> {
    switch (operation) {
      case 'SET':
        return this.#lab.kv(this.#leader, { op: 'put', key: this.#key(), value: VALUE });
      case 'GET':
        return this.#lab.kv(this.#leader, { op: 'get', key: this.#key() }, 'read-index');
      case 'INCR':
        return this.#lab.kv(this.#leader, { op: 'incr', key: `counter-${this.#key()}`, by: 1 });
    }
  }

  async #etcdRound(etcd: EtcdPeer, operation: DoorOperation): Promise<LoadResult> {
    const clients = await etcd.connectByGrpc(CLIENTS);
    try {
      return await this.#round(CLIENTS, (client) => (
        operation === 'SET' ? clients.put(client, this.#key(), VALUE) : clients.get(client, this.#key())
      ));
    } finally {
      clients.close();
    }
  }

  #round(clients: number, request: Request): Promise<LoadResult> {
    const { roundWarmUpMs, roundMs } = this.#bench.plan;
    return runLoad({ clients, warmUpMs: roundWarmUpMs, measureMs: roundMs, request });
  }
}

/** Rounds of redis-benchmark, which takes a number of requests and no time: each is reckoned from the one before. */
class OutsideRounds {
  readonly #asked: DoorRow['asked'];
  readonly #place: DoorPlace;
  readonly #load: Load;
  readonly #bench: Bench;
  readonly #results: OutsideResult[] = [];
  #failures = 0;

  constructor(asked: DoorRow['asked'], place: DoorPlace, load: Load, bench: Bench) {
    this.#asked = asked;
    this.#place = place;
    this.#load = load;
    this.#bench = bench;
  }

  /** @throws {OutsideError} when the server answers with errors time after time */
  async run(): Promise<void> {
    const { roundMs, outsideWarmUp } = this.#bench.plan;
    const last = this.#results.at(-1) ?? await this.#try(outsideWarmUp);
    this.#results.push(await this.#try(Math.ceil(last.perSecond * roundMs / 1000)));
  }

  row(): DoorRow {
    const rounds = this.#results.map(({ perSecond }) => perSecond);
    return {
      asked: this.#asked,
      ...this.#load,
      clients: CLIENTS,
      perSecond: medianOf(rounds),
      rounds,
      p50Ms: medianOf(this.#results.map(({ p50Ms }) => p50Ms)),
      p99Ms: medianOf(this.#results.map(({ p99Ms }) => p99Ms)),
      failures: this.#failures,
      clientThreadBusy: null,
    };
  }

  async #try(requests: number): Promise<OutsideResult> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await runRedisBenchmark(this.#place, { ...this.#load, clients: CLIENTS, requests });
      } catch (error) {
        this.#failures += 1;
        if (!(error instanceof OutsideError) || tries === TRIES_MAX) {
          throw error;
        }
      }
    }
  }
}

function rowOf(
  asked: DoorRow['asked'], operation: DoorOperation, clients: number, results: readonly LoadResult[],
): DoorRow {
  const { perSecond, rounds, latency: { p50Ms, p99Ms }, failures, clientThreadBusy } = throughputOf(clients, results);
  return { asked, operation, clients, pipeline: 1, perSecond, rounds, p50Ms, p99Ms, failures, clientThreadBusy };
}
