/** The lower part of a terminal, which is redrawn in place below the output that scrolls up. */
import { fit, widthOf } from './width.ts';

/** The terminal that is written to. */
export interface ScreenOutput {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/** The content at the bottom: lines, the prompt with the text being written, and hints below it. */
export interface Footer {
  readonly lines: readonly string[];
  readonly prompt: string;
  readonly text: string;
  /** The index of the UTF-16 unit of `text` after the cursor. */
  readonly cursor: number;
  readonly below: readonly string[];
}

/** How many lines of output can be restored after the window's size changed. */
const OUTPUT_LINES_MAX = 500;

const BEGIN_FRAME = '\u001b[?2026h\u001b[?25l';
const END_FRAME = '\u001b[?25h\u001b[?2026l';
const CLEAR_DOWN = '\u001b[J';
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

export class Screen {
  readonly #output: ScreenOutput;
  readonly #printed: string[] = [];
  /** How many lines above the cursor the footer begins. */
  #linesAbove = 0;
  #drawn = '';
  #waiting: string[] = [];

  constructor(output: ScreenOutput) {
    this.#output = output;
  }

  /** Adds lines to the output; they appear with the next `draw`. */
  print(lines: readonly string[]): void {
    this.#waiting.push(...lines);
    this.#printed.push(...lines);
    this.#printed.splice(0, this.#printed.length - OUTPUT_LINES_MAX);
  }

  /** Draws the footer if it differs from what is shown. */
  draw(footer: Footer): void {
    const { text, linesAbove } = this.#layOut(footer);
    if (text === this.#drawn && this.#waiting.length === 0) return;
    const output = this.#waiting.map((line) => `${line}\n`).join('');
    this.#output.write(`${BEGIN_FRAME}${this.#toTop()}${CLEAR_DOWN}${output}${text}${END_FRAME}`);
    this.#waiting = [];
    this.#drawn = text;
    this.#linesAbove = linesAbove;
  }

  /** Puts everything back on a screen whose size has changed, or clears it when `keepOutput` is false. */
  redraw(footer: Footer, keepOutput: boolean): void {
    if (!keepOutput) this.#printed.length = 0;
    const room = this.#output.rows - footer.lines.length - footer.below.length - 1;
    this.#waiting = room > 0 ? this.#printed.slice(-room) : [];
    this.#output.write(CLEAR_SCREEN);
    this.#linesAbove = 0;
    this.#drawn = '';
    this.draw(footer);
  }

  /** Removes the footer and leaves the cursor on its own line. */
  close(): void {
    const output = this.#waiting.map((line) => `${line}\n`).join('');
    this.#output.write(`${this.#toTop()}${CLEAR_DOWN}${output}`);
    this.#waiting = [];
    this.#linesAbove = 0;
  }

  #toTop(): string {
    return this.#linesAbove > 0 ? `\r\u001b[${this.#linesAbove}A` : '\r';
  }

  /** The footer as text that ends with the cursor in its place. */
  #layOut(footer: Footer): { text: string; linesAbove: number } {
    const { columns, rows } = this.#output;
    const width = Math.max(20, columns - 1);
    const below = footer.below.slice(0, 3);
    // Lines that do not fit into the window's height would scroll away and could not be redrawn, so the table is cut.
    const room = rows - below.length - 2;
    const lines = footer.lines.length <= room ? footer.lines : footer.lines.slice(0, Math.max(0, room));
    const { shown, column } = scrolledText(footer.text, footer.cursor, width - widthOf(footer.prompt));
    const drawn = [...lines, `${footer.prompt}${shown}`, ...below].map((line) => fit(line, width));
    const up = below.length > 0 ? `\u001b[${below.length}A` : '';
    const right = widthOf(footer.prompt) + column;
    return {
      text: `${drawn.join('\n')}\r${up}${right > 0 ? `\u001b[${right}C` : ''}`,
      linesAbove: lines.length,
    };
  }
}

/** The part of a long line around the cursor, and the cursor's column in it. */
function scrolledText(text: string, cursor: number, width: number): { shown: string; column: number } {
  let from = 0;
  while (widthOf(text.slice(from, cursor)) > width - 2) from += (text.codePointAt(from) ?? 0) > 0xffff ? 2 : 1;
  const shown = fit(text.slice(from), width - 1);
  return { shown, column: widthOf(text.slice(from, cursor)) };
}
