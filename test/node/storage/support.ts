/** Folders, options and entries for the tests of a node's storage. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { OpenDatabaseOptions } from '../../../src/node/storage/openDatabase.ts';
import type { Configuration, Entry } from '../../../src/raft/types.ts';

/** A new folder that is deleted when the test has finished. */
export function temporaryFolder(): string {
  const directory = mkdtempSync(join(tmpdir(), 'raftlab-storage-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export const THREE_VOTERS: Configuration = {
  voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false,
};

/** Options for n3 of a lab of three, in `directory`. */
export function optionsFor(directory: string, changes: Partial<OpenDatabaseOptions> = {}): OpenDatabaseOptions {
  return {
    directory,
    identity: { labId: 'lab-a', nodeName: 'n3', nodeId: 3, incarnation: 1 },
    initialConfiguration: THREE_VOTERS,
    mayCreate: true,
    bytesMax: 1024 * 1024 * 1024,
    ...changes,
  };
}

/** Entries `first`, `first + 1` … of one term, `count` of them, each with its index as data. */
export function entriesFrom(first: number, count: number, term: number): readonly Entry[] {
  return Array.from({ length: count }, (_, offset) => ({
    index: first + offset, term, type: 'command' as const, data: new TextEncoder().encode(`entry ${first + offset}`),
  }));
}
