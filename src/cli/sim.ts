/**
 * Runs simulated clusters: `npm run sim -- [--seed N | --seeds N] [--ticks N] [--nodes N] [--rules-off NAME] [--trace
 * FILE]`, on all cores. The same seed is the same run on any machine; docs/simulator.md describes it. Exits with 1 when
 * a seed broke a promise, with 2 for invalid options, with 130 when it was interrupted.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Progress } from './sim/progress.ts';
import { againCommand, readRequest, type SimRequest, USAGE, UsageError } from './sim/options.ts';
import { runSeeds } from './sim/seedPool.ts';
import type { SeedReport } from './sim/seedReport.ts';
import { writeTrace } from './sim/traceFile.ts';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
const EXIT_INTERRUPTED = 130;
/** Only this many failing seeds get a trace of their own: each can be run again by itself. */
const TRACES_MAX = 5;
/** In the folder in which the command runs; Git ignores it. */
const TRACES_FOLDER = 'test-artifacts';

function traced({ options, traceFile }: SimRequest, seed: number, isFirst: boolean): string {
  const isNamed = isFirst && traceFile !== undefined;
  const file = isNamed ? traceFile : join(TRACES_FOLDER, `sim-${seed}.jsonl`);
  try {
    if (!isNamed) {
      mkdirSync(TRACES_FOLDER, { recursive: true });
    }
    writeTrace({ ...options, seed }, file);
    return `  trace: ${file}`;
  } catch (error) {
    return `  trace: could not be written: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** Prints for each failing seed, lowest first, how to run it again and where its trace is. */
function tellFailures(request: SimRequest, reports: readonly SeedReport[]): number {
  const failed = reports.filter(({ violation }) => violation !== undefined);
  for (const [position, { seed, day, violation }] of failed.entries()) {
    console.log(`seed ${seed} (${day}): ${violation?.kind ?? ''}: ${violation?.message ?? ''}`);
    console.log(`  again: ${againCommand(request.options, seed)}`);
    if (position < TRACES_MAX) {
      console.log(traced(request, seed, position === 0));
    }
  }
  const [only] = request.seeds.length === 1 ? reports : [];
  if (only !== undefined && failed.length === 0 && request.traceFile !== undefined) {
    console.log(traced(request, only.seed, true));
  }
  return failed.length;
}

async function main(commandLine: readonly string[]): Promise<number> {
  const request = readRequest(commandLine);
  if (request === undefined) {
    console.log(USAGE);
    return 0;
  }
  const interruption = new AbortController();
  process.once('SIGINT', () => {
    interruption.abort();
  });
  const progress = new Progress(request.seeds.length, process.stderr);
  const reports = await runSeeds({
    seeds: request.seeds,
    options: request.options,
    signal: interruption.signal,
    onReport: (report) => {
      progress.note(report);
    },
  });
  progress.end();
  const failedCount = tellFailures(request, reports);
  console.log(`${reports.length - failedCount} passed, ${failedCount} failed`);
  if (interruption.signal.aborted) {
    console.log(`interrupted: ${request.seeds.length - reports.length} of ${request.seeds.length} seeds were not run`);
    return EXIT_INTERRUPTED;
  }
  return failedCount === 0 ? 0 : EXIT_FAILED;
}

main(process.argv.slice(2)).then(
  (exitCode) => {
    process.exitCode = exitCode;
  },
  (error: unknown) => {
    if (error instanceof UsageError) {
      console.error(`sim: ${error.message}\n\n${USAGE}`);
      process.exitCode = EXIT_USAGE;
    } else {
      console.error('sim:', error);
      process.exitCode = EXIT_FAILED;
    }
  },
);
