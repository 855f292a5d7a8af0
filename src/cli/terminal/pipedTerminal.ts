/** The lab in a pipe: one command per line, each carried out and answered before the next is read. */
import type { Readable, Writable } from 'node:stream';
import { leaderOf } from '../../contract/console.ts';
import { LabError } from '../../contract/errors.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { wordsFor } from '../../trace/words.ts';
import { answerLines } from './answerLines.ts';
import { boundedLines, COMMAND_LINE_CHARACTERS_MAX } from './boundedLines.ts';
import type { LabConsole } from './labConsole.ts';
import type { LabView } from './labView.ts';
import { promptFor } from './prompt.ts';
import { PLAIN } from './style.ts';
import { clusterTable } from './table.ts';

/** How long the first command waits for the first leader: several elections at the slow pace. */
const FIRST_LEADER_WITHIN_MS = 30_000;

export class PipedTerminal {
  readonly #input: Readable;
  readonly #output: Writable;
  readonly #labView: LabView;
  readonly #console: LabConsole;
  readonly #end = new AbortController();
  #leaderKnown: () => void = () => undefined;
  #failures = 0;

  constructor(input: Readable, output: Writable, labView: LabView, labConsole: LabConsole) {
    this.#input = input;
    this.#output = output;
    this.#labView = labView;
    this.#console = labConsole;
    labView.onEvents((events) => this.#tell(events));
  }

  /**
   * Runs to the end of the input, `quit`, or `close`.
   * @returns how many commands failed
   */
  async run(): Promise<number> {
    await this.#firstLeader();
    this.#print(clusterTable(this.#labView.view, PLAIN, this.#labView.nowMs()));
    try {
      for await (const line of boundedLines(this.#input, COMMAND_LINE_CHARACTERS_MAX, this.#end.signal)) {
        const text = line.trim();
        if (text === '' || text.startsWith('#')) continue;
        if (!await this.#runLine(text)) break;
      }
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      this.#failures += 1;
      this.#print([error.message]);
    }
    return this.#failures;
  }

  /** Makes the command under way the last one. */
  close(): void {
    this.#end.abort();
    this.#leaderKnown();
  }

  /** @returns whether to continue */
  async #runLine(line: string): Promise<boolean> {
    if (this.#labView.time.status !== null) await this.#labView.time.refresh();
    const prompt = promptFor(this.#console.asked, this.#labView.view, this.#labView.time.words);
    const outcome = await this.#console.run(line);
    switch (outcome.type) {
      case 'quit':
        return false;
      case 'clear':
        return true;
      case 'answer':
        if (outcome.tone === 'error' || outcome.tone === 'unknown') this.#failures += 1;
        this.#print([`${prompt}${line}`, ...answerLines(outcome, PLAIN)]);
        return !this.#end.signal.aborted;
    }
  }

  async #firstLeader(): Promise<void> {
    if (leaderOf(this.#labView.view) !== null) return;
    if (this.#labView.time.status !== null) {
      await this.#console.awaitLeader(FIRST_LEADER_WITHIN_MS);
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#leaderKnown = resolve;
      timer = setTimeout(resolve, FIRST_LEADER_WITHIN_MS);
    });
    clearTimeout(timer);
  }

  /** Reports each new leader, and what became of a command whose outcome was unknown. */
  #tell(events: readonly TraceEvent[]): void {
    for (const event of events) {
      const isLeader = event.type === 'roleChanged' && event.role === 'leader';
      if (!isLeader && event.type !== 'clientDecided') continue;
      const { subject, sentence } = wordsFor(event);
      this.#print([`* ${subject} ${sentence}`]);
      if (isLeader) this.#leaderKnown();
    }
  }

  #print(lines: readonly string[]): void {
    this.#output.write(`${lines.join('\n')}\n`);
  }
}
