/**
 * Reads data-driven test files: comments, a command line with arguments, optional input lines, `----`, and the expected
 * output up to a blank line. An output that contains blank lines has two lines `----` before it and two after it.
 */

/** `key`, `key=value` or `key=(value, value)`. */
export interface Argument {
  readonly key: string;
  /** None for a bare key. `key=` and `key=()` have one value, which is empty. */
  readonly values: readonly string[];
}

/** One command with its expected output. */
export interface Case {
  /** Of the command, counted from 1. */
  readonly line: number;
  readonly command: string;
  readonly args: readonly Argument[];
  /** The lines between the command and `----`, joined. */
  readonly input: string;
  readonly expected: string;
}

/** The file does not follow the format. */
export class DataDrivenError extends Error {
  override readonly name = 'DataDrivenError';
  /** Where, counted from 1. */
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const SEPARATOR = '----';

/**
 * Reads all cases of a file.
 * @throws {DataDrivenError}
 */
export function parseCases(content: string): Case[] {
  const reader = new LineReader(content);
  const cases: Case[] = [];
  for (let next = readCase(reader); next !== undefined; next = readCase(reader)) {
    cases.push(next);
  }
  return cases;
}

class LineReader {
  readonly #lines: readonly string[];
  #next = 0;

  constructor(content: string) {
    this.#lines = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  }

  /** The number of the line that was read last, from 1. */
  get line(): number {
    return this.#next;
  }

  read(): string | undefined {
    return this.#lines[this.#next++];
  }

  peek(offset = 0): string | undefined {
    return this.#lines[this.#next + offset];
  }
}

function readCase(reader: LineReader): Case | undefined {
  const directive = readDirective(reader);
  if (directive === undefined) {
    return undefined;
  }
  const { line, text } = directive;
  const { command, args } = parseCommandLine(text, line);
  const input: string[] = [];
  for (;;) {
    const next = reader.read();
    if (next === undefined) {
      throw new DataDrivenError(line, `no "${SEPARATOR}" after the command "${command}"`);
    }
    if (next === SEPARATOR) {
      break;
    }
    input.push(next);
  }
  return { line, command, args, input: input.join('\n').trim(), expected: readExpected(reader) };
}

/**
 * The next command line, after skipping comments, blank lines and the marks of subtests; a backslash at its end joins
 * the next line to it.
 */
function readDirective(reader: LineReader): { readonly line: number; readonly text: string } | undefined {
  for (;;) {
    let text = reader.read();
    if (text === undefined) {
      return undefined;
    }
    const { line } = reader;
    text = text.trim();
    if (text === '' || text.startsWith('#') || /^subtest(\s|$)/.test(text)) {
      continue;
    }
    while (text.endsWith('\\')) {
      text = `${text.slice(0, -1).trim()} ${(reader.read() ?? '').trim()}`;
    }
    return { line, text };
  }
}

function readExpected(reader: LineReader): string {
  if (reader.peek() !== SEPARATOR) {
    return readUpToBlankLine(reader);
  }
  reader.read();
  const lines: string[] = [];
  for (let next = reader.read(); next !== undefined; next = reader.read()) {
    if (next === SEPARATOR && reader.peek() === SEPARATOR) {
      reader.read();
      break;
    }
    lines.push(next);
  }
  return lines.join('\n');
}

function readUpToBlankLine(reader: LineReader): string {
  const lines: string[] = [];
  for (let next = reader.read(); next !== undefined && next.trim() !== ''; next = reader.read()) {
    lines.push(next);
  }
  return lines.join('\n');
}

/**
 * Splits a command line into its command and arguments.
 * @throws {DataDrivenError}
 */
export function parseCommandLine(
  text: string,
  line: number,
): { readonly command: string; readonly args: readonly Argument[] } {
  const [command = ''] = /^\S*/.exec(text) ?? [];
  const args: Argument[] = [];
  for (let rest = text.slice(command.length).trim(); rest !== ''; ) {
    const parsed = parseArgument(rest);
    if (parsed === undefined) {
      throw new DataDrivenError(line, `cannot read the arguments "${rest}" of the command "${command}"`);
    }
    args.push(parsed.argument);
    rest = rest.slice(parsed.length).trim();
  }
  return { command, args };
}

/** The argument that `text` begins with, and its length; undefined when it does not begin with an argument. */
function parseArgument(text: string): { readonly argument: Argument; readonly length: number } | undefined {
  const match = /^([^\s=]+)(?:(=\()|=(\S*))?/.exec(text);
  if (match?.[1] === undefined) {
    return undefined;
  }
  const [{ length }, key, opened, value] = match;
  if (opened === undefined) {
    return { argument: { key, values: value === undefined ? [] : [value] }, length };
  }
  const list = parseList(text.slice(length));
  return list && { argument: { key, values: list.values }, length: length + list.length };
}

/**
 * The comma-separated values up to the bracket that closes a list; brackets within a value are part of it.
 * @returns undefined when nothing closes the list
 */
function parseList(text: string): { readonly values: readonly string[]; readonly length: number } | undefined {
  const values: string[] = [];
  let start = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (depth === 0 && (character === ',' || character === ')')) {
      values.push(text.slice(start, at).trim());
      start = at + 1;
      if (character === ')') {
        return { values, length: start };
      }
    } else if (character === '(') {
      depth++;
    } else if (character === ')') {
      depth--;
    }
  }
  return undefined;
}
