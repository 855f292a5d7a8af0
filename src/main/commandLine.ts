/** The switches that Raftlab itself understands; Electron and Chromium take theirs from the same line. */
import { resolve } from 'node:path';

export interface CommandLine {
  /** `--data DIR`: keeps everything there instead of in the user's app folder. Absolute; null when not given. */
  readonly dataPath: string | null;
  /** `--smoke`: a run without a person that checks the whole app and says what it saw. */
  readonly smoke: boolean;
}

/** Reads the switches, as `--data DIR` or `--data=DIR`. Unknown ones are somebody else's. */
export function parseCommandLine(argv: readonly string[]): CommandLine {
  let dataPath: string | null = null;
  for (const [position, argument] of argv.entries()) {
    const value = argument === '--data' ? argv[position + 1] : /^--data=(.+)$/s.exec(argument)?.[1];
    if (value !== undefined && !value.startsWith('--')) dataPath = resolve(value);
  }
  return { dataPath, smoke: argv.includes('--smoke') };
}
