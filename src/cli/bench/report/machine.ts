/** The machine on which the bench runs, in words that identify nobody. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { sqliteVersion } from '../../../node/storage/sqliteVersion.ts';
import type { Machine } from './report.ts';

/** @param loadAtStart what `loadAverage` said when the bench began */
export function describeMachine(loadAtStart: number): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGib: totalmem() / 2 ** 30,
    platform: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    sqlite: sqliteVersion(),
    loadAverage: [loadAtStart, loadAverage()],
  };
}

/** Over the last minute; 0 where the system has none. */
export function loadAverage(): number {
  return loadavg()[0] ?? 0;
}
