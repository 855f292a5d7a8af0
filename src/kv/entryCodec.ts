/** What an entry of type `command` holds, as bytes: CBOR arrays that any CBOR viewer shows. See docs/wire.md. */
import * as z from 'zod/mini';
import { decodeCbor, encodeCbor } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';
import { CLIENT_BYTES_MAX, KEY_BYTES_MAX, LIST_ENTRIES_MAX, VALUE_BYTES_MAX } from './commands.ts';
import type { KvCommand, KvEntry } from './commands.ts';
import { isWithinUtf8 } from './text.ts';

// Compiled parsers would need new Function, which the window forbids; one setting for all rooms.
z.config({ jitless: true });

const textUpTo = (bytesMax: number) => z.string().check(z.refine((text) => isWithinUtf8(text, bytesMax)));
const nameSchema = textUpTo(CLIENT_BYTES_MAX).check(z.minLength(1));
const keySchema = textUpTo(KEY_BYTES_MAX).check(z.minLength(1));
const valueSchema = textUpTo(VALUE_BYTES_MAX);
const numberSchema = z.int().check(z.minimum(1));

const registerSchema = z.tuple([z.literal('register'), nameSchema, nameSchema]);
const requestSchema = z.tuple(
  [z.literal('request'), nameSchema, numberSchema, numberSchema, numberSchema], z.unknown(),
);
const keyOnlySchema = z.tuple([z.unknown(), keySchema]);
const putSchema = z.tuple([z.unknown(), keySchema, valueSchema]);
const casSchema = z.tuple([z.unknown(), keySchema, z.nullable(valueSchema), valueSchema]);
const incrSchema = z.tuple([z.unknown(), keySchema, z.int()]);
const listSchema = z.tuple([
  z.unknown(), textUpTo(KEY_BYTES_MAX), numberSchema.check(z.maximum(LIST_ENTRIES_MAX)),
]);

/** An entry's bytes. What breaks a limit is written all the same, and refused by every node when it is applied. */
export function encodeKvEntry(entry: KvEntry): Uint8Array {
  if (entry.kind === 'register') return encodeCbor(['register', entry.client, entry.request]);
  const { client, session, sequence, acknowledgedBelow } = entry;
  return encodeCbor(['request', client, session, sequence, acknowledgedBelow, ...commandToArray(entry.command)]);
}

/**
 * The entry in an entry's bytes. Every node does this for every write, so the schema is chosen by the words that stand
 * first: trying one after the other takes ten times as long.
 * @returns undefined when the bytes are no entry or break a limit; never throws
 */
export function decodeKvEntry(data: Uint8Array): KvEntry | undefined {
  const array = decodeCbor(data);
  if (!isArray(array)) return undefined;
  switch (array[0]) {
    case 'register':
      return registerFromArray(array);
    case 'request':
      return requestFromArray(array);
    default:
      return undefined;
  }
}

function isArray(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value);
}

function registerFromArray(array: readonly CborValue[]): KvEntry | undefined {
  const { success, data } = registerSchema.safeParse(array);
  return success ? { kind: 'register', client: data[1], request: data[2] } : undefined;
}

function requestFromArray(array: readonly CborValue[]): KvEntry | undefined {
  const { success, data } = requestSchema.safeParse(array);
  if (!success) return undefined;
  const [kind, client, session, sequence, acknowledgedBelow, ...words] = data;
  const command = commandFromArray(words);
  if (command === undefined || acknowledgedBelow > sequence) return undefined;
  return { kind, client, session, sequence, acknowledgedBelow, command };
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

function commandFromArray(array: readonly unknown[]): KvCommand | undefined {
  const [op] = array;
  switch (op) {
    case 'get':
    case 'delete': {
      const { success, data } = keyOnlySchema.safeParse(array);
      return success ? { op, key: data[1] } : undefined;
    }
    case 'put': {
      const { success, data } = putSchema.safeParse(array);
      return success ? { op, key: data[1], value: data[2] } : undefined;
    }
    case 'cas': {
      const { success, data } = casSchema.safeParse(array);
      return success ? { op, key: data[1], expected: data[2], value: data[3] } : undefined;
    }
    case 'incr': {
      const { success, data } = incrSchema.safeParse(array);
      return success ? { op, key: data[1], by: data[2] } : undefined;
    }
    case 'list': {
      const { success, data } = listSchema.safeParse(array);
      return success ? { op, prefix: data[1], limit: data[2] } : undefined;
    }
    default:
      return undefined;
  }
}
