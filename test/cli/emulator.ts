/** As much of a terminal as the screen makes use of: lines, a cursor, and the escapes that move it and clear. */

export class Emulator {
  columns: number;
  rows: number;
  #lines: string[][] = [[]];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  write(text: string): void {
    // eslint-disable-next-line no-control-regex -- the escape character is what is looked for
    for (const [part] of text.matchAll(/\u001b\[[?0-9;]*[A-Za-z]|[\s\S]/gu)) {
      if (part.startsWith('\u001b')) this.#escape(part);
      else this.#put(part);
    }
  }

  /** What stands in the window, from its top, without the empty lines at its end; the cursor is a █. */
  get shown(): string[] {
    const lines = this.#lines.map((line) => line.join(''));
    const cursorLine = lines[this.#row] ?? '';
    const padded = cursorLine.padEnd(this.#column);
    lines[this.#row] = `${padded.slice(0, this.#column)}█${padded.slice(this.#column)}`;
    const window = lines.slice(-this.rows);
    while (window.at(-1) === '') window.pop();
    return window;
  }

  get #top(): number {
    return Math.max(0, this.#lines.length - this.rows);
  }

  #put(character: string): void {
    if (character === '\r') {
      this.#column = 0;
    } else if (character === '\n') {
      this.#row += 1;
      this.#column = 0;
      if (this.#row === this.#lines.length) this.#lines.push([]);
    } else {
      if (this.#column === this.columns) this.#put('\n');
      (this.#lines[this.#row] ??= [])[this.#column] = character;
      this.#column += 1;
    }
  }

  #escape(escape: string): void {
    const count = Number(/\d+/.exec(escape)?.[0] ?? 1);
    switch (escape.at(-1)) {
      case 'A':
        this.#row = Math.max(this.#top, this.#row - count);
        return;
      case 'C':
        this.#column = Math.min(this.columns - 1, this.#column + count);
        return;
      case 'H':
        this.#row = this.#top;
        this.#column = 0;
        return;
      case 'J':
        if (count === 2) {
          this.#lines = [[]];
          this.#row = 0;
          return;
        }
        this.#lines.length = this.#row + 1;
        this.#lines[this.#row]?.splice(this.#column);
        return;
      case 'h':
      case 'l':
      case 'm':
        return; // cursor shown or hidden, frames, colours
      default:
        throw new Error(`the emulator does not know ${JSON.stringify(escape)}`);
    }
  }
}
