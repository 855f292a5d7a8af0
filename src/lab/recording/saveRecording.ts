/** Writes a recording, or a span of it, to a `.raftlab` file. */
import { headerLine, lineText } from '../../history/recordingFile.ts';
import { wallMs } from '../../node/clock.ts';
import type { FileQuestions } from './protocol.ts';
import type { RecordingStore } from './recordingStore.ts';
import { writeLines } from './writeLines.ts';

/** @throws {LabError} when it cannot be written there */
export async function saveRecording(store: RecordingStore, wanted: FileQuestions['save']): Promise<void> {
  await writeLines(wanted.path, linesOf(store, wanted), true);
}

function* linesOf(
  store: RecordingStore, { fromSeq = 0, toSeq = Infinity, withNames }: FileQuestions['save'],
): Generator<string, void> {
  const { labName, fromSeq: firstSeq } = store.status();
  const beginsAt = Math.max(fromSeq, firstSeq);
  yield `${headerLine(labName, new Date(wallMs()).toISOString())}\n`;
  yield `${lineText({ view: store.chunks.viewBefore(beginsAt) }, withNames)}\n`;
  let [fromMs, toMs] = [Infinity, 0];
  for (const event of store.chunks.allAfter(beginsAt - 1)) {
    if (event.seq > toSeq) break;
    fromMs = Math.min(fromMs, event.atMs);
    toMs = Math.max(toMs, event.atMs);
    yield `${lineText({ e: event }, withNames)}\n`;
  }
  for (const operation of store.operations.all()) {
    if (isInSpan(operation, fromMs, toMs)) yield `${lineText({ o: operation }, withNames)}\n`;
  }
  for (const { seq, toSeq: noteTo, atMs, text } of store.notes.all()) {
    if (seq >= fromSeq && seq <= toSeq) yield `${lineText({ n: { seq, toSeq: noteTo, atMs, text } }, withNames)}\n`;
  }
}

function isInSpan(
  { askedAtMs, answeredAtMs }: { readonly askedAtMs: number; readonly answeredAtMs: number | null },
  fromMs: number, toMs: number,
): boolean {
  return askedAtMs <= toMs && (answeredAtMs ?? toMs) >= fromMs;
}
