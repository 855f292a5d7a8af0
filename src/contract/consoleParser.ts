/** The console's grammar: parses a line into a command, or says what is wrong and where. */
import { KEY_BYTES_MAX } from '../kv/commands.ts';
import type { KvCommand, KvOperation } from '../kv/commands.ts';
import { DOOR_CHANGES } from '../trace/door.ts';
import { quoted } from '../trace/quoted.ts';
import { VARIANT_PRESETS } from '../trace/variant.ts';
import type { ReadKind } from './answers.ts';
import { LINK_DELAY_MS_MAX, readKindSchema } from './commands.ts';
import type { HeldAction } from './commands.ts';
import {
  checkedText, groupsOf, isAll, keyOf, kindsOf, linkIfAny, linkOf, messageNumber, nodeTarget, numberWithin,
  ParseProblem, severalNodes, severalRules, valueOf, wholeNumber, Words,
} from './consoleArguments.ts';
import { helpOf, isCommandWord, isDataWord, isTimeWord } from './consoleCommands.ts';
import type { CommandWord, ConsoleCommand, NodeTarget, TimeWord } from './consoleCommands.ts';
import { suggestion } from './consoleSuggestions.ts';
import { SEED_MAX } from './time.ts';
import { beginsWithNumber, parseNextOrder, parseTime } from './consoleTimeParser.ts';
import { tokenize } from './consoleTokens.ts';

/** How many pairs a `list` in the console requests. */
export const CONSOLE_LIST_LIMIT = 100;

export type ParsedLine =
  | { readonly ok: true; readonly command: ConsoleCommand }
  | {
      readonly ok: false;
      /** What is wrong, in a clause. */
      readonly message: string;
      /** What to write instead; may be empty. */
      readonly hint: string;
      /** Where in the line, in UTF-16 units; the line's length if something is missing at its end. */
      readonly position: number;
    };

/** Parses one line of the console. Never throws. */
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

function parseTokens(words: Words): ConsoleCommand {
  const first = words.take('a command', 'help lists them');
  if (first.text.startsWith('@') && !first.quoted) {
    const node = nodeTarget({ ...first, text: first.text.slice(1) }, '@n1 get KEY');
    const word = words.take('a command', '@n1 get KEY');
    if (!isDataWord(word.text)) {
      const hint = 'get, put, delete, cas, incr or list';
      throw new ParseProblem(`@${node} goes with a command about data`, hint, word.from);
    }
    return parseData(word.text, node, words);
  }
  if (!isCommandWord(first.text)) {
    throw new ParseProblem(`there is no command ${quoted(first.text)}`, suggestion(first.text), first.from);
  }
  if (isDataWord(first.text)) return parseData(first.text, null, words);
  if (isTimeWord(first.text)) return { type: 'time', order: parseTime(first.text, words, helpOf(first.text).usage) };
  return parseLabCommand(first.text, words);
}

const QUOTE_ADVICE = 'put a text with spaces in quotes';

function parseData(word: KvOperation, node: NodeTarget | null, words: Words): ConsoleCommand {
  if (word !== 'get' && word !== 'list') return { type: 'kv', node, command: parseWrite(word, words) };
  const { usage } = helpOf(word);
  let command: KvCommand;
  if (word === 'get') {
    command = { op: 'get', key: keyOf(words.take('the key', usage), usage) };
  } else {
    const prefix = words.peek() === undefined ? undefined : words.take('the prefix', usage);
    const text = prefix === undefined ? '' : checkedText(prefix, 'the prefix', KEY_BYTES_MAX);
    command = { op: 'list', prefix: text, limit: CONSOLE_LIST_LIMIT };
  }
  const read = words.peek() === undefined ? undefined : readKindOf(words);
  words.end(usage, QUOTE_ADVICE);
  return { type: 'kv', node, command, ...(read === undefined ? {} : { read }) };
}

function readKindOf(words: Words): ReadKind {
  const token = words.take('the kind of read', '');
  const { success, data } = readKindSchema.safeParse(token.text);
  if (success) return data;
  const kinds = readKindSchema.options.join(', ');
  throw new ParseProblem(`${quoted(token.text)} is not a kind of read (${kinds})`, QUOTE_ADVICE, token.from);
}

function parseWrite(word: Exclude<KvOperation, 'get' | 'list'>, words: Words): KvCommand {
  const { usage } = helpOf(word);
  switch (word) {
    case 'delete': {
      const key = keyOf(words.take('the key', usage), usage);
      words.end(usage, QUOTE_ADVICE);
      return { op: 'delete', key };
    }
    case 'put': {
      const key = keyOf(words.take('the key', usage), usage);
      const value = valueOf(words.take('the value', usage));
      words.end(usage, QUOTE_ADVICE);
      return { op: 'put', key, value };
    }
    case 'cas': {
      const key = keyOf(words.take('the key', usage), usage);
      const expectedToken = words.take('the expected value', `${usage}; - stands for absent`);
      const isAbsent = expectedToken.text === '-' && !expectedToken.quoted;
      const expected = isAbsent ? null : valueOf(expectedToken);
      const value = valueOf(words.take('the new value', usage));
      words.end(usage, QUOTE_ADVICE);
      return { op: 'cas', key, expected, value };
    }
    case 'incr': {
      const key = keyOf(words.take('the key', usage), usage);
      const by = words.peek() === undefined ? 1 : wholeNumber(words.take('the number', usage), usage);
      words.end(usage);
      return { op: 'incr', key, by };
    }
  }
}

