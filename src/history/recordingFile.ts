/** The lines of a `.raftlab` file (docs/recording.md): what each may hold, and how they are written. */
import { z } from 'zod';
import { clientOperationSchema } from '../contract/operationSchema.ts';
import { LabError } from '../contract/errors.ts';
import { NOTE_LENGTH_MAX } from '../contract/history.ts';
import type { HistoryNote } from '../contract/history.ts';
import { traceEventSchema } from '../trace/eventSchema.ts';
import type { TraceEvent } from '../trace/events.ts';
import type { ClientOperation } from '../trace/operations.ts';
import { objectOf, timeMs, whole } from '../trace/schemaParts.ts';
import type { ClusterView } from '../trace/view.ts';
import { COUNT_MAX } from '../trace/view.ts';
import { clusterViewSchema } from '../trace/viewSchema.ts';

export const RECORDING_FILE_VERSION = 1;

/** The first line. A later version may say more. */
const headerSchema = z.looseObject({
  raftlab: z.literal('recording'),
  version: z.int().min(1),
  labName: z.string().max(100),
  /** ISO 8601. */
  createdAt: z.string().max(40),
});
export type RecordingHeader = z.output<typeof headerSchema>;

const note = objectOf<Omit<HistoryNote, 'note'>>({
  seq: whole, toSeq: z.int().min(0).max(COUNT_MAX).nullable(), atMs: timeMs,
  text: z.string().min(1).max(NOTE_LENGTH_MAX),
});

const lineSchemas = {
  e: z.strictObject({ e: traceEventSchema }),
  o: z.strictObject({ o: clientOperationSchema }),
  n: z.strictObject({ n: note }),
  view: z.strictObject({ view: clusterViewSchema }),
} as const;

/** One line after the first. */
export type RecordingLine =
  | { readonly e: TraceEvent }
  | { readonly o: ClientOperation }
  | { readonly n: Omit<HistoryNote, 'note'> }
  /** The view before the first event of a recording that does not begin with `labOpened`. */
  | { readonly view: ClusterView };

/** The first line of a file. */
export function headerLine(labName: string, createdAt: string): string {
  return JSON.stringify({ raftlab: 'recording', version: RECORDING_FILE_VERSION, labName, createdAt });
}

/** @throws {LabError} `corrupt-file`, `lab-newer` */
export function parseHeader(text: string): RecordingHeader {
  const header = headerSchema.safeParse(parsedJson(text));
  if (!header.success) {
    throw new LabError('corrupt-file', 'this is not a recording: its first line does not say so');
  }
  if (header.data.version > RECORDING_FILE_VERSION) {
    throw new LabError('lab-newer', `this recording has version ${header.data.version}, and this Raftlab reads `
      + `${RECORDING_FILE_VERSION}: open it with a newer Raftlab`);
  }
  return header.data;
}

/** @returns undefined for a line that is not one of a recording */
export function parseLine(text: string): RecordingLine | undefined {
  const value = parsedJson(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const schema = Object.entries(lineSchemas).find(([kind]) => Object.hasOwn(value, kind))?.[1];
  return schema?.safeParse(value).data;
}

/** One line of a file. Without names, host names, addresses and paths are left out. */
export function lineText(line: RecordingLine, withNames: boolean): string {
  return withNames ? JSON.stringify(line) : JSON.stringify(line, withoutNames);
}

const NAMES: ReadonlySet<string> = new Set(['address', 'databasePath', 'machine', 'labId']);

/** For JSON.stringify. A message beside an error's code, or one that says why a door closed, may hold a path. */
function withoutNames(this: unknown, key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (NAMES.has(key)) return '';
  const isOfError = key === 'message' && typeof this === 'object' && this !== null
    && ('code' in this || ('type' in this && this.type === 'doorClosed'));
  return isOfError ? '' : value;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
