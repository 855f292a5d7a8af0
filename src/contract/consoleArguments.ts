/** The words of a console line as arguments: nodes, links, keys, values, numbers; or what is wrong with one. */
import { isCanonical } from '../kv/bytes.ts';
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from '../kv/commands.ts';
import { utf8Length } from '../kv/text.ts';
import type { MessageKind } from '../trace/events.ts';
import { isNodeName } from '../trace/names.ts';
import { quoted } from '../trace/quoted.ts';
import { messageKind } from '../trace/schemaParts.ts';
import { RULE_NAMES } from '../trace/variant.ts';
import type { RuleName } from '../trace/variant.ts';
import { LAB_NODES_MAX } from './commands.ts';
import type { NodeTarget } from './consoleCommands.ts';
import type { ConsoleToken } from './consoleTokens.ts';

/** What is wrong with a line; thrown within the parser, and caught in parseConsole. */
export class ParseProblem extends Error {
  readonly hint: string;
  readonly position: number;

  constructor(message: string, hint: string, position: number) {
    super(message);
    this.hint = hint;
    this.position = position;
  }
}

/** The words of a line, taken one after the other. */
export class Words {
  #tokens: readonly ConsoleToken[];
  readonly #line: string;
  readonly #end: number;
  #at = 0;

  constructor(tokens: readonly ConsoleToken[], line: string) {
    this.#tokens = tokens;
    this.#line = line;
    this.#end = line.trimEnd().length;
  }

  /** Splits the rest at a character with a meaning in this command: `n1|n2` into `n1`, `|`, `n2`. */
  splitAt(separator: string): void {
    this.#tokens = this.#tokens.flatMap((token, index) =>
      index < this.#at || token.quoted ? [token] : splitToken(token, separator));
  }

  peek(): ConsoleToken | undefined {
    return this.#tokens[this.#at];
  }

