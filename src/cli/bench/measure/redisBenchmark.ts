/** The real redis-benchmark as an outside load, in a process of its own. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { DoorPlace } from '../../../trace/door.ts';
import type { Program } from '../peers/programs.ts';
import type { DoorOperation } from '../report/report.ts';
import { KEYS, VALUE_BYTES } from '../workload.ts';

export const REDIS_BENCHMARK: Program = {
  name: 'redis-benchmark', version: /redis-benchmark (\S+)/, debianPackage: 'redis-server',
};
/** Every run is far shorter, unless something hangs. */
const RUN_MS_MAX = 120_000;
const COLUMNS = ['rps', 'p50_latency_ms', 'p99_latency_ms'] as const;

export interface OutsideLoad {
  readonly operation: DoorOperation;
  readonly clients: number;
  /** How many commands each client sends at once. */
  readonly pipeline: number;
  readonly requests: number;
}

/** What redis-benchmark says of a run. */
export interface OutsideResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** A run that ended at an error of the server: redis-benchmark goes on after none. */
export class OutsideError extends Error {}

/** Runs the load once. @throws {OutsideError} */
export async function runRedisBenchmark({ address, port }: DoorPlace, load: OutsideLoad): Promise<OutsideResult> {
  const { operation, clients, pipeline, requests } = load;
  const run = promisify(execFile)(REDIS_BENCHMARK.name, [
    '-h', address, '-p', String(port), '-c', String(clients), '-P', String(pipeline), '-n', String(requests),
    '-d', String(VALUE_BYTES), '-r', String(KEYS), '-t', operation.toLowerCase(), '--csv',
  ], { timeout: RUN_MS_MAX });
  const { stdout } = await run.catch((error: unknown) => {
    throw new OutsideError(error instanceof Error ? error.message : String(error));
  });
  return resultIn(stdout, operation);
}

/** Reads the table that redis-benchmark prints. @throws {OutsideError} when the operation is not in it */
export function resultIn(csv: string, operation: DoorOperation): OutsideResult {
  const rows = csv.split('\n').map((line) => [...line.matchAll(/"([^"]*)"/g)].map(([, cell = '']) => cell));
  const heads = rows.find(([first]) => first === 'test') ?? [];
  const row = rows.find(([first]) => first === operation) ?? [];
  const [perSecond = NaN, p50Ms = NaN, p99Ms = NaN] = COLUMNS.map((head) => Number(row[heads.indexOf(head)]));
  if ([perSecond, p50Ms, p99Ms].some(Number.isNaN)) {
    throw new OutsideError(`redis-benchmark gave no figures for ${operation}: ${csv.trim().slice(-300)}`);
  }
  return { perSecond, p50Ms, p99Ms };
}
