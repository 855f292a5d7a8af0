/** Writes what other programs read of a recording. */
import { csvLines } from '../../history/exports/csv.ts';
import { jepsenLines } from '../../history/exports/jepsen.ts';
import { shivizLines } from '../../history/exports/shiviz.ts';
import type { FileQuestions } from './protocol.ts';
import type { RecordingStore } from './recordingStore.ts';
import { writeLines } from './writeLines.ts';

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
      return shivizLines(store.chunks.allAfter(0));
  }
}
