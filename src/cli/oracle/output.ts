/** The output of a script's commands: silent at the highest log level, indented where one command runs others. */

/** The scripts' log levels. Raftlab's core logs nothing; the last level silences the commands themselves. */
const LEVELS = ['debug', 'info', 'warn', 'error', 'fatal', 'none'] as const;
type Level = (typeof LEVELS)[number];

export class Output {
  #text = '';
  #level: Level = 'debug';

  get quiet(): boolean {
    return this.#level === 'none';
  }

  get level(): string {
    return this.#level;
  }

  /** @returns false when there is no such level */
  setLevel(name: string): boolean {
    const level = LEVELS.find((known) => known === name.toLowerCase());
    if (level === undefined) {
      return false;
    }
    this.#level = level;
    return true;
  }

  write(text: string): void {
    if (!this.quiet) {
      this.#text += text;
    }
  }

  /** Indents what `body` prints by two spaces. */
  indented(body: () => void): void {
    const outer = this.#text;
    this.#text = '';
    try {
      body();
    } finally {
      const lines = this.#text === '' ? [] : this.#text.replace(/\n$/, '').split('\n');
      this.#text = outer + lines.map((line) => `  ${line}\n`).join('');
    }
  }

  /** What was printed since the last call. */
  take(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
