/** The words of a condition's text, taken one after the other, and what is wrong where they do not fit. */
import { quoted } from './quoted.ts';

/** A condition's text that cannot be understood: where, what stands there, and what was expected. */
export class ConditionProblem extends Error {
  /** Where in the text, in UTF-16 units from 0; the text's length if something is missing at its end. */
  readonly position: number;
  /** The message without the column, for a text that stands within a longer line. */
  readonly complaint: string;

  constructor(complaint: string, position: number) {
    super(`column ${position + 1}: ${complaint}`);
    this.name = 'ConditionProblem';
    this.position = position;
    this.complaint = complaint;
  }
}

interface Word {
  readonly text: string;
  readonly position: number;
}

const WORD = /[()]|[<>]=|[<>=≥≤]|[^\s()<>=≥≤]+/g;

export class ConditionWords {
  readonly #words: readonly Word[];
  readonly #end: number;
  #at = 0;

  constructor(text: string) {
    this.#words = [...text.matchAll(WORD)].map((match) => ({ text: match[0], position: match.index }));
    this.#end = text.trimEnd().length;
  }

  /** The next word in lower case; empty at the end. */
  peek(ahead = 0): string {
    return this.#words[this.#at + ahead]?.text.toLowerCase() ?? '';
  }

  /** Takes the next words if they are these. */
  accept(...texts: readonly string[]): boolean {
    if (!texts.every((text, ahead) => this.peek(ahead) === text)) return false;
    this.#at += texts.length;
    return true;
  }

  /** @throws {ConditionProblem} when the next word is another one */
  expect(text: string): void {
    if (!this.accept(text)) this.fail(text);
  }

  /**
   * Takes the next word and gives what it stands for.
   * @throws {ConditionProblem} when it stands for nothing, which `read` says with undefined
   */
  take<Value>(expected: string, read: (text: string) => Value | undefined): Value {
    const value = this.peek() === '' ? undefined : read(this.peek());
    if (value === undefined) return this.fail(expected);
    this.#at += 1;
    return value;
  }

  /** @throws {ConditionProblem} always: the next word is not what was expected */
  fail(expected: string): never {
    const word = this.#words[this.#at];
    if (word === undefined) throw new ConditionProblem(`the condition ends where ${expected} is expected`, this.#end);
    throw new ConditionProblem(`${quoted(word.text)} stands where ${expected} is expected`, word.position);
  }
}
