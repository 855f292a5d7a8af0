/** Writes a seed's trace to a file: the same events that live nodes emit, as JSON Lines or as a recording. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { headerLine, lineText } from '../../history/recordingFile.ts';
import type { SimOptions } from '../../sim/settings.ts';
import { simulate } from '../../sim/simulation.ts';
import { SimulationTrace } from '../../sim/trace.ts';
import type { TraceEvent } from '../../trace/events.ts';
import type { ClientOperation } from '../../trace/operations.ts';

/** A long run has far more events than should be held in memory. */
const LINES_IN_MEMORY_MAX = 10_000;

/** How a kind of file is written. */
interface FileKind {
  readonly firstLines: (options: SimOptions) => readonly string[];
  readonly line: (event: TraceEvent) => string;
  /** Null: this kind of file holds events only. */
  readonly operationLine: (operation: ClientOperation) => string | null;
  readonly packed: (text: string) => string | Uint8Array;
}

const JSON_LINES: FileKind = {
  firstLines: () => [],
  line: (event) => JSON.stringify(event),
  operationLine: () => null,
  packed: (text) => text,
};

/** docs/recording.md. It begins with `labOpened`, so it needs no view; a gzip file may have several members. */
const RECORDING: FileKind = {
  // The same seed is the same file: virtual time begins at 0.
  firstLines: ({ seed }) => [headerLine(`Simulated: seed ${seed}`, new Date(0).toISOString())],
  line: (event) => lineText({ e: event }, true),
  operationLine: (operation) => lineText({ o: operation }, true),
  packed: (text) => gzipSync(text),
};

/**
 * Runs the seed once more and writes its trace: a recording if the file's name ends in `.raftlab`, else JSON Lines.
 * @throws Error of node:fs when the file cannot be written
 */
export function writeTrace(options: SimOptions, path: string): void {
  const kind = path.endsWith('.raftlab') ? RECORDING : JSON_LINES;
  const file = openSync(path, 'w');
  try {
    const lines = [...kind.firstLines(options)];
    const flush = () => {
      writeWhole(file, kind.packed(lines.map((line) => `${line}\n`).join('')));
      lines.length = 0;
    };
    const add = (line: string | null) => {
      if (line !== null) lines.push(line);
      if (lines.length >= LINES_IN_MEMORY_MAX) flush();
    };
    simulate(options, new SimulationTrace(
      (event) => add(kind.line(event)), (operation) => add(kind.operationLine(operation)),
    ));
    flush();
  } finally {
    closeSync(file);
  }
}

/** One call may write a part only. */
function writeWhole(file: number, piece: string | Uint8Array): void {
  const bytes = typeof piece === 'string' ? Buffer.from(piece) : piece;
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
