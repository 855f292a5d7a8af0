/** Raftlab's own switches; Electron and Chromium read theirs from the same command line. */
import { resolve } from 'node:path';
import { SEED_MAX } from '../contract/time.ts';

export interface CommandLine {
  /** `--data DIR`: keeps everything there instead of in the user's app folder. Absolute; null when not given. */
  readonly dataPath: string | null;
  /** `--seed N`: opens the run of this seed. Null when it is not given or no seed. */
  readonly seed: number | null;
  /** `--smoke`: an automatic run that checks the whole app and prints a report. */
  readonly smoke: boolean;
  /** `--headless …`: a lab without a window; the words after it are for cli/terminal. Null when not given. */
  readonly headless: readonly string[] | null;
}

/** Chromium's switches that a headless service may also need. */
const NOT_OURS = new Set(['--no-sandbox']);

/** Those whose value may be the next word. */
const WITH_VALUE = new Set(['--data', '--seed']);
const RECORDING_ENDING = '.raftlab';

/** Reads the switches, as `--data DIR` or `--data=DIR`. Unknown ones belong to Electron or Chromium. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  let dataPath: string | null = null;
  let seed: number | null = null;
  for (const position of argv.keys()) {
    dataPath = pathOf(valueOf('--data', argv, position)) ?? dataPath;
    seed = seedOf(valueOf('--seed', argv, position)) ?? seed;
  }
  const headlessAt = argv.indexOf('--headless');
  return {
    dataPath,
    seed,
    smoke: argv.includes('--smoke'),
    headless: headlessAt < 0 ? null : argv.slice(headlessAt).filter((argument) => !NOT_OURS.has(argument)),
  };
}

/** Whether a file is a recording, by its name. */
export function isRecordingPath(path: string): boolean {
  return path.endsWith(RECORDING_ENDING);
}

/** The first recording that the command line names, as after a double click. Absolute; null when there is none. */
export function recordingIn(argv: readonly string[], folder: string): string | null {
  const path = argv.find((argument, position) => position > 0 && isRecordingPath(argument)
    && !argument.startsWith('-') && !WITH_VALUE.has(argv[position - 1] ?? ''));
  return path === undefined ? null : resolve(folder, path);
}

/** The value of a switch that stands at a place. */
function valueOf(name: string, argv: readonly string[], position: number): string | undefined {
  const argument = argv[position] ?? '';
  const value = argument === name ? argv[position + 1]
    : argument.startsWith(`${name}=`) ? argument.slice(name.length + 1) : undefined;
  return value === '' || value?.startsWith('--') === true ? undefined : value;
}

function pathOf(value: string | undefined): string | undefined {
  return value === undefined ? undefined : resolve(value);
}

function seedOf(value: string | undefined): number | undefined {
  const seed = /^\d{1,10}$/.test(value ?? '') ? Number(value) : SEED_MAX + 1;
  return seed > SEED_MAX ? undefined : seed;
}
