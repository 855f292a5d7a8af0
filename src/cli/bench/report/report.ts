/** What the bench found, as data: the JSON that `--json` writes. */
import type { Latency } from './statistics.ts';

export const REPORT_VERSION = 6;

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly platform: string;
  readonly node: string;
  readonly sqlite: string;
  /** How busy the machine was otherwise, at the start and at the end: its load average over one minute. */
  readonly loadAverage: readonly [number, number];
}

/** Requests of one number of clients; `perSecond` is the median of the rounds, `latency` is over all of them. */
export interface Throughput {
  readonly clients: number;
  readonly perSecond: number;
  readonly rounds: readonly number[];
  readonly latency: Latency;
  /** Requests that were answered with an error, for example because the leader changed. */
  readonly failures: number;
  /** How busy the one thread that plays all clients was; near 1, that thread is what was measured. */
  readonly clientThreadBusy: number;
}

export interface ClusterReport {
  readonly nodeCount: number;
  readonly writes: readonly Throughput[];
  /** Reads without an entry, each confirmed by a round of the leader (dissertation §6.4); many share a round. */
  readonly indexReads: readonly Throughput[];
  /** Reads that go through the log as an entry, like writes. */
  readonly logReads: readonly Throughput[];
  /** Writes by one client of the largest values that a command may carry. */
  readonly largeValues: { readonly bytes: number; readonly latency: Latency };
}

export interface FailoverReport {
  readonly nodeCount: number;
  readonly crashes: number;
  readonly longestElectionTimeoutMs: number;
  /** From the crash of the leader until another one has committed an entry. */
  readonly latency: Latency;
}

export interface StartUpReport {
  readonly nodeCount: number;
  readonly starts: number;
  readonly longestElectionTimeoutMs: number;
  /** From the start until all nodes run. */
  readonly running: Latency;
  /** From then until all nodes follow one leader. */
  readonly leaderKnown: Latency;
}

export interface MemoryReport {
  /** What the lab's process was, with its version: Electron, in which the app runs, or Node. */
  readonly runtime: string;
  readonly nodeCount: number;
  /** The memory that the idle nodes add to a process that has loaded the lab's code, divided by their number. */
  readonly idleNodeMib: number;
  /** The resident memory of the whole process with its idle nodes. */
  readonly processMib: number;
}

/** A simulated lab in which nobody writes, at fast pace. */
export interface SimulationReport {
  readonly nodeCount: number;
  /** How long it ran in its own time, and what that took of one core. */
  readonly virtualMs: number;
  readonly cpuMs: number;
  /** From there until the moment before the last message is shown, when nothing else was asked for a while. */
  readonly stepBack: Latency;
}

export interface PeerReport {
  readonly name: string;
  readonly version: string;
  readonly nodeCount: number;
  /** How the load is put on it, in a sentence. */
  readonly method: string;
  readonly writes: readonly Throughput[];
}

export type DoorOperation = 'SET' | 'GET' | 'INCR';

/** One load on one server. */
export interface DoorRow {
  /** Who answered: the leader through its door or asked by Raftlab's own clients, etcd by gRPC, or real Redis. */
  readonly asked: 'door' | 'own clients' | 'etcd' | 'redis-server';
  readonly operation: DoorOperation;
  readonly clients: number;
  /** How many commands each client sends at once. */
  readonly pipeline: number;
  /** The median of the rounds. */
  readonly perSecond: number;
  readonly rounds: readonly number[];
  /** Of redis-benchmark the median of the rounds, otherwise over all requests. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests that were answered with an error; redis-benchmark ends at the first one, and its round is repeated. */
  readonly failures: number;
  /** As in Throughput; null for redis-benchmark, which is a process of its own. */
  readonly clientThreadBusy: number | null;
}

/** The leader's door under the load of a program that knows nothing of Raftlab. */
export interface DoorReport {
  readonly nodeCount: number;
  /** The outside load, with its version. */
  readonly program: string;
  /** The version of redis-server, which appends and syncs each write, alone. */
  readonly redisServer: string;
  readonly rows: readonly DoorRow[];
}

export interface BudgetRow {
  readonly what: string;
  /** What was measured, with its unit. */
  readonly measured: string;
  /** The measured value as a multiple of the budget's unit. */
  readonly ratio: number;
  readonly aim: string;
  readonly met: boolean;
}

export interface BenchReport {
  readonly version: typeof REPORT_VERSION;
  readonly startedAt: string;
  readonly tookSeconds: number;
  readonly quick: boolean;
  readonly valueBytes: number;
  readonly machine: Machine;
  /** One SQLite transaction with one entry, synchronous=FULL. */
  readonly fullCommit: Latency;
  /** One datagram to another thread and back. */
  readonly roundTrip: Latency;
  /** The least that one write of a cluster of three can take (floorProbe.ts). */
  readonly writeFloor: Latency;
  readonly clusters: readonly ClusterReport[];
  readonly failover: FailoverReport;
  readonly startUp: StartUpReport;
  /** The first one counts: it is the app's own runtime, where that is available. */
  readonly memory: readonly MemoryReport[];
  readonly simulation: SimulationReport;
  readonly peer: PeerReport | null;
  /** Null where it was not asked for. */
  readonly door: DoorReport | null;
  readonly budgets: readonly BudgetRow[];
}
