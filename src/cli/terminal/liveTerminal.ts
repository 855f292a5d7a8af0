/** The lab on a person's terminal: a table that is drawn in place, events above it, a prompt below. */
import { emitKeypressEvents } from 'node:readline';
import type { ReadStream, WriteStream } from 'node:tty';
import { completions } from '../../contract/console.ts';
import { secondsText } from '../../trace/timeWords.ts';
import type { AnswerWords } from '../../contract/console.ts';
import type { TraceEvent } from '../../trace/events.ts';
import { isImportant } from '../../trace/kinds.ts';
import { wordsFor } from '../../trace/words.ts';
import { answerLines } from './answerLines.ts';
import type { LabConsole } from './labConsole.ts';
import type { LabView } from './labView.ts';
import { LineEditor } from './lineEditor.ts';
import type { Key } from './lineEditor.ts';
import { Screen } from './screen.ts';
import type { Footer } from './screen.ts';
import { promptFor } from './prompt.ts';
import type { Style } from './style.ts';
import { clusterTable } from './table.ts';

/** How often the table is drawn; keys and answers are shown at once. */
const REFRESH_EVERY_MS = 200;
/** How many commands may be under way at once: a person needs no more. */
const RUNNING_MAX = 16;

const WELCOME = 'help lists the commands; Tab completes; put colour red is a good start; quit leaves.';

export class LiveTerminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #labView: LabView;
  readonly #console: LabConsole;
  readonly #style: Style;
  readonly #screen: Screen;
  readonly #editor: LineEditor;
  readonly #running = new Set<{ readonly question: string }>();
  #timer: NodeJS.Timeout | undefined;
  #end: () => void = () => undefined;
  readonly #onKey = (characters: string | undefined, key: Key): void => this.#handleKey(characters, key);
  readonly #onResize = (): void => this.#screen.redraw(this.#footer(), true);

  constructor(input: ReadStream, output: WriteStream, labView: LabView, labConsole: LabConsole, style: Style) {
    this.#input = input;
    this.#output = output;
    this.#labView = labView;
    this.#console = labConsole;
    this.#style = style;
    this.#screen = new Screen(output);
    this.#editor = new LineEditor((line, cursor) => completions(line, cursor, labConsole));
    labView.onEvents((events) => this.#tell(events));
  }

  /** Runs until the person leaves. */
  async run(): Promise<void> {
    const left = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    emitKeypressEvents(this.#input);
    this.#input.setRawMode(true);
    this.#input.on('keypress', this.#onKey);
    this.#input.on('end', this.#end);
    this.#output.on('resize', this.#onResize);
    this.#input.resume();
    this.#screen.print([this.#style.quiet(WELCOME)]);
    this.#timer = setInterval(() => this.#draw(), REFRESH_EVERY_MS);
    this.#draw();
    await left;
  }

  /** Restores the terminal. Safe to call twice. */
  close(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#input.off('keypress', this.#onKey);
    this.#input.off('end', this.#end);
    this.#output.off('resize', this.#onResize);
    this.#screen.close();
    this.#input.setRawMode(false);
    this.#input.pause();
  }

  #draw(): void {
    if (this.#timer !== undefined) this.#screen.draw(this.#footer());
  }

  #footer(): Footer {
    const { text, cursor, candidates } = this.#editor;
    const waiting = [...this.#running].map(({ question }) => `${question}${this.#style.quiet('  waiting …')}`);
    return {
      lines: ['', ...clusterTable(this.#labView.view, this.#style, this.#labView.nowMs()), '', ...waiting],
      prompt: this.#prompt(),
      text,
      cursor,
      below: candidates.length === 0 ? [] : [this.#style.quiet(`  ${candidates.join('  ')}`)],
    };
  }

  #prompt(): string {
    return this.#style.accent(promptFor(this.#console.asked, this.#labView.view, this.#labView.time.words));
  }

  #handleKey(characters: string | undefined, key: Key): void {
    const outcome = this.#editor.handle(characters, key);
    switch (outcome.type) {
      case 'entered':
        if (outcome.line.trim() !== '') void this.#runLine(outcome.line);
        break;
      case 'interrupted':
        this.#end();
        return;
      case 'clear':
        this.#screen.redraw(this.#footer(), false);
        return;
      case 'edited':
        break;
    }
    this.#draw();
  }

  async #runLine(line: string): Promise<void> {
    const question = `${this.#prompt()}${line}`;
    if (this.#running.size >= RUNNING_MAX) {
      const text = `${RUNNING_MAX} commands are under way already: wait for an answer`;
      this.#printAnswer(question, { tone: 'error', text, detail: '' });
      return;
    }
    const running = { question };
    this.#running.add(running);
    const outcome = await this.#console.run(line);
    this.#running.delete(running);
    if (this.#timer === undefined) return;
    switch (outcome.type) {
      case 'quit':
        this.#end();
        return;
      case 'clear':
        this.#screen.redraw(this.#footer(), false);
        return;
      case 'answer':
        this.#printAnswer(question, outcome);
    }
    this.#draw();
  }

  #printAnswer(question: string, words: AnswerWords): void {
    this.#screen.print([question, ...answerLines(words, this.#style, this.#output.columns)]);
  }

  #tell(events: readonly TraceEvent[]): void {
    for (const event of events) {
      if (!isImportant(event)) continue;
      const { subject, sentence, detail } = wordsFor(event);
      const isVirtual = this.#labView.view.seed !== null;
      const moment = isVirtual ? secondsText(event.atMs) : new Date(event.atMs).toTimeString().slice(0, 8);
      const time = this.#style.quiet(moment);
      this.#screen.print([`${time} ${subject} ${sentence}  ${this.#style.quiet(detail)}`.trimEnd()]);
    }
  }
}
