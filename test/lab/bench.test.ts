/** The bench runs from end to end, and says in its report what it promises to say. No time is judged here. */
import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from './support.ts';

const BENCH = fileURLToPath(new URL('../../src/cli/bench.ts', import.meta.url));

const hasRedis = ['redis-server', 'redis-benchmark'].every((name) => spawnSync(name, ['--version']).status === 0);
const without = hasRedis ? '' : ' (without --resp: there is no redis-server; on Debian, apt-get install redis-server)';

const positive = z.number().positive();
const latency = z.strictObject({ count: z.int().positive(), p50Ms: positive, p99Ms: positive, maxMs: positive });
const throughput = z.strictObject({
  clients: z.int().positive(),
  perSecond: positive,
  rounds: z.array(z.number().nonnegative()).min(1),
  latency,
  failures: z.int().nonnegative(),
  clientThreadBusy: z.number().min(0).max(1),
});
const cluster = z.strictObject({
  nodeCount: z.int().positive(),
  writes: z.array(throughput).length(4),
  indexReads: z.array(throughput).min(1),
  logReads: z.array(throughput).min(1),
  largeValues: z.strictObject({ bytes: positive, latency }),
});
const door = z.strictObject({
  nodeCount: z.literal(3),
  program: z.string().regex(/^redis-benchmark \d/),
  redisServer: z.string().regex(/^\d/),
  rows: z.array(z.strictObject({
    asked: z.enum(['door', 'own clients', 'redis-server']),
    operation: z.enum(['SET', 'GET', 'INCR']),
    clients: z.int().positive(),
    pipeline: z.int().positive(),
    perSecond: positive,
    rounds: z.array(positive).length(1),
    p50Ms: positive,
    p99Ms: positive,
    failures: z.int().nonnegative(),
    clientThreadBusy: z.number().min(0).max(1).nullable(),
  })).length(15),
});
const reportSchema = z.strictObject({
  version: z.literal(6),
  startedAt: z.iso.datetime(),
  tookSeconds: positive,
  quick: z.literal(true),
  valueBytes: z.literal(128),
  machine: z.strictObject({
    processor: z.string().min(1),
    cores: z.int().positive(),
    memoryGib: positive,
    platform: z.string().min(1),
    node: z.string().min(1),
    sqlite: z.string().min(1),
    loadAverage: z.tuple([z.number(), z.number()]),
  }),
  fullCommit: latency,
  roundTrip: latency,
  writeFloor: latency,
  clusters: z.array(cluster).length(2),
  failover: z.strictObject({
    nodeCount: z.literal(5), crashes: z.literal(2), longestElectionTimeoutMs: z.literal(300), latency,
  }),
  startUp: z.strictObject({
    nodeCount: z.literal(5), starts: z.literal(1), longestElectionTimeoutMs: positive, running: latency,
    leaderKnown: latency,
  }),
  memory: z.array(z.strictObject({
    runtime: z.string().regex(/^Node \d/), nodeCount: z.literal(5), idleNodeMib: positive, processMib: positive,
  })).length(1),
  simulation: z.strictObject({ nodeCount: z.literal(5), virtualMs: positive, cpuMs: positive, stepBack: latency }),
  peer: z.null(),
  door: hasRedis ? door : z.null(),
  budgets: z.array(z.strictObject({
    what: z.string().min(1), measured: z.string().min(1), ratio: positive, aim: z.string().min(1), met: z.boolean(),
  })).min(6),
});

test(`a quick run measures everything, prints it beside the budgets, and leaves nothing behind${without}`, async () => {
  const folder = temporaryFolder();
  const jsonFile = join(folder, 'report.json');
  const { stdout } = await promisify(execFile)(process.execPath, [
    BENCH, '--quick', '--json', jsonFile, ...(hasRedis ? ['--resp'] : []),
  ], {
    env: { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder },
  });
  const report = reportSchema.parse(JSON.parse(readFileSync(jsonFile, 'utf8')));
  expect(report.clusters.map(({ nodeCount }) => nodeCount)).toEqual([3, 5]);
  for (const { writes } of report.clusters) {
    expect(writes.map(({ clients }) => clients)).toEqual([1, 16, 64, 256]);
  }
  const lines = stdout.split('\n');
  for (const { what, met } of report.budgets) {
    const cells = lines.find((line) => line.startsWith(`| ${what} `))?.split('|').map((cell) => cell.trim());
    expect(cells?.at(-2), what).toBe(met ? 'met' : 'NOT MET');
  }
  expect(stdout).toContain('QUICK: the figures prove nothing');
  expect(readdirSync(folder)).toEqual(['report.json']);
});
