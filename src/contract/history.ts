/** What can be asked of the past: of the open lab's own recording, and of a recording that was opened from a file. */
import { z } from 'zod';
import type { TraceEvent } from '../trace/events.ts';
import type { ClientOperation } from '../trace/operations.ts';
import type { ClusterView } from '../trace/view.ts';
import { COUNT_MAX } from '../trace/view.ts';
import { STEP_UNITS } from './time.ts';
import type { StepUnit } from './time.ts';

// As in commands.ts, which imports this file and therefore sets it too late for the schemas here.
z.config({ jitless: true });

export const NOTE_LENGTH_MAX = 500;
export const NOTES_MAX = 1000;
export const HISTORY_EVENTS_MAX = 1000;
export const HISTORY_OPERATIONS_MAX = 1000;
/** The most marks that the overview of a recording has; of more, the less important ones are left out. */
export const HISTORY_MARKS_MAX = 4000;
/** Into how many parts of equal length the overview counts its events. */
export const HISTORY_DENSITY_PARTS = 240;

/** What one goes to in the past: what time is stepped by, and notes. */
export const JUMP_UNITS = [...STEP_UNITS, 'note'] as const;
export type JumpUnit = StepUnit | 'note';

/** `lab`: the recording of the open lab. `file`: the one that was opened from a file. */
const of = z.enum(['lab', 'file']);
const seq = z.int().min(0).max(COUNT_MAX);
const atMs = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const note = z.int().min(1).max(COUNT_MAX);
const noteText = z.string().trim().min(1).max(NOTE_LENGTH_MAX);
/** A part of a recording; absent ends: from its beginning, to its end. */
const span = { fromSeq: seq.optional(), toSeq: seq.optional() };

/** A simulated lab and one of another machine have no recording here: `history:status` answers null. */
export const historyCommandSchemas = {
  'history:status': z.strictObject({ of }),
  /** The moment after the event `seq`, or after the last event up to `atMs`; in a gap, the nearest before it. */
  'history:moment': z.strictObject({ of, seq: seq.optional(), atMs: atMs.optional() })
    .refine((input) => (input.seq === undefined) !== (input.atMs === undefined), 'give either an event or a time'),
  /** The events after `afterSeq`, oldest first. */
  'history:events': z.strictObject({ of, afterSeq: seq, count: z.int().min(1).max(HISTORY_EVENTS_MAX) }),
  /** The events before `beforeSeq`, oldest first. */
  'history:page': z.strictObject({ of, beforeSeq: seq, count: z.int().min(1).max(HISTORY_EVENTS_MAX) }),
  /** The event that is the next or the previous of its kind. */
  'history:jump': z.strictObject({
    of, fromSeq: seq, direction: z.enum(['next', 'previous']), unit: z.enum(JUMP_UNITS),
  }),
  'history:overview': z.strictObject({ of }),
  /** Operations that were under way at some time between the two. */
  'history:operations': z.strictObject({
    of, fromMs: atMs.optional(), toMs: atMs.optional(), count: z.int().min(1).max(HISTORY_OPERATIONS_MAX),
  }),
  /** Whether all operations so far are linearizable. */
  'history:verdict': z.strictObject({ of }),
  'history:notes': z.strictObject({ of }),
  'history:addNote': z.strictObject({ of, seq, toSeq: seq.optional(), text: noteText }),
  'history:changeNote': z.strictObject({ of, note, text: noteText }),
  'history:deleteNote': z.strictObject({ of, note }),
  /** Asks the person for a place and writes a `.raftlab` file there. */
  'history:save': z.strictObject({ of, ...span, withNames: z.boolean() }),
  /** Asks the person for a place and writes what other programs read. */
  'history:export': z.strictObject({ of, format: z.enum(['csv', 'shiviz', 'porcupine']) }),
  /** Asks the person for a `.raftlab` file and opens it. */
  'history:open': z.strictObject({}),
  /** Closes the recording that was opened from a file. */
  'history:close': z.strictObject({}),
} as const;

export type HistoryCommandName = keyof typeof historyCommandSchemas;
export type HistoryOf = z.output<typeof of>;

/** Whether a command is about the past. */
export function isHistoryCommand(name: string): name is HistoryCommandName {
  return Object.hasOwn(historyCommandSchemas, name);
}

export interface HistoryStatus {
  /** The lab's name; of a file, the name of the file. */
  readonly name: string;
  readonly labName: string;
  /** An event of the open lab has this much more in its recording: that goes on over all its openings. 0 for a file. */
  readonly offset: number;
  /** The first and the last event that can be shown; 0 and 0 while there is none. */
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly eventCount: number;
  readonly operationCount: number;
  readonly bytes: number;
  /** At this size the oldest events are forgotten; null for a file. */
  readonly bytesMax: number | null;
  /** Why nothing more is recorded, and what to do; null: it is recorded, or a file that is whole. */
  readonly problem: string | null;
}

/** A moment of the past: what the window would have shown then. */
export interface HistoryMoment {
  readonly view: ClusterView;
  /** The events that led there, as in `lab:attach`. */
  readonly recentEvents: readonly TraceEvent[];
}

export interface HistoryOverview {
  /** What a tape draws, oldest first: elections, faults, lives of nodes, commits, findings, truncations. */
  readonly marks: readonly TraceEvent[];
  /** How many events there are in each of HISTORY_DENSITY_PARTS parts of the time from the first to the last. */
  readonly density: readonly number[];
}

/** A bookmark: words at a moment, or about the events from `seq` to `toSeq`. */
export interface HistoryNote {
  readonly note: number;
  readonly seq: number;
  readonly toSeq: number | null;
  readonly atMs: number;
  readonly text: string;
}

/**
 * Whether the operations of all clients are linearizable (Herlihy and Wing 1990), with the reason in words.
 * - `proved`: the order of their indexes fits, or a search found one. `violated`: no order does.
 * - `unknown`: something is missing, or the search was given up.
 */
export interface HistoryVerdict {
  readonly verdict: 'proved' | 'violated' | 'unknown';
  /** A sentence or two. */
  readonly words: string;
  /** How many operations it is about. */
  readonly operationCount: number;
  /** How many reads are left out because they were asked to be stale, and how many of those were out of date. */
  readonly staleReads: number;
  readonly outdatedReads: number;
  /** Of a violation: the operations that contradict each other, and the longest order that fits, in requestIds. */
  readonly conflict: readonly ClientOperation[];
  readonly longestOrder: readonly string[];
  /** When it was seen; null unless it is a violation. */
  readonly atMs: number | null;
}

export interface HistoryAnswers {
  'history:status': HistoryStatus | null;
  'history:moment': HistoryMoment;
  'history:events': readonly TraceEvent[];
  'history:page': readonly TraceEvent[];
  /** Null where there is none. */
  'history:jump': TraceEvent | null;
  'history:overview': HistoryOverview;
  /** Oldest first. */
  'history:operations': readonly ClientOperation[];
  'history:verdict': HistoryVerdict;
  /** In the order of their moments. */
  'history:notes': readonly HistoryNote[];
  'history:addNote': readonly HistoryNote[];
  'history:changeNote': readonly HistoryNote[];
  'history:deleteNote': readonly HistoryNote[];
  /** Where it was written; null: the person chose no place. */
  'history:save': { readonly path: string } | null;
  'history:export': { readonly path: string } | null;
  'history:open': HistoryStatus | null;
  'history:close': null;
}
