/** Answers and errors as the console shows them. */
import { bytesOfText, hasLoneSurrogate } from '../kv/bytes.ts';
import type { KvResult } from '../kv/commands.ts';
import { beginningOf, quoteText, typedText } from '../kv/text.ts';
import type { KvAnswer } from './answers.ts';
import type { LabErrorData } from './errors.ts';

/** `unknown` is not a failure: the command may still take effect. */
export type AnswerTone = 'ok' | 'note' | 'unknown' | 'error';

export interface AnswerWords {
  readonly tone: AnswerTone;
  /** The answer; may have several lines. */
  readonly text: string;
  /** Index, term, route and time, shown quietly after the text; may be empty. */
  readonly detail: string;
}

/** Longer values are cut on the screen, with their length. */
const VALUE_CHARACTERS_MAX = 2000;

/**
 * An answer with its route: `ok`, `index 17 · term 3 · n4 → n3 · 1.4 ms`.
 * @param valueCharactersMax where a value is cut; the values of a list are always cut
 */
export function describeAnswer(answer: KvAnswer, valueCharactersMax = VALUE_CHARACTERS_MAX): AnswerWords {
  const { route, tries, mayHaveAppliedTimes: copies, timing } = answer;
  const detail = [
    ...placeWords(answer),
    route.join(' → '),
    `${timing.totalMs.toFixed(1)} ms`,
    ...(tries > 1 && copies === undefined ? [`${tries} tries`] : []),
  ].join(' · ');
  const [text, tone = 'ok'] = describeResult(answer.result, (value) => valueText(value, valueCharactersMax));
  if (copies === undefined) return { tone, text, detail };
  return { tone: tone === 'ok' ? 'note' : tone, text: `${text} (${copiesWords(copies)})`, detail };
}

/** What a client must know of a write of which several copies were sent without a session (Raft §8). */
export function copiesWords(copies: number): string {
  const often = copies === 2 ? 'twice' : `up to ${copies} times`;
  return `sent ${copies} times without a session: it may be applied ${often}`;
}

/** The answer's place in the log; for a read without an entry, how its index was found. */
function placeWords({ index, term, read }: KvAnswer): readonly string[] {
  switch (read?.kind) {
    case undefined:
      return [`index ${index}`, `term ${term}`];
    case 'log':
      return [`through the log: index ${index}`, `term ${term}`];
    case 'stale':
      return [`stale: as of index ${index}, nobody else was asked`];
    case 'lease':
    case 'read-index': {
      const confirmations = { round: 'confirmed by a round', lease: 'from the lease', 'sole-voter': 'the only voter' };
      const batch = read.batchSize > 1 ? [`with ${read.batchSize - 1} other reads`] : [];
      const took = read.confirmedMs === null ? '' : ` in ${read.confirmedMs.toFixed(1)} ms`;
      const how = read.confirmedBy === null ? [] : [`${confirmations[read.confirmedBy]}${took}`];
      return [`read index ${read.readIndex ?? index}`, ...how, ...batch];
    }
  }
}

/** An error in words. What may still take effect is never called a failure. */
export function describeError(error: LabErrorData): AnswerWords {
  if (error.code !== 'unknown-outcome') return { tone: 'error', text: error.message, detail: '' };
  const says = /may still take effect/i.test(error.message);
  return { tone: 'unknown', text: says ? error.message : `${error.message} It may still take effect.`, detail: '' };
}

function describeResult(result: KvResult, say: (value: string) => string): readonly [text: string, tone?: AnswerTone] {
  switch (result.type) {
    case 'value':
      return result.value === null ? ['absent', 'note'] : [say(result.value)];
    case 'written':
      return [result.previous === null ? 'ok' : `ok, was ${say(result.previous)}`];
    case 'deleted':
      return result.previous === null ? ['ok, was absent', 'note'] : [`ok, was ${say(result.previous)}`];
    case 'compared': {
      if (result.swapped) return ['ok, swapped'];
      const there = result.actual === null ? 'is absent' : `holds ${say(result.actual)}`;
      return [`not swapped: the key ${there}`, 'note'];
    }
    case 'number':
      return [String(result.value)];
    case 'list': {
      const lines = result.entries.map(
        ({ key, value }) => `${typedText(key)} ${valueText(value, VALUE_CHARACTERS_MAX)}`,
      );
      if (lines.length === 0) return ['no keys', 'note'];
      return [result.truncated ? [...lines, '… and more: give a longer prefix'].join('\n') : lines.join('\n')];
    }
    case 'registered':
      return [`session ${result.session}`];
    case 'refused':
      return [result.message, 'error'];
  }
}

function valueText(value: string, charactersMax: number): string {
  if (value.length <= charactersMax) return quoteText(value);
  const length = hasLoneSurrogate(value) ? `${bytesOfText(value).length} bytes` : `${value.length} characters`;
  return `${quoteText(beginningOf(value, charactersMax))}… (${length})`;
}