  /** @throws {ParseProblem} when there is no further word */
  take(what: string, usage: string): ConsoleToken {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new ParseProblem(`${what} is missing`, usage, this.#end);
    this.#at += 1;
    return token;
  }

  /**
   * Takes the rest of the line as it was written, quotes included.
   * @throws {ParseProblem} when there is none
   */
  takeRest(what: string, usage: string): { readonly text: string; readonly from: number } {
    const { from } = this.take(what, usage);
    this.#at = this.#tokens.length;
    return { text: this.#line.slice(from, this.#end), from };
  }

  /** @throws {ParseProblem} when the next word is none of `choices` */
  takeOneOf<Choice extends string>(choices: readonly Choice[], what: string, usage: string): Choice {
    const { text, from } = this.take(what, usage);
    const choice = choices.find((candidate) => candidate === text);
    if (choice !== undefined) return choice;
    const list = [choices.slice(0, -1).join(', '), ...choices.slice(-1)].filter((part) => part !== '').join(' or ');
    throw new ParseProblem(`${quoted(text)} is not ${list}`, usage, from);
  }

  /** @throws {ParseProblem} when there are words left */
  end(usage: string, advice = ''): void {
    const token = this.#tokens[this.#at];
    if (token === undefined) return;
    throw new ParseProblem(`${quoted(token.text)} is one word too many`, advice || usage, token.from);
  }
}

function splitToken(token: ConsoleToken, separator: string): ConsoleToken[] {
  let from = token.from;
  return token.text.split(new RegExp(`(\\${separator})`)).flatMap((text) => {
    const part = { text, from, to: from + text.length, quoted: false };
    from = part.to;
    return text === '' ? [] : [part];
  });
}

export function nodeTarget(token: ConsoleToken, usage: string): NodeTarget {
  if (token.text === 'leader' || isNodeName(token.text)) return token.text;
  throw new ParseProblem(`${quoted(token.text)} is not a node (n1, n2 … or leader)`, usage, token.from);
}

/** Takes the word `all` where it stands for the nodes or messages, and then stands alone. */
export function isAll(words: Words, usage: string): boolean {
  if (words.peek()?.text !== 'all') return false;
  words.take('', usage);
  words.end(usage);
  return true;
}

export function severalNodes(words: Words, usage: string): NodeTarget[] {
  const nodes = [nodeTarget(words.take('the node', usage), usage)];
  for (let token = words.peek(); token !== undefined; token = words.peek()) {
    const node = nodeTarget(words.take('the node', usage), usage);
    if (nodes.includes(node)) throw new ParseProblem(`${node} is named twice`, usage, token.from);
    if (nodes.length === LAB_NODES_MAX) throw new ParseProblem('a lab has fewer nodes than these', usage, token.from);
    nodes.push(node);
  }
  return nodes;
}

/** Rules, with spaces or commas between them. */
export function severalRules(words: Words, usage: string): RuleName[] {
  words.splitAt(',');
  const rules = new Set<RuleName>();
  do {
    rules.add(words.takeOneOf(RULE_NAMES, 'the rule', usage));
    while (words.peek()?.text === ',') words.take('', usage);
  } while (words.peek() !== undefined);
  return [...rules];
}

export function groupsOf(words: Words, usage: string): NodeTarget[][] {
  words.splitAt('|');
  const groups: NodeTarget[][] = [[]];
  const named = new Set<NodeTarget>();
  let token = words.take('a group of nodes', usage);
  for (;;) {
    const group = groups.at(-1) ?? [];
    if (token.text === '|') {
      if (group.length === 0) throw new ParseProblem('a node is missing before this |', usage, token.from);
      groups.push([]);
    } else {
      const node = nodeTarget(token, usage);
      if (named.has(node)) throw new ParseProblem(`${node} is named twice: it is on one side only`, usage, token.from);
      named.add(node);
      group.push(node);
    }
    if (words.peek() === undefined) break;
    token = words.take('', usage);
  }
  if (groups.at(-1)?.length === 0) throw new ParseProblem('a node is missing after the last |', usage, token.from);
  return groups;
}

export function linkOf(words: Words, usage: string): { from: NodeTarget; to: NodeTarget; bothWays: boolean } {
  words.splitAt('>');
  const from = nodeTarget(words.take('the first node', usage), usage);
  const isOneWay = words.peek()?.text === '>';
  if (isOneWay) words.take('', usage);
  const second = words.take('the second node', usage);
  const to = nodeTarget(second, usage);
  if (to === from) throw new ParseProblem(`${from} has no link to itself`, usage, second.from);
  return { from, to, bothWays: !isOneWay };
}

/** The link at the beginning of what is left; null where no node stands there. */
export function linkIfAny(words: Words, usage: string): ReturnType<typeof linkOf> | null {
  words.splitAt('>');
  const first = words.peek()?.text ?? '';
  return first === 'leader' || isNodeName(first) ? linkOf(words, usage) : null;
}

/** Kinds of messages, whatever their case; none: all kinds. */
export function kindsOf(words: Words, usage: string): MessageKind[] {
  const kinds: MessageKind[] = [];
  for (let token = words.peek(); token !== undefined; token = words.peek()) {
    const { text, from } = words.take('the kind', usage);
    const kind = messageKind.options.find((name) => name.toLowerCase() === text.toLowerCase());
    if (kind === undefined) {
      const names = messageKind.options.join(', ');
      throw new ParseProblem(`${quoted(text)} is not a kind of message (${names})`, usage, from);
    }
    if (!kinds.includes(kind)) kinds.push(kind);
  }
  return kinds;
}

/** The number of a held message, of its short name `m3`. */
export function messageNumber(token: ConsoleToken, usage: string): number {
  const number = Number(/^m([1-9]\d{0,14})$/.exec(token.text)?.[1]);
  if (Number.isSafeInteger(number)) return number;
  throw new ParseProblem(`${quoted(token.text)} is not a held message (m1, m2 …)`, usage, token.from);
}

export function keyOf(token: ConsoleToken, usage: string): string {
  if (token.text === '') throw new ParseProblem('the key is empty', usage, token.from);
  return checkedText(token, 'the key', KEY_BYTES_MAX);
}

export function valueOf(token: ConsoleToken): string {
  return checkedText(token, 'the value', VALUE_BYTES_MAX);
}

export function checkedText(token: ConsoleToken, what: string, bytesMax: number): string {
  const bytes = utf8Length(token.text);
  if (bytes > bytesMax) {
    throw new ParseProblem(`${what} has ${bytes} bytes`, `at most ${bytesMax}`, token.from);
  }
  if (isCanonical(token.text)) return token.text;
  throw new ParseProblem(`${what} holds half a character`, String.raw`leave it out; \xHH writes a byte`, token.from);
}

export function wholeNumber(token: ConsoleToken, usage: string): number {
  const number = /^[+-]?\d+$/.test(token.text) ? Number(token.text) : NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new ParseProblem(`${quoted(token.text)} is not a whole number`, usage, token.from);
}

export function numberWithin(token: ConsoleToken, min: number, max: number, usage: string): number {
  const number = /^\d+(\.\d+)?$/.test(token.text) ? Number(token.text) : NaN;
  if (number >= min && number <= max) return number;
  throw new ParseProblem(`${quoted(token.text)} is not a number from ${min} to ${max}`, usage, token.from);
}

const DURATION_UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000 };

/** A length of time in milliseconds: `200ms`, `5s`, `2min`. @throws {ParseProblem} */
export function durationOf({ text, from }: Pick<ConsoleToken, 'text' | 'from'>, maxMs: number, usage: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|min)$/.exec(text) ?? [];
  const ms = number === '' ? NaN : Number(number) * (DURATION_UNITS_MS[unit] ?? NaN);
  if (ms <= maxMs) return ms;
  const complaint = Number.isNaN(ms) ? 'is not a duration such as 5s, 200ms or 2min' : 'is too long: at most a day';
  throw new ParseProblem(`${quoted(text)} ${complaint}`, usage, from);
}
