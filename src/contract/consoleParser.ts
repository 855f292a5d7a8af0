/** The console's grammar: a line to a command, or what is wrong with it and where. */
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from '../kv/commands.ts';
import type { KvCommand, KvOperation } from '../kv/commands.ts';
import { isWellFormedText, utf8Length } from '../kv/text.ts';
import { isNodeName } from '../trace/names.ts';
import { LAB_NODES_MAX, LINK_DELAY_MS_MAX } from './commands.ts';
import { COMMAND_WORDS, helpOf, isCommandWord, isDataWord } from './consoleCommands.ts';
import type { CommandWord, ConsoleCommand, NodeTarget } from './consoleCommands.ts';
import { tokenize } from './consoleTokens.ts';
import type { ConsoleToken } from './consoleTokens.ts';

/** How many pairs a `list` typed into a console asks for. */
export const CONSOLE_LIST_LIMIT = 100;

export type ParsedLine =
  | { readonly ok: true; readonly command: ConsoleCommand }
  | {
      readonly ok: false;
      /** What is wrong, in a clause. */
      readonly message: string;
      /** What to write instead; may be empty. */
      readonly hint: string;
      /** Where in the line, in UTF-16 units; the line's length where something is missing at its end. */
      readonly position: number;
    };

/** Understands one line of the console. Never throws. */
export function parseConsole(line: string): ParsedLine {
  const tokens = tokenize(line);
  if ('message' in tokens) return { ok: false, ...tokens };
  try {
    return { ok: true, command: parseTokens(new Words(tokens, line)) };
  } catch (problem) {
    if (!(problem instanceof ParseProblem)) throw problem;
    return { ok: false, message: problem.message, hint: problem.hint, position: problem.position };
  }
}

/** Thrown within the parser, and caught in parseConsole. */
class ParseProblem extends Error {
  readonly hint: string;
  readonly position: number;

  constructor(message: string, hint: string, position: number) {
    super(message);
    this.hint = hint;
    this.position = position;
  }
}

/** The words of a line, taken one after the other. */
class Words {
  #tokens: readonly ConsoleToken[];
  readonly #end: number;
  #at = 0;

  constructor(tokens: readonly ConsoleToken[], line: string) {
    this.#tokens = tokens;
    this.#end = line.trimEnd().length;
  }

  /** Cuts the rest at a character that means something in this command: `n1|n2` into `n1`, `|`, `n2`. */
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

