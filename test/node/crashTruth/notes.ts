/** What the process that is killed notes down, one JSON line each, and what it is told when it is started. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LabErrorCode } from '../../../src/contract/errors.ts';
import type { CompactionSettings } from '../../../src/server/snapshots/compactionPolicy.ts';
import type { Index, NodeId, Term } from '../../../src/raft/types.ts';

/** A file for each life: what the next one notes never follows a line that a kill has cut off. */
export const notesFileOf = (life: number): string => `notes-${life}.jsonl`;
/** What the process writes to its standard output when it has noted such a thing for the first time. */
export const ACKNOWLEDGED_SIGN = '.';
export const FAILED_SIGN = '!';

export interface ChildOrders {
  /** Holds a folder for each node. */
  readonly directory: string;
  readonly notesDirectory: string;
  readonly nodeCount: number;
  /** How often the process has been started on this folder before. */
  readonly life: number;
  /** Nodes that have run before: their files must not be made anew. */
  readonly haveStarted: readonly NodeId[];
  readonly seed: number;
  /** When the nodes take snapshots; absent: as usual, which is never within a test. */
  readonly compaction?: CompactionSettings;
  /** Values are filled up to this length. */
  readonly valueBytes: number;
}

/** Something that was said to the outside, and so must be true for ever. */
export type Note =
  | { readonly type: 'started'; readonly node: NodeId }
  | { readonly type: 'term'; readonly node: NodeId; readonly term: Term }
  | { readonly type: 'vote'; readonly node: NodeId; readonly term: Term; readonly candidate: NodeId }
  | {
      readonly type: 'acknowledged';
      readonly index: Index;
      readonly term: Term;
      readonly key: string;
      readonly value: string;
    }
  | { readonly type: 'failed'; readonly node: NodeId; readonly code: LabErrorCode; readonly message: string };

/** All notes, oldest first. A line that was cut off by the kill was not yet said. */
export function readNotes(directory: string): readonly Note[] {
  const lives = readdirSync(directory).flatMap((name) => {
    const life = /^notes-(\d+)\.jsonl$/.exec(name)?.[1];
    return life === undefined ? [] : [Number(life)];
  });
  return lives.sort((a, b) => a - b).flatMap((life) => {
    const lines = readFileSync(join(directory, notesFileOf(life)), 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Note);
  });
}
