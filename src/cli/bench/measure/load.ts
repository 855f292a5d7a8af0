/** A closed loop of clients: each sends its next request when the previous one is answered. */
import { performance } from 'node:perf_hooks';
import { LabError } from '../../../contract/errors.ts';
import type { Throughput } from '../report/report.ts';
import { latencyOf, medianOf } from '../report/statistics.ts';

/** More failed requests than this are not a brief disturbance: the bench ends with the last error. */
const FAILURES_MAX = 1000;

/** One request of a client, numbered from 0. */
export type Request = (client: number) => Promise<unknown>;

export interface LoadOptions {
  readonly clients: number;
  /** Requests that end within it are not counted. */
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** A LabError that it throws is counted as a failure; anything else ends the measurement. */
  readonly request: Request;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly samplesMs: readonly number[];
  readonly failures: number;
  readonly clientThreadBusy: number;
}

/**
 * Runs the clients, all of them in this thread, for a warm-up and then for the measured time, which is extended until
 * at least one request is answered.
 */
export async function runLoad({ clients, warmUpMs, measureMs, request }: LoadOptions): Promise<LoadResult> {
  const samplesMs: number[] = [];
  let failures = 0;
  const measureFromMs = performance.now() + warmUpMs;
  let endMs = measureFromMs + measureMs;
  let utilization: ReturnType<typeof performance.eventLoopUtilization> | undefined;
  const loop = async (client: number): Promise<void> => {
    for (let startedAtMs = performance.now(); startedAtMs < endMs || samplesMs.length === 0;) {
      const failed = await request(client).then(() => false, (error: unknown) => {
        failures += 1;
        if (!(error instanceof LabError) || failures > FAILURES_MAX) {
          throw error;
        }
        return true;
      });
      const endedAtMs = performance.now();
      if (!failed && endedAtMs >= measureFromMs && (endedAtMs < endMs || samplesMs.length === 0)) {
        utilization ??= performance.eventLoopUtilization();
        samplesMs.push(endedAtMs - startedAtMs);
        endMs = Math.max(endMs, endedAtMs);
      }
      startedAtMs = endedAtMs;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => loop(client)));
  return {
    perSecond: samplesMs.length / ((endMs - measureFromMs) / 1000),
    samplesMs,
    failures,
    clientThreadBusy: performance.eventLoopUtilization(utilization).utilization,
  };
}

/** Several rounds as one result. @throws {RangeError} when nothing was answered in any of them */
export function throughputOf(clients: number, rounds: readonly LoadResult[]): Throughput {
  return {
    clients,
    perSecond: medianOf(rounds.map(({ perSecond }) => perSecond)),
    rounds: rounds.map(({ perSecond }) => perSecond),
    latency: latencyOf(rounds.flatMap(({ samplesMs }) => samplesMs)),
    failures: rounds.reduce((sum, round) => sum + round.failures, 0),
    clientThreadBusy: medianOf(rounds.map(({ clientThreadBusy }) => clientThreadBusy)),
  };
}
