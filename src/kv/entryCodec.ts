/** What an entry of type `command` holds, as bytes: CBOR arrays that any CBOR viewer shows. See docs/wire.md. */
import { decodeCbor, encodeCbor } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';
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
      return [command.op, command.key];
    case 'put':
      return [command.op, command.key, command.value];
    case 'cas':
      return [command.op, command.key, command.expected, command.value];
    case 'incr':
      return [command.op, command.key, command.by];
    case 'list':
      return [command.op, command.prefix, command.limit];
  }
}

/** @param at how many words stand before the command's own */
function commandFromWords(words: readonly CborValue[], at: number): KvCommand | undefined {
  const count = words.length - at;
  const op = words[at];
  const key = words[at + 1];
  const first = words[at + 2];
  const second = words[at + 3];
  switch (op) {
    case 'get':
    case 'delete':
      return count === 2 && isKey(key) ? { op, key } : undefined;
    case 'put':
      return count === 3 && isKey(key) && isValue(first) ? { op, key, value: first } : undefined;
    case 'cas':
      return count === 4 && isKey(key) && (first === null || isValue(first)) && isValue(second)
        ? { op, key, expected: first, value: second }
        : undefined;
    case 'incr':
      return count === 3 && isKey(key) && isWhole(first) ? { op, key, by: first } : undefined;
    case 'list':
      return count === 3 && isText(key, KEY_BYTES_MAX) && isPositive(first) && first <= LIST_ENTRIES_MAX
        ? { op, prefix: key, limit: first }
        : undefined;
    default:
      return undefined;
  }
}

type Word = CborValue | undefined;

function isText(word: Word, bytesMax: number): word is string {
  return typeof word === 'string' && isWithinUtf8(word, bytesMax);
}

function isName(word: Word): word is string {
  return isText(word, CLIENT_BYTES_MAX) && word !== '';
}

function isKey(word: Word): word is string {
  return isText(word, KEY_BYTES_MAX) && word !== '';
}

function isValue(word: Word): word is string {
  return isText(word, VALUE_BYTES_MAX);
}

function isWhole(word: Word): word is number {
  return Number.isSafeInteger(word);
}

function isPositive(word: Word): word is number {
  return isWhole(word) && word >= 1;
}
