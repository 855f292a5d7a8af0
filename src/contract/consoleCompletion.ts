/** What may stand at a place in a console line. */
import { typedText } from '../kv/text.ts';
import { DOOR_CHANGES } from '../trace/door.ts';
import type { NodeName } from '../trace/names.ts';
import { messageKind } from '../trace/schemaParts.ts';
import { RULE_NAMES, VARIANT_PRESETS } from '../trace/variant.ts';
import { paceSchema, readKindSchema } from './commands.ts';
import { COMMAND_WORDS, helpOf, isCommandWord, isDataWord } from './consoleCommands.ts';
import type { ArgumentKind } from './consoleCommands.ts';
import { tokenize } from './consoleTokens.ts';
import { STEP_UNITS } from './time.ts';

/** What the console knows to complete names. */
export interface CompletionContext {
  readonly nodes: readonly NodeName[];
  readonly keys: readonly string[];
  /** The short names of the messages that are held. */
  readonly held: readonly string[];
}

/** Each of `texts` may replace the text from `from` to the cursor. */
export interface Completions {
  readonly from: number;
  readonly texts: readonly string[];
}

/** Kinds of arguments of which any number may stand at the end of a line. */
const REPEATED: readonly ArgumentKind[] = ['nodes', 'nodes-or-all', 'groups', 'held', 'rules'];

/** A long list helps nobody. */
const COMPLETIONS_MAX = 100;

/** The completions of the word that ends at the cursor; none within open quotes. Never throws. */
export function completions(line: string, cursor: number, context: CompletionContext): Completions {
  const before = line.slice(0, cursor);
  const tokens = tokenize(before);
  if ('message' in tokens) return { from: cursor, texts: [] };
  const last = tokens.at(-1);
  // The word being typed, or a new one after a space.
  const current = last?.to === before.length ? last : undefined;
  const from = current?.from ?? cursor;
  const written = before.slice(from);
  const words = tokens.filter((token) => token !== current).map((token) => token.text);
  const texts = candidates(words, written, context).filter((text) => text.startsWith(written) && text !== written);
  return { from, texts: texts.slice(0, COMPLETIONS_MAX) };
}

function candidates(words: readonly string[], written: string, context: CompletionContext): readonly string[] {
  const targets = [...context.nodes, 'leader'];
  const [first, ...rest] = words;
  if (first === undefined) {
    return written.startsWith('@') ? targets.map((node) => `@${node}`) : COMMAND_WORDS;
  }
  if (first.startsWith('@')) {
    const [word] = rest;
    return word === undefined ? COMMAND_WORDS.filter(isDataWord) : argumentTexts(word, rest.slice(1), context);
  }
  return argumentTexts(first, rest, context);
}

function argumentTexts(word: string, given: readonly string[], context: CompletionContext): readonly string[] {
  if (!isCommandWord(word)) return [];
  const { takes } = helpOf(word);
  const isUnit = takes[0] === 'unit'; // how many comes before it
  const position = given.filter((text) => text !== '>' && !(isUnit && /^\d/.test(text))).length;
  const last = takes.at(-1);
  const kind = takes[position] ?? (last !== undefined && REPEATED.includes(last) ? last : undefined);
  return kind === undefined ? [] : textsOf(kind, given, context);
}

function textsOf(
  kind: ArgumentKind, given: readonly string[], { nodes, keys, held }: CompletionContext,
): readonly string[] {
  const unnamed = [...nodes, 'leader'].filter((node) => !given.includes(node));
  switch (kind) {
    case 'key':
      return keys.map(typedText);
    case 'node':
    case 'nodes':
      return unnamed;
    case 'nodes-or-all':
      if (given.includes('all')) return [];
      return given.length === 0 ? [...unnamed, 'all'] : unnamed;
    case 'groups':
      return given.length > 0 && given.at(-1) !== '|' ? [...unnamed, '|'] : unnamed;
    case 'held':
      return heldTexts(given, unnamed, nodes);
    case 'message':
      return held;
    case 'message-or-all':
      return [...held, 'all'];
    case 'read':
      return readKindSchema.options;
    case 'learner':
      return ['learner'];
    case 'switch':
      return ['on', 'off'];
    case 'door':
      return DOOR_CHANGES;
    case 'pace':
      return paceSchema.options;
    case 'preset':
      return VARIANT_PRESETS;
    case 'rules':
      return RULE_NAMES.filter((rule) => !given.includes(rule));
    case 'command':
      return COMMAND_WORDS;
    case 'unit':
      return STEP_UNITS;
    case 'value':
    case 'number':
      return [];
  }
}

/** Two nodes, which may be left out, and then kinds of messages. */
function heldTexts(given: readonly string[], unnamed: readonly string[], nodes: readonly string[]): readonly string[] {
  const kinds = messageKind.options.filter((kind) => !given.includes(kind));
  const isNode = (text: string): boolean => text === 'leader' || nodes.some((node) => node === text);
  const named = given.filter(isNode).length;
  if (given.includes('all')) return [];
  if (given.length === 0) return [...unnamed, 'all', ...kinds];
  return named === 1 ? unnamed : kinds;
}