  /** @throws {ParseProblem} when there are words left */
  end(usage: string, advice = ''): void {
    const token = this.#tokens[this.#at];
    if (token === undefined) return;
    throw new ParseProblem(`${JSON.stringify(token.text)} is one word too many`, advice || usage, token.from);
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

function parseTokens(words: Words): ConsoleCommand {
  const first = words.take('a command', 'help lists them');
  if (first.text.startsWith('@') && !first.quoted) {
    const node = nodeTarget({ ...first, text: first.text.slice(1) }, '@n1 get KEY');
    const word = words.take('a command', '@n1 get KEY');
    if (!isDataWord(word.text)) {
      const hint = 'get, put, delete, cas, incr or list';
      throw new ParseProblem(`@${node} goes with a command about data`, hint, word.from);
    }
    return { type: 'kv', node, command: parseData(word.text, words) };
  }
  if (!isCommandWord(first.text)) {
    throw new ParseProblem(`there is no command ${JSON.stringify(first.text)}`, suggestion(first.text), first.from);
  }
  if (isDataWord(first.text)) return { type: 'kv', node: null, command: parseData(first.text, words) };
  return parseLabCommand(first.text, words);
}

function parseData(word: KvOperation, words: Words): KvCommand {
  const { usage } = helpOf(word);
  const quoteAdvice = 'put a text with spaces in quotes';
  switch (word) {
    case 'get':
    case 'delete': {
      const key = keyOf(words.take('the key', usage), usage);
      words.end(usage, quoteAdvice);
      return { op: word, key };
    }
    case 'put': {
      const key = keyOf(words.take('the key', usage), usage);
      const value = valueOf(words.take('the value', usage));
      words.end(usage, quoteAdvice);
      return { op: 'put', key, value };
    }
    case 'cas': {
      const key = keyOf(words.take('the key', usage), usage);
      const expectedToken = words.take('the expected value', `${usage}; - stands for absent`);
      const isAbsent = expectedToken.text === '-' && !expectedToken.quoted;
      const expected = isAbsent ? null : valueOf(expectedToken);
      const value = valueOf(words.take('the new value', usage));
      words.end(usage, quoteAdvice);
      return { op: 'cas', key, expected, value };
    }
    case 'incr': {
      const key = keyOf(words.take('the key', usage), usage);
      const by = words.peek() === undefined ? 1 : wholeNumber(words.take('the number', usage), usage);
      words.end(usage);
      return { op: 'incr', key, by };
    }
    case 'list': {
      const prefix = words.peek() === undefined ? '' : words.take('the prefix', usage);
      const text = typeof prefix === 'string' ? prefix : checkedText(prefix, 'the prefix', KEY_BYTES_MAX);
      words.end(usage, quoteAdvice);
      return { op: 'list', prefix: text, limit: CONSOLE_LIST_LIMIT };
    }
  }
}

function parseLabCommand(word: Exclude<CommandWord, KvOperation>, words: Words): ConsoleCommand {
  const { usage } = helpOf(word);
  switch (word) {
    case 'use': {
      const node = nodeTarget(words.take('the node', usage), usage);
      words.end(usage);
      return { type: 'use', node };
    }
    case 'crash':
    case 'restart':
    case 'pause':
    case 'resume':
    case 'wipe':
      return { type: 'node', action: word, nodes: severalNodes(words, usage) };
    case 'partition':
      return { type: 'partition', groups: groupsOf(words, usage) };
    case 'cut':
    case 'join': {
      const link = linkOf(words, usage);
      words.end(usage);
      return { type: word, ...link };
    }
    case 'loss': {
      const link = linkOf(words, usage);
      const percent = numberWithin(words.take('the percentage', usage), 0, 100, usage);
      words.end(usage);
      return { type: 'loss', ...link, percent };
    }
    case 'delay': {
      const link = linkOf(words, usage);
      const delayMs = numberWithin(words.take('the milliseconds', usage), 0, LINK_DELAY_MS_MAX, usage);
      const jitter = words.peek();
      const jitterMs = jitter === undefined ? 0 : numberWithin(words.take('', usage), 0, LINK_DELAY_MS_MAX, usage);
      words.end(usage);
      return { type: 'delay', ...link, delayMs, jitterMs };
    }
    case 'pace': {
      const { text, from } = words.take('the pace', usage);
      if (text !== 'fast' && text !== 'class' && text !== 'slow') {
        throw new ParseProblem(`there is no pace ${JSON.stringify(text)}`, usage, from);
      }
      words.end(usage);
      return { type: 'pace', pace: text };
    }
    case 'help': {
      const topic = words.peek() === undefined ? null : words.take('', usage);
      if (topic !== null && !isCommandWord(topic.text)) {
        throw new ParseProblem(`there is no command ${JSON.stringify(topic.text)}`, suggestion(topic.text), topic.from);
      }
      words.end(usage);
      return { type: 'help', topic: topic === null || !isCommandWord(topic.text) ? null : topic.text };
    }
    case 'heal':
    case 'reset':
    case 'status':
    case 'clear':
    case 'quit':
      words.end(usage);
      return { type: word };
  }
}

function nodeTarget(token: ConsoleToken, usage: string): NodeTarget {
  if (token.text === 'leader' || isNodeName(token.text)) return token.text;
  throw new ParseProblem(`${JSON.stringify(token.text)} is no node (n1, n2 … or leader)`, usage, token.from);
}

function severalNodes(words: Words, usage: string): NodeTarget[] {
  const nodes = [nodeTarget(words.take('the node', usage), usage)];
  for (let token = words.peek(); token !== undefined; token = words.peek()) {
    const node = nodeTarget(words.take('the node', usage), usage);
    if (nodes.includes(node)) throw new ParseProblem(`${node} is named twice`, usage, token.from);
    if (nodes.length === LAB_NODES_MAX) throw new ParseProblem('these are too many nodes', usage, token.from);
    nodes.push(node);
  }
  return nodes;
}

function groupsOf(words: Words, usage: string): NodeTarget[][] {
  words.splitAt('|');
  const groups: NodeTarget[][] = [[]];
  const named = new Set<NodeTarget>();
  let token = words.take('a group of nodes', usage);
  for (;;) {
    const group = groups.at(-1) ?? [];
    if (token.text === '|') {
      if (group.length === 0) throw new ParseProblem('there is no node in front of this |', usage, token.from);
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
  if (groups.at(-1)?.length === 0) throw new ParseProblem('there is no node behind the last |', usage, token.from);
  return groups;
}

function linkOf(words: Words, usage: string): { from: NodeTarget; to: NodeTarget; bothWays: boolean } {
  words.splitAt('>');
  const from = nodeTarget(words.take('the first node', usage), usage);
  const isOneWay = words.peek()?.text === '>';
  if (isOneWay) words.take('', usage);
  const second = words.take('the second node', usage);
  const to = nodeTarget(second, usage);
  if (to === from) throw new ParseProblem(`${from} has no link to itself`, usage, second.from);
  return { from, to, bothWays: !isOneWay };
}

function keyOf(token: ConsoleToken, usage: string): string {
  if (token.text === '') throw new ParseProblem('the key is empty', usage, token.from);
  return checkedText(token, 'the key', KEY_BYTES_MAX);
}

function valueOf(token: ConsoleToken): string {
  return checkedText(token, 'the value', VALUE_BYTES_MAX);
}

function checkedText(token: ConsoleToken, what: string, bytesMax: number): string {
  const bytes = utf8Length(token.text);
  if (bytes > bytesMax) {
    throw new ParseProblem(`${what} has ${bytes} bytes in UTF-8`, `at most ${bytesMax}`, token.from);
  }
  if (isWellFormedText(token.text)) return token.text;
  throw new ParseProblem(`${what} holds half a character`, 'leave it out', token.from);
}

function wholeNumber(token: ConsoleToken, usage: string): number {
  const number = /^[+-]?\d+$/.test(token.text) ? Number(token.text) : NaN;
  if (Number.isSafeInteger(number)) return number;
  throw new ParseProblem(`${JSON.stringify(token.text)} is no whole number`, usage, token.from);
}

function numberWithin(token: ConsoleToken, min: number, max: number, usage: string): number {
  const number = /^\d+(\.\d+)?$/.test(token.text) ? Number(token.text) : NaN;
  if (number >= min && number <= max) return number;
  throw new ParseProblem(`${JSON.stringify(token.text)} is no number within ${min}..${max}`, usage, token.from);
}

/** The command that was probably meant. */
function suggestion(text: string): string {
  const near = COMMAND_WORDS.find((word) => text.length > 1 && word.startsWith(text))
    ?? COMMAND_WORDS.find((word) => editDistance(word, text) <= Math.min(2, text.length / 3));
  return near === undefined ? 'help lists the commands' : `did you mean ${near}?`;
}

/** How many letters have to be changed, added or left out (Levenshtein). Only for words of a command's length. */
function editDistance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 2) return Infinity;
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? Infinity;
}
