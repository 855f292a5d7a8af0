/** Writes a seed's trace to a file: JSON Lines of the same events that live nodes emit. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { SimOptions } from '../../sim/settings.ts';
import { simulate } from '../../sim/simulation.ts';
import { SimulationTrace } from '../../sim/trace.ts';

/** A long run has far more events than should be held in memory. */
const LINES_IN_MEMORY_MAX = 10_000;

/**
 * Runs the seed once more and writes its trace.
 * @throws Error of node:fs when the file cannot be written
 */
export function writeTrace(options: SimOptions, path: string): void {
  const file = openSync(path, 'w');
  try {
    const lines: string[] = [];
    const flush = () => {
      writeSync(file, lines.map((line) => `${line}\n`).join(''));
      lines.length = 0;
    };
    simulate(options, new SimulationTrace((event) => {
      lines.push(JSON.stringify(event));
      if (lines.length >= LINES_IN_MEMORY_MAX) flush();
    }));
    flush();
  } finally {
    closeSync(file);
  }
}
