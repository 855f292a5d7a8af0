/** Other people's programs for Redis, as they are installed here. */
import { execFile } from 'node:child_process';
import { findProgram } from '../../../../scripts/setup/programs.mjs';
import type { DoorPlace } from '../../../../src/trace/door.ts';

/** A program that hangs has failed. */
const HANGS_AFTER_MS = 120_000;

/** Why the programs of Debian's redis-tools cannot be tried; null where they can. */
export function missingTools(): string | null {
  return findProgram('redis-cli') === undefined || findProgram('redis-benchmark') === undefined
    ? 'redis-cli and redis-benchmark are missing (Debian: apt-get install redis-tools)' : null;
}

export interface Ended {
  /** Null where it had to be ended. */
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Runs a program on a door to its end. */
export function runOn({ address, port }: DoorPlace, program: string, words: readonly string[]): Promise<Ended> {
  const place = ['-h', address, '-p', String(port)];
  return new Promise((resolve) => {
    const child = execFile(program, [...place, ...words], { timeout: HANGS_AFTER_MS }, (_, output, errors) => {
      resolve({ code: child.exitCode, output, errors });
    });
    child.stdin?.end();
  });
}
