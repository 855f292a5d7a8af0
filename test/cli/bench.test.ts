/** What the bench reckons from its samples, and how it reads its command line. */
import { describe, expect, test } from 'vitest';
import { budgetsOf } from '../../src/cli/bench/report/budgets.ts';
import type { Measured } from '../../src/cli/bench/report/budgets.ts';
import { throughputOf } from '../../src/cli/bench/measure/load.ts';
import { resultIn } from '../../src/cli/bench/measure/redisBenchmark.ts';
import { parseOptions } from '../../src/cli/bench/options.ts';
import type { DoorOperation, DoorRow } from '../../src/cli/bench/report/report.ts';
import { latencyOf, medianOf } from '../../src/cli/bench/report/statistics.ts';

describe('what makes up a figure', () => {
  test('a percentile is a sample that was measured, the nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(latencyOf(hundred)).toEqual({ count: 100, p50Ms: 50, p99Ms: 99, maxMs: 100 });
    expect(latencyOf([7])).toEqual({ count: 1, p50Ms: 7, p99Ms: 7, maxMs: 7 });
    expect(medianOf([9, 1, 5])).toBe(5);
    expect(() => latencyOf([])).toThrow(RangeError);
  });

  test('rounds are one result: the median rate, the latency over all, the failures added up', () => {
    const round = (perSecond: number, samplesMs: number[], failures: number) =>
      ({ perSecond, samplesMs, failures, clientThreadBusy: 0.5 });
    expect(throughputOf(4, [round(10, [1, 2], 1), round(30, [3], 0), round(20, [4], 2)])).toEqual({
      clients: 4, perSecond: 20, rounds: [10, 30, 20], latency: { count: 4, p50Ms: 2, p99Ms: 4, maxMs: 4 },
      failures: 3, clientThreadBusy: 0.5,
    });
  });
});

describe('what redis-benchmark prints', () => {
  const HEADS = '"test","rps","avg_latency_ms","min_latency_ms","p50_latency_ms","p95_latency_ms","p99_latency_ms",'
    + '"max_latency_ms"\n';

  test('is read by its heads', () => {
    const printed = `${HEADS}"SET","14673.51","2.973","0.168","1.831","7.119","27.135","80.511"\n`;
    expect(resultIn(printed, 'SET')).toEqual({ perSecond: 14673.51, p50Ms: 1.831, p99Ms: 27.135 });
  });

  test('is quoted where the figures are missing', () => {
    expect(() => resultIn(HEADS, 'GET')).toThrow('no figures for GET: "test"');
    expect(() => resultIn('"test","rps"\n"SET","1"\n', 'SET')).toThrow('no figures for SET');
  });
});

describe('the command line', () => {
  test('is read', () => {
    expect(parseOptions(['--json', 'a.json', '--peer', 'etcd', '--resp', '--quick'])).toEqual({
      jsonFile: 'a.json', withEtcd: true, withDoor: true, quick: true, electron: undefined,
    });
  });

  test('runs nothing where only help is asked for', () => {
    expect(parseOptions(['--help'])).toBeUndefined();
  });

  test('names what it does not know', () => {
    expect(() => parseOptions(['--peer', 'zookeeper'])).toThrow('there is no peer "zookeeper"');
    expect(() => parseOptions(['--fast'])).toThrow('--fast');
  });
});

describe('a budget', () => {
  const times = (p50Ms: number, p99Ms = p50Ms) => ({ count: 1, p50Ms, p99Ms, maxMs: p99Ms });
  const writes = (clients: number, perSecond: number, p50Ms: number) =>
    ({ clients, perSecond, rounds: [perSecond], latency: times(p50Ms), failures: 0, clientThreadBusy: 0 });

  const atDoor = (asked: DoorRow['asked'], operation: DoorOperation, perSecond: number, pipeline = 1): DoorRow =>
    ({
      asked, operation, clients: 64, pipeline, perSecond, rounds: [perSecond], p50Ms: 1, p99Ms: 1, failures: 0,
      clientThreadBusy: null,
    });
  const doorWith = (sets: number, gets: number): Measured['door'] => ({
    nodeCount: 3, program: 'redis-benchmark 7.0.15', redisServer: '7.0.15', rows: [
      atDoor('door', 'SET', 90_000, 16), atDoor('door', 'SET', sets), atDoor('etcd', 'SET', 1000),
      atDoor('redis-server', 'SET', 9000), atDoor('door', 'GET', gets), atDoor('etcd', 'GET', 2000),
    ],
  });

  /** Everything exactly at its budget. */
  const AT_THE_LIMIT: Measured = {
    version: 6,
    startedAt: '2026-01-01T00:00:00.000Z',
    tookSeconds: 1,
    quick: false,
    valueBytes: 128,
    machine: {
      processor: 'a processor', cores: 2, memoryGib: 8, platform: 'linux x64', node: '24.0.0', sqlite: '3.54.1',
      loadAverage: [0, 0],
    },
    fullCommit: times(0.75),
    roundTrip: times(0.25),
    writeFloor: times(2),
    clusters: [{
      nodeCount: 3,
      writes: [writes(1, 300, 3), writes(64, 3000, 10)],
      indexReads: [],
      logReads: [],
      largeValues: { bytes: 1_048_576, latency: times(1) },
    }],
    failover: { nodeCount: 5, crashes: 50, longestElectionTimeoutMs: 300, latency: times(450, 900) },
    startUp: {
      nodeCount: 5, starts: 5, longestElectionTimeoutMs: 3000, running: times(1500), leaderKnown: times(3000),
    },
    memory: [{ runtime: 'Electron 45.0.0', nodeCount: 5, idleNodeMib: 15, processMib: 200 }],
    simulation: { nodeCount: 5, virtualMs: 600_000, cpuMs: 6000, stepBack: times(100) },
    peer: {
      name: 'etcd', version: '3.4', nodeCount: 3, method: 'puts', writes: [writes(1, 1, 1), writes(64, 1000, 60)],
    },
    door: doorWith(2000, 10_000),
  };

  test('is met at its limit', () => {
    const rows = budgetsOf(AT_THE_LIMIT);
    expect(rows.map(({ ratio }) => ratio)).toEqual([3, 1.5, 3, 2, 5, 1.5, 3, 1, 1, 1, 100, 1]);
    expect(rows.every(({ met }) => met)).toBe(true);
  });

  test('is not met beyond its limit', () => {
    const [cluster] = AT_THE_LIMIT.clusters;
    const [memory] = AT_THE_LIMIT.memory;
    const rows = budgetsOf({
      ...AT_THE_LIMIT,
      clusters: [{ ...cluster!, writes: [writes(1, 300, 3.01), writes(64, 2999, 10)] }],
      failover: { ...AT_THE_LIMIT.failover, latency: times(451, 901) },
      startUp: { ...AT_THE_LIMIT.startUp, running: times(1501), leaderKnown: times(3001) },
      memory: [{ ...memory!, idleNodeMib: 15.1 }],
      simulation: { ...AT_THE_LIMIT.simulation, cpuMs: 6001, stepBack: times(101) },
      door: doorWith(1999, 9999),
    });
    expect(rows.map(({ met }) => met)).toEqual(rows.map(() => false));
  });

  test('beside a peer is left out when there is none', () => {
    expect(budgetsOf({ ...AT_THE_LIMIT, peer: null, door: null })).toHaveLength(9);
  });
});
