/** The simulator's command line, checked. */
import { parseArgs } from 'node:util';
import { RULE_NAMES, type RuleName } from '../../raft/index.ts';
import type { SimOptions } from '../../sim/settings.ts';

const SEEDS_DEFAULT = 100;
const SEEDS_MAX = 1_000_000;
const TICKS_MAX = 1_000_000;
const NODES_MAX = 9;

/** As docs/simulator.md lists them. */
export const USAGE = `Usage: npm run sim -- [OPTIONS]

Runs simulated clusters from seeds, on all cores, and checks every step.

  --seed N          this seed alone
  --seeds N         all seeds from 1 to N (default: ${SEEDS_DEFAULT})
  --ticks N         how long faults go on
  --nodes N         how many servers there are at the start: 1 to ${NODES_MAX} (default: the seed says)
  --rules-off NAME  switches a safety rule off; may be given more than once
  --trace FILE      writes the run down as JSON Lines, or as a recording if FILE ends in .raftlab
  --help            this text`;

export const SIM_OPTIONS = {
  seed: { type: 'string' }, seeds: { type: 'string' }, ticks: { type: 'string' }, nodes: { type: 'string' },
  'rules-off': { type: 'string', multiple: true }, trace: { type: 'string' }, help: { type: 'boolean', short: 'h' },
} as const;

/** The command line is invalid; the message tells a person why. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface SimRequest {
  readonly seeds: readonly number[];
  /** What the caller fixes for every seed. */
  readonly options: Omit<SimOptions, 'seed'>;
  /** Where the trace of the first failing seed goes; with a single seed, that seed's trace. */
  readonly traceFile: string | undefined;
}

/** @returns undefined when only help is asked for @throws {UsageError} */
export function readRequest(commandLine: readonly string[]): SimRequest | undefined {
  const values = parse(commandLine);
  if (values.help === true) {
    return undefined;
  }
  if (values.seed !== undefined && values.seeds !== undefined) {
    throw new UsageError('--seed runs one seed and --seeds many: give one of them');
  }
  const seed = wholeNumber('--seed', values.seed, 0, Number.MAX_SAFE_INTEGER);
  const count = wholeNumber('--seeds', values.seeds, 1, SEEDS_MAX) ?? SEEDS_DEFAULT;
  return {
    seeds: seed === undefined ? Array.from({ length: count }, (_, position) => position + 1) : [seed],
    options: {
      faultTicks: wholeNumber('--ticks', values.ticks, 1, TICKS_MAX),
      nodeCount: wholeNumber('--nodes', values.nodes, 1, NODES_MAX),
      rulesOff: [...new Set((values['rules-off'] ?? []).map(ruleName))],
    },
    traceFile: values.trace,
  };
}

function parse(commandLine: readonly string[]) {
  try {
    return parseArgs({ args: [...commandLine], options: SIM_OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function wholeNumber(option: string, text: string | undefined, min: number, max: number): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`${option} takes a whole number from ${min} to ${max}, not ${text}`);
  }
  return value;
}

function ruleName(text: string): RuleName {
  const rule = RULE_NAMES.find((name) => name === text);
  if (rule === undefined) {
    throw new UsageError(`there is no rule ${text}; the rules are ${RULE_NAMES.join(', ')}`);
  }
  return rule;
}

/** The command that runs a seed again, exactly. */
export function againCommand({ faultTicks, nodeCount, rulesOff }: SimRequest['options'], seed: number): string {
  return [
    `npm run sim -- --seed ${seed}`,
    ...(faultTicks === undefined ? [] : [`--ticks ${faultTicks}`]),
    ...(nodeCount === undefined ? [] : [`--nodes ${nodeCount}`]),
    ...(rulesOff ?? []).map((rule) => `--rules-off ${rule}`),
  ].join(' ');
}
