/** A recording in a terminal or a pipe: one command a line about its events, its moments and its operations. */
import { basename } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { LabError } from '../../contract/errors.ts';
import { HISTORY_EVENTS_MAX, HISTORY_OPERATIONS_MAX } from '../../contract/history.ts';
import type { HistoryStatus } from '../../contract/history.ts';
import { operationText } from '../../history/operationText.ts';
import { LabHistory } from '../../lab/recording/labHistory.ts';
import { COUNT_MAX } from '../../trace/view.ts';
import { wordsFor } from '../../trace/words.ts';
import { boundedLines } from './boundedLines.ts';
import { styleFor } from './style.ts';
import type { Style } from './style.ts';
import { clusterTable } from './table.ts';

const LINE_CHARACTERS_MAX = 1000;
const USUAL_COUNT = 20;
const EXIT_CODES = { proved: 0, violated: 1, unknown: 2 } as const;
const MS_IN = { ms: 1, s: 1000 } as const;
const HELP = [
  'status              the cluster at the present moment',
  'at SEQ, at 12.5s    goes to after an event, or to a time after the beginning (s or ms)',
  'events [COUNT]      the last events up to the present moment',
  'operations [COUNT]  the last operations of clients up to the present moment',
  'check               whether all operations of the recording are linearizable',
  'quit                ends',
];

export interface RecordingStreams {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean };
}

/**
 * Opens the file and answers commands until the input ends.
 * @returns by the last `check` 0 (proved), 1 (violated) or 2 (unknown); without one, 1 when a command failed
 * @throws {LabError} when the file is not there or is not a recording
 */
export async function runRecording(
  file: string, workerUrl: URL | string, streams: RecordingStreams,
): Promise<number> {
  const history = new LabHistory(workerUrl, () => undefined);
  try {
    const status = await history.openFile(file, basename(file));
    return await new RecordingTerminal(history, status, streams).run();
  } finally {
    await history.close();
  }
}

class RecordingTerminal {
  readonly #history: LabHistory;
  readonly #status: HistoryStatus;
  readonly #streams: RecordingStreams;
  readonly #style: Style;
  /** The present moment is the one after this event. */
  #seq: number;
  #checked: number | null = null;
  #hasFailed = false;

  constructor(history: LabHistory, status: HistoryStatus, streams: RecordingStreams) {
    this.#history = history;
    this.#status = status;
    this.#streams = streams;
    this.#style = styleFor(streams.output);
    this.#seq = status.toSeq;
  }

  async run(): Promise<number> {
    const { labName, fromSeq, toSeq, fromMs, toMs, operationCount, problem } = this.#status;
    this.#print([
      `${labName}: events ${fromSeq} to ${toSeq} in ${((toMs - fromMs) / MS_IN.s).toFixed(3)} s, `
        + `operations: ${operationCount}`,
      ...(problem === null ? [] : [this.#style.warn(`! ${problem}`)]),
    ]);
    this.#prompt();
    for await (const line of boundedLines(this.#streams.input, LINE_CHARACTERS_MAX)) {
      const text = line.trim();
      if (text === 'quit') break;
      if (text !== '' && !text.startsWith('#')) await this.#runLine(text);
      this.#prompt();
    }
    return this.#checked ?? (this.#hasFailed ? 1 : 0);
  }

  async #runLine(line: string): Promise<void> {
    try {
      this.#print(await this.#answer(line));
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      this.#hasFailed = true;
      this.#print([this.#style.bad(error.message)]);
    }
  }

  /** @throws {LabError} for what makes no sense */
  async #answer(line: string): Promise<readonly string[]> {
    const [command = '', argument, ...rest] = line.split(/\s+/);
    if (rest.length > 0) throw wrong(`${command} takes one word at most`);
    switch (command) {
      case 'help':
        return HELP;
      case 'status':
        return this.#table();
      case 'at':
        return this.#goTo(argument ?? '');
      case 'events':
        return this.#events(countIn(argument, HISTORY_EVENTS_MAX));
      case 'operations':
        return this.#operations(countIn(argument, HISTORY_OPERATIONS_MAX));
      case 'check':
        return this.#check();
      default:
        throw wrong(`there is no command ${command}: help lists them`);
    }
  }

  async #table(): Promise<readonly string[]> {
    const { view } = await this.#history.ask('history:moment', { of: 'file', seq: this.#seq });
    return [`after event ${view.seq}, at ${this.#time(view.atMs)}`, ...clusterTable(view, this.#style, view.atMs)];
  }

  async #goTo(place: string): Promise<readonly string[]> {
    const { fromMs } = this.#status;
    const [, digits = '', unit] = /^(\d{1,12}(?:\.\d{1,6})?)(ms|s)?$/.exec(place) ?? [];
    const number = Number(digits);
    if (digits === '' || (unit === undefined && !(Number.isInteger(number) && number <= COUNT_MAX))) {
      throw wrong('at takes the number of an event, or a time such as 12.5s or 300ms');
    }
    const moment = unit === 'ms' || unit === 's' ? { atMs: fromMs + number * MS_IN[unit] } : { seq: number };
    const { view } = await this.#history.ask('history:moment', { of: 'file', ...moment });
    this.#seq = view.seq;
    return this.#table();
  }

  async #events(count: number): Promise<readonly string[]> {
    const events = await this.#history.ask('history:page', { of: 'file', beforeSeq: this.#seq + 1, count });
    return events.map((event) => {
      const { subject, sentence } = wordsFor(event);
      return `${event.seq}  ${this.#time(event.atMs)}  ${subject} ${sentence}`;
    });
  }

  async #operations(count: number): Promise<readonly string[]> {
    const { view } = await this.#history.ask('history:moment', { of: 'file', seq: this.#seq });
    const told = await this.#history.ask('history:operations', { of: 'file', toMs: view.atMs, count });
    return told.length === 0 ? ['no operations up to here']
      : told.map((operation) => `${this.#time(operation.askedAtMs)}  ${operationText(operation)}`);
  }

  async #check(): Promise<readonly string[]> {
    const { verdict, words, conflict } = await this.#history.ask('history:verdict', { of: 'file' });
    this.#checked = EXIT_CODES[verdict];
    return [`${verdict}: ${words}`, ...conflict.map((operation) => `  ${operationText(operation)}`)];
  }

  #time(atMs: number): string {
    return `${((atMs - this.#status.fromMs) / MS_IN.s).toFixed(3)} s`;
  }

  #prompt(): void {
    if (this.#streams.input.isTTY === true) this.#streams.output.write(`${this.#seq}> `);
  }

  #print(lines: readonly string[]): void {
    if (lines.length > 0) this.#streams.output.write(`${lines.join('\n')}\n`);
  }
}

/** @throws {LabError} */
function countIn(word: string | undefined, most: number): number {
  if (word === undefined) return USUAL_COUNT;
  const count = /^\d{1,9}$/.test(word) ? Number(word) : 0;
  if (count < 1 || count > most) throw wrong(`the count is a number from 1 to ${most}`);
  return count;
}

function wrong(message: string): LabError {
  return new LabError('invalid-argument', message);
}
