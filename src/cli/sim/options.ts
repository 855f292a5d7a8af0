/** The simulator's command line, checked. */
import { parseArgs } from 'node:util';
import { RULE_NAMES, type RuleName, type SimOptions } from '../../sim/settings.ts';

export const USAGE =
  'npm run sim -- [--seed N | --seeds N] [--ticks N] [--nodes N] [--rules-off NAME] [--trace FILE]';

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

const SEEDS_DEFAULT = 100;
const SEEDS_MAX = 1_000_000;
const TICKS_MAX = 1_000_000;
const NODES_MAX = 9;

/** @throws {UsageError} */
export function readRequest(commandLine: readonly string[]): SimRequest {
  const values = parse(commandLine);
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
    return parseArgs({
      args: [...commandLine],
      options: {
        seed: { type: 'string' }, seeds: { type: 'string' }, ticks: { type: 'string' }, nodes: { type: 'string' },
        'rules-off': { type: 'string', multiple: true }, trace: { type: 'string' },
      },
    }).values;
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
