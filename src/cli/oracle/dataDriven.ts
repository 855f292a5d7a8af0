/**
 * Reads data-driven test files: comments, a command line with arguments, optional input lines, `----`, and the expected
 * output up to a blank line. An output that holds blank lines itself stands between two lines `----` on either side.
 */

/** `key`, `key=value` or `key=(value, value)`. */
export interface Argument {
  readonly key: string;
  readonly values: readonly string[];
}

/** One command with what it is expected to print. */
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

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
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
    this.#lines = content.split(/\r?\n/);
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
 * The next command line, over comments, blank lines and the marks of subtests; a backslash at its end joins the next
 * line to it.
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
  const doubled = reader.peek() === SEPARATOR;
  if (doubled) {
    reader.read();
  }
  const lines: string[] = [];
  for (;;) {
    const next = reader.read();
    if (next === undefined) {
      break;
    }
    if (doubled && next === SEPARATOR && reader.peek() === SEPARATOR) {
      reader.read();
      break;
    }
    if (!doubled && next.trim() === '') {
      break;
    }
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
  const match = /^([\w./-]+)\s*(.*)$/s.exec(text);
  if (match?.[1] === undefined) {
    throw new DataDrivenError(line, `not a command: "${text}"`);
  }
  return { command: match[1], args: parseArguments(match[2] ?? '', line) };
}

const ARGUMENT = /^([^\s=()]+)(?:=(\(([^()]*)\)|[^\s()]*))?(?:\s+|$)/;

function parseArguments(text: string, line: number): Argument[] {
  const args: Argument[] = [];
  for (let rest = text.trim(); rest !== ''; ) {
    const match = ARGUMENT.exec(rest);
    if (match?.[1] === undefined) {
      throw new DataDrivenError(line, `cannot read the arguments "${rest}"`);
    }
    const [whole, key, value, list] = match;
    args.push({ key, values: list !== undefined ? splitList(list) : value === undefined ? [] : [value] });
    rest = rest.slice(whole.length);
  }
  return args;
}

/** Commas separate; so does white space where there is no comma. */
function splitList(list: string): string[] {
  const separator = list.includes(',') ? ',' : /\s+/;
  const values = list.split(separator).map((value) => value.trim());
  return values.length === 1 && values[0] === '' ? [] : values;
}
