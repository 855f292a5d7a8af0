/** Raftlab's own switches; Electron and Chromium read theirs from the same command line. */
import { resolve } from 'node:path';

export interface CommandLine {
  /** `--data DIR`: keeps everything there instead of in the user's app folder. Absolute; null when not given. */
  readonly dataPath: string | null;
  /** `--smoke`: an automatic run that checks the whole app and prints a report. */
  readonly smoke: boolean;
  /** `--headless …`: a lab without a window; the words after it are for cli/terminal. Null when not given. */
  readonly headless: readonly string[] | null;
}

/** Chromium's switches that a headless service may also need. */
const NOT_OURS = new Set(['--no-sandbox']);

/** Reads the switches, as `--data DIR` or `--data=DIR`. Unknown ones belong to Electron or Chromium. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  let dataPath: string | null = null;
  for (const [position, argument] of argv.entries()) {
    const value = argument === '--data' ? argv[position + 1] : /^--data=(.+)$/s.exec(argument)?.[1];
    if (value !== undefined && !value.startsWith('--')) dataPath = resolve(value);
  }
  const headlessAt = argv.indexOf('--headless');
  return {
    dataPath,
    smoke: argv.includes('--smoke'),
    headless: headlessAt < 0 ? null : argv.slice(headlessAt).filter((argument) => !NOT_OURS.has(argument)),
  };
}