function parseLabCommand(word: Exclude<CommandWord, KvOperation | TimeWord>, words: Words): ConsoleCommand {
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
      if (isAll(words, usage)) return { type: 'node', action: word, nodes: 'all' };
      return { type: 'node', action: word, nodes: severalNodes(words, usage) };
    case 'wipe':
    case 'compact':
      return { type: 'node', action: word, nodes: severalNodes(words, usage) };
    case 'add': {
      const asLearner = words.peek() !== undefined;
      if (asLearner) words.takeOneOf(['learner'], 'the word', usage);
      words.end(usage);
      return { type: 'add', asLearner };
    }
    case 'remove':
    case 'promote':
    case 'demote':
    case 'replace': {
      const node = nodeTarget(words.take('the node', usage), usage);
      words.end(usage);
      return { type: 'membership', action: word, node };
    }
    case 'transfer': {
      const to = nodeTarget(words.take('the node', usage), usage);
      words.end(usage);
      return { type: 'transfer', to };
    }
    case 'forget-leader': {
      const node = nodeTarget(words.take('the node', usage), usage);
      words.end(usage);
      return { type: 'forget-leader', node };
    }
    case 'lease': {
      const enabled = words.takeOneOf(['on', 'off'], 'on or off', usage) === 'on';
      words.end(usage);
      return { type: 'lease', enabled };
    }
    case 'door': {
      const change = words.takeOneOf(DOOR_CHANGES, 'what the doors are to do', usage);
      words.end(usage);
      return { type: 'door', change };
    }
    case 'simulate': {
      const seed = words.peek() === undefined ? null : numberWithin(words.take('the seed', usage), 0, SEED_MAX, usage);
      words.end(usage);
      return { type: 'simulate', seed };
    }
    case 'hold': {
      if (words.peek() === undefined) return { type: 'time', order: { do: 'hold' } };
      if (isAll(words, usage)) return { type: 'hold', link: null, kinds: [] };
      const link = linkIfAny(words, usage);
      return { type: 'hold', link, kinds: kindsOf(words, usage) };
    }
    case 'release': {
      const link = words.peek() === undefined ? null : linkOf(words, usage);
      words.end(usage);
      return { type: 'release', link };
    }
    case 'deliver':
    case 'lose':
      if (isAll(words, usage)) return { type: 'held', action: word, message: 'all' };
      if (word === 'deliver' || !beginsWithNumber(words)) return heldMessage(word, words, usage);
      return { type: 'time', order: parseNextOrder(word, words, usage) };
    case 'double':
      if (beginsWithNumber(words)) return { type: 'time', order: parseNextOrder(word, words, usage) };
      return heldMessage(word, words, usage);
    case 'messages':
    case 'sessions': {
      const node = words.peek() === undefined ? null : nodeTarget(words.take('the node', usage), usage);
      words.end(usage);
      return { type: word, node };
    }
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
      if (beginsWithNumber(words)) return { type: 'time', order: parseNextOrder(word, words, usage) };
      const link = linkOf(words, usage);
      const delayMs = numberWithin(words.take('the milliseconds', usage), 0, LINK_DELAY_MS_MAX, usage);
      const jitter = words.peek();
      const jitterMs = jitter === undefined ? 0 : numberWithin(words.take('', usage), 0, LINK_DELAY_MS_MAX, usage);
      words.end(usage);
      return { type: 'delay', ...link, delayMs, jitterMs };
    }
    case 'pace': {
      const pace = words.takeOneOf(['fast', 'class', 'slow'], 'the pace', usage);
      words.end(usage);
      return { type: 'pace', pace };
    }
    case 'variant': {
      const preset = words.peek() === undefined ? undefined : words.takeOneOf(VARIANT_PRESETS, 'the variant', usage);
      words.end(usage);
      return preset === undefined ? { type: 'show-variant' } : { type: 'variant', preset };
    }
    case 'without':
    case 'with':
      return { type: 'rules', rules: severalRules(words, usage), on: word === 'with' };
    case 'help': {
      const topic = words.peek() === undefined ? null : words.take('', usage);
      if (topic !== null && !isCommandWord(topic.text)) {
        throw new ParseProblem(`there is no command ${quoted(topic.text)}`, suggestion(topic.text), topic.from);
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

function heldMessage(action: HeldAction, words: Words, usage: string): ConsoleCommand {
  const message = messageNumber(words.take('the message', usage), usage);
  words.end(usage);
  return { type: 'held', action, message };
}
