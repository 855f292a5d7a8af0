// Shared by the tests of src/main: a log that can be read, and a folder that goes away.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Log } from '../../src/main/log.ts';

export interface ReadableLog extends Log {
  readonly lines: { readonly level: string; readonly message: string; readonly detail: unknown }[];
}

export function readableLog(): ReadableLog {
  const lines: ReadableLog['lines'] = [];
  const write = (level: string) => (message: string, detail?: unknown): void => {
    lines.push({ level, message, detail });
  };
  return { lines, info: write('info'), warn: write('warn'), error: write('error') };
}

/** An empty folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'raftlab-test-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
