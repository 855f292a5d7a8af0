/** The line that a person is writing: keys in, text and cursor out. It does not depend on the screen. */
import type { Completions } from '../../contract/console.ts';

const HISTORY_MAX = 500;

/** A key as Node's readline reports it. */
export interface Key {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
}

export type KeyOutcome =
  | { readonly type: 'edited' }
  | { readonly type: 'entered'; readonly line: string }
  | { readonly type: 'interrupted' }
  | { readonly type: 'clear' };

const EDITED: KeyOutcome = { type: 'edited' };

/** One line with the usual keys (those of readline's Emacs mode), a history and Tab. */
export class LineEditor {
  text = '';
  /** The index of the UTF-16 unit after the cursor; never within a surrogate pair. */
  cursor = 0;
  /** The choices that the last Tab found; empty after any other key. */
  candidates: readonly string[] = [];
  readonly #complete: (line: string, cursor: number) => Completions;
  readonly #history: string[] = [];
  /** The line of the history that is shown; its length stands for the new line. */
  #historyAt = 0;
  #draft = '';

  constructor(complete: (line: string, cursor: number) => Completions) {
    this.#complete = complete;
  }

  /** Takes one key. `characters` is what it writes, if anything. */
  handle(characters: string | undefined, key: Key): KeyOutcome {
    this.candidates = [];
    if (key.ctrl === true) return this.#handleControl(key.name ?? '');
    switch (key.name) {
      case 'return':
      case 'enter':
        return this.#enter();
      case 'tab':
        this.#tab();
        return EDITED;
      case 'up':
        this.#walkHistory(-1);
        return EDITED;
      case 'down':
        this.#walkHistory(1);
        return EDITED;
      case 'left':
        this.cursor = key.meta === true ? this.#wordStart() : this.#before();
        return EDITED;
      case 'right':
        this.cursor = key.meta === true ? this.#wordEnd() : this.#behind();
        return EDITED;
      case 'home':
        this.cursor = 0;
        return EDITED;
      case 'end':
        this.cursor = this.text.length;
        return EDITED;
      case 'backspace':
        this.#remove(key.meta === true ? this.#wordStart() : this.#before(), this.cursor);
        return EDITED;
      case 'delete':
        this.#remove(this.cursor, this.#behind());
        return EDITED;
      default:
        if (characters !== undefined && key.meta !== true) this.#insert(characters);
        return EDITED;
    }
  }

  #handleControl(name: string): KeyOutcome {
    switch (name) {
      case 'c':
        return { type: 'interrupted' };
      case 'd':
        if (this.text === '') return { type: 'interrupted' };
        this.#remove(this.cursor, this.#behind());
        return EDITED;
      case 'l':
        return { type: 'clear' };
      case 'a':
        this.cursor = 0;
        return EDITED;
      case 'e':
        this.cursor = this.text.length;
        return EDITED;
      case 'u':
        this.#remove(0, this.cursor);
        return EDITED;
      case 'k':
        this.#remove(this.cursor, this.text.length);
        return EDITED;
      case 'w':
        this.#remove(this.#wordStart(), this.cursor);
        return EDITED;
      case 'p':
        this.#walkHistory(-1);
        return EDITED;
      case 'n':
        this.#walkHistory(1);
        return EDITED;
      case 'left':
        this.cursor = this.#wordStart();
        return EDITED;
      case 'right':
        this.cursor = this.#wordEnd();
        return EDITED;
      default:
        return EDITED;
    }
  }

  #enter(): KeyOutcome {
    const line = this.text;
    if (line.trim() !== '' && line !== this.#history.at(-1)) {
      this.#history.push(line);
      if (this.#history.length > HISTORY_MAX) this.#history.shift();
    }
    this.#historyAt = this.#history.length;
    this.#show('');
    return { type: 'entered', line };
  }

  #walkHistory(step: 1 | -1): void {
    const next = this.#historyAt + step;
    if (next < 0 || next > this.#history.length) return;
    if (this.#historyAt === this.#history.length) this.#draft = this.text;
    this.#historyAt = next;
    this.#show(this.#history[next] ?? this.#draft);
  }

  /** Inserts the part that is certain, and offers the choices where there are several. */
  #tab(): void {
    const { from, texts } = this.#complete(this.text, this.cursor);
    const [first] = texts;
    if (first === undefined) return;
    const isOnly = texts.length === 1;
    const written = this.text.slice(from, this.cursor);
    const common = isOnly ? first : texts.reduce(commonStart);
    if (!isOnly) this.candidates = texts;
    if (!isOnly && common.length <= written.length) return;
    const space = isOnly && this.text[this.cursor] !== ' ' ? ' ' : '';
    this.text = `${this.text.slice(0, from)}${common}${space}${this.text.slice(this.cursor)}`;
    this.cursor = from + common.length + space.length;
  }

  #show(text: string): void {
    this.text = text;
    this.cursor = text.length;
  }

  #insert(characters: string): void {
    // eslint-disable-next-line no-control-regex -- control characters are what is left out
    const written = characters.replace(/[\u0000-\u001f\u007f-\u009f]/g, ' ');
    this.text = this.text.slice(0, this.cursor) + written + this.text.slice(this.cursor);
    this.cursor += written.length;
  }

  #remove(from: number, to: number): void {
    this.text = this.text.slice(0, from) + this.text.slice(to);
    this.cursor = from;
  }

  #before(): number {
    const character = Array.from(this.text.slice(Math.max(0, this.cursor - 2), this.cursor)).at(-1) ?? '';
    return this.cursor - character.length;
  }

  #behind(): number {
    const [character = ''] = Array.from(this.text.slice(this.cursor, this.cursor + 2));
    return this.cursor + character.length;
  }

  #wordStart(): number {
    return Math.max(0, this.text.slice(0, this.cursor).search(/\S+\s*$/));
  }

  #wordEnd(): number {
    return this.cursor + (/^\s*\S*/.exec(this.text.slice(this.cursor))?.[0].length ?? 0);
  }
}

function commonStart(a: string, b: string): string {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length += 1;
  return a.slice(0, length);
}
