/** What an entry of type `command` holds, as bytes: CBOR arrays that any CBOR viewer shows. See docs/wire.md. */
import { decodeCbor, encodeCbor } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';
import { textFromCbor, textToCbor } from './cborText.ts';
import { CLIENT_BYTES_MAX, KEY_BYTES_MAX, LIST_ENTRIES_MAX, VALUE_BYTES_MAX } from './commands.ts';
import type { KvCommand, KvEntry } from './commands.ts';
import { isWithinUtf8 } from './text.ts';

/** An entry's bytes. An entry that breaks a limit is still encoded, and every node refuses it when it is applied. */
export function encodeKvEntry(entry: KvEntry): Uint8Array {
  if (entry.kind === 'register') {
    const limit = entry.dataBytesMax === undefined ? [] : [entry.dataBytesMax];
    return encodeCbor(['register', entry.client, entry.request, ...limit]);
  }
  if (entry.kind === 'plain') {
    const { client, request, dataBytesMax = null } = entry;
    return encodeCbor(['plain', client, request, dataBytesMax, ...commandToArray(entry.command)]);
  }
  const { client, session, sequence, acknowledgedBelow } = entry;
  return encodeCbor(['request', client, session, sequence, acknowledgedBelow, ...commandToArray(entry.command)]);
}

/**
 * Decodes an entry's bytes. Every node does this for every write, so it is checked by hand: a general schema takes
 * several times as long. The test compares both.
 * @returns undefined when the bytes are not an entry or break a limit; never throws
 */
export function decodeKvEntry(data: Uint8Array): KvEntry | undefined {
  const words = decodeCbor(data);
  if (!isArray(words)) return undefined;
  switch (words[0]) {
    case 'register':
      return registerFromWords(words);
    case 'request':
      return requestFromWords(words);
    case 'plain':
      return plainFromWords(words);
    default:
      return undefined;
  }
}

function isArray(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value);
}

function registerFromWords(words: readonly CborValue[]): KvEntry | undefined {
  const [kind, client, request, dataBytesMax] = words;
  if (kind !== 'register' || !isName(client) || !isName(request)) return undefined;
  if (words.length === 3) return { kind, client, request };
  return words.length === 4 && isPositive(dataBytesMax) ? { kind, client, request, dataBytesMax } : undefined;
}

function requestFromWords(words: readonly CborValue[]): KvEntry | undefined {
  const [kind, client, session, sequence, acknowledgedBelow] = words;
  if (kind !== 'request' || !isName(client) || !isPositive(session) || !isPositive(sequence)) return undefined;
  if (!isPositive(acknowledgedBelow) || acknowledgedBelow > sequence) return undefined;
  const command = commandFromWords(words, 5);
  return command && { kind, client, session, sequence, acknowledgedBelow, command };
}

function plainFromWords(words: readonly CborValue[]): KvEntry | undefined {
  const [kind, client, request, dataBytesMax] = words;
  if (kind !== 'plain' || !isName(client) || !isName(request)) return undefined;
  if (dataBytesMax !== null && !isPositive(dataBytesMax)) return undefined;
  const command = commandFromWords(words, 4);
  return command && { kind, client, request, ...(dataBytesMax === null ? {} : { dataBytesMax }), command };
}

function commandToArray(command: KvCommand): CborValue[] {
  switch (command.op) {
    case 'get':
    case 'delete':
      return [command.op, textToCbor(command.key)];
    case 'put':
      return [command.op, textToCbor(command.key), textToCbor(command.value)];
    case 'cas': {
      const expected = command.expected === null ? null : textToCbor(command.expected);
      return [command.op, textToCbor(command.key), expected, textToCbor(command.value)];
    }
    case 'incr':
      return [command.op, textToCbor(command.key), command.by];
    case 'list':
      return command.after === undefined
        ? [command.op, textToCbor(command.prefix), command.limit]
        : [command.op, textToCbor(command.prefix), command.limit, textToCbor(command.after)];
  }
}

/** @param at how many words stand before the command's own */
function commandFromWords(words: readonly CborValue[], at: number): KvCommand | undefined {
  const count = words.length - at;
  const op = words[at];
  const key = textFrom(words[at + 1], KEY_BYTES_MAX);
  const first = words[at + 2];
  const second = words[at + 3];
  if (op === 'list') {
    if (key === undefined || !isPositive(first) || first > LIST_ENTRIES_MAX) return undefined;
    if (count === 3) return { op, prefix: key, limit: first };
    const after = count === 4 ? textFrom(second, KEY_BYTES_MAX) : undefined;
    return after === undefined || after === '' ? undefined : { op, prefix: key, limit: first, after };
  }
  if (key === undefined || key === '') return undefined;
  switch (op) {
    case 'get':
    case 'delete':
      return count === 2 ? { op, key } : undefined;
    case 'put': {
      const value = textFrom(first, VALUE_BYTES_MAX);
      return count === 3 && value !== undefined ? { op, key, value } : undefined;
    }
    case 'cas': {
      const expected = first === null ? null : textFrom(first, VALUE_BYTES_MAX);
      const value = textFrom(second, VALUE_BYTES_MAX);
      return count === 4 && expected !== undefined && value !== undefined ? { op, key, expected, value } : undefined;
    }
    case 'incr':
      return count === 3 && isWhole(first) ? { op, key, by: first } : undefined;
    default:
      return undefined;
  }
}

type Word = CborValue | undefined;

/** A key or value of at most that many bytes. */
function textFrom(word: Word, bytesMax: number): string | undefined {
  if (word instanceof Uint8Array && word.length > bytesMax) return undefined;
  const text = textFromCbor(word);
  return text !== undefined && isWithinUtf8(text, bytesMax) ? text : undefined;
}

function isName(word: Word): word is string {
  return typeof word === 'string' && isWithinUtf8(word, CLIENT_BYTES_MAX) && word !== '';
}

function isWhole(word: Word): word is number {
  return Number.isSafeInteger(word);
}

function isPositive(word: Word): word is number {
  return isWhole(word) && word >= 1;
}
