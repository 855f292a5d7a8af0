/**
 * Runs simulated clusters: `npm run sim -- [--seed N | --seeds N] [--ticks N] [--nodes N] [--rules-off NAME]
 * [--trace FILE]`. The same seed is the same run on any machine. Exits with 1 when a seed broke a promise, with 2 for
 * options that cannot be.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { RULE_NAMES, type RuleName, type SimOptions } from '../sim/settings.ts';
import { simulate, type SimulationResult } from '../sim/simulation.ts';
import { SimulationTrace } from '../sim/trace.ts';

const SEEDS_DEFAULT = 100;
const PROGRESS_EVERY_SEEDS = 50;

interface Request {
  readonly seeds: readonly number[];
  readonly options: Omit<SimOptions, 'seed'>;
  readonly traceFile: string | undefined;
}

/** @throws RangeError in words for a person */
function readRequest(commandLine: readonly string[]): Request {
  const { values } = parseArgs({
    args: [...commandLine],
    options: {
      seed: { type: 'string' }, seeds: { type: 'string' }, ticks: { type: 'string' }, nodes: { type: 'string' },
      'rules-off': { type: 'string', multiple: true }, trace: { type: 'string' },
    },
  });
  const seed = wholeNumber('--seed', values.seed, 0, Number.MAX_SAFE_INTEGER);
  const count = wholeNumber('--seeds', values.seeds, 1, 1_000_000) ?? SEEDS_DEFAULT;
  return {
    seeds: seed === undefined ? Array.from({ length: count }, (_, position) => position + 1) : [seed],
    options: {
      faultTicks: wholeNumber('--ticks', values.ticks, 1, 1_000_000),
      nodeCount: wholeNumber('--nodes', values.nodes, 1, 9),
      rulesOff: (values['rules-off'] ?? []).map(ruleName),
    },
    traceFile: values.trace,
  };
}

function wholeNumber(option: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new RangeError(`${option} takes a whole number from ${min} to ${max}, not ${text}`);
  }
  return value;
}

function ruleName(text: string): RuleName {
  const rule = RULE_NAMES.find((name) => name === text);
  if (rule === undefined) {
    throw new RangeError(`there is no rule ${text}; the rules are ${RULE_NAMES.join(', ')}`);
  }
  return rule;
}

/** The command that runs a seed again, with its trace. */
function againCommand({ options }: Request, seed: number): string {
  const parts = [`npm run sim -- --seed ${seed}`];
  if (options.faultTicks !== undefined) parts.push(`--ticks ${options.faultTicks}`);
  if (options.nodeCount !== undefined) parts.push(`--nodes ${options.nodeCount}`);
  for (const rule of options.rulesOff ?? []) parts.push(`--rules-off ${rule}`);
  return parts.join(' ');
}

/** The same run once more, this time written down: JSON Lines of the events that live nodes emit. */
function writeTrace({ options }: Request, seed: number, file: string): void {
  const lines: string[] = [];
  simulate({ ...options, seed }, new SimulationTrace((event) => lines.push(JSON.stringify(event))));
  writeFileSync(file, `${lines.join('\n')}\n`);
}

function report(request: Request, result: SimulationResult): void {
  const { seed, violation } = result;
  if (violation === undefined) {
    return;
  }
  const file = request.traceFile ?? `sim-${seed}.jsonl`;
  writeTrace(request, seed, file);
  console.log(`seed ${seed}: ${violation.message}\n  again: ${againCommand(request, seed)}\n  trace: ${file}`);
}

function run(request: Request): number {
  let failed = 0;
  let operations = 0;
  for (const [position, seed] of request.seeds.entries()) {
    const result = simulate({ ...request.options, seed });
    operations += result.operations;
    failed += result.violation === undefined ? 0 : 1;
    report(request, result);
    if (request.seeds.length === 1 && result.violation === undefined && request.traceFile !== undefined) {
      writeTrace(request, seed, request.traceFile);
    }
    if ((position + 1) % PROGRESS_EVERY_SEEDS === 0) {
      console.error(`${position + 1} of ${request.seeds.length} seeds, ${operations} operations answered`);
    }
  }
  console.log(`${request.seeds.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

try {
  process.exitCode = run(readRequest(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof RangeError || error instanceof TypeError)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 2;
}
