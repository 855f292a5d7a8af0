/** Writes what other programs read of a recording. */
import { csvLines } from '../../history/exports/csv.ts';
import { jepsenLines } from '../../history/exports/jepsen.ts';
import { shivizLines } from '../../history/exports/shiviz.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { FileQuestions } from './protocol.ts';
import type { RecordingStore } from './recordingStore.ts';
import { writeLines } from './writeLines.ts';

const PAGE = 2048;

/** @throws {LabError} when it cannot be written there */
export async function exportRecording(store: RecordingStore, { path, format }: FileQuestions['export']): Promise<void> {
  await writeLines(path, linesOf(store, format), false);
}

function linesOf(store: RecordingStore, format: FileQuestions['export']['format']): Iterable<string> {
  switch (format) {
    case 'csv':
      return csvLines(store.operations.all());
    case 'porcupine':
      return jepsenLines(store.operations.all());
    case 'shiviz':
      return shivizLines(eventsOf(store));
  }
}

function* eventsOf(store: RecordingStore): Generator<TraceEvent, void> {
  for (let at = 0; ;) {
    const page = store.chunks.after(at, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    at = last.seq;
  }
}
