/** What an entry of type `command` holds, as bytes: CBOR arrays that any CBOR viewer shows. See docs/wire.md. */
import { z } from 'zod';
import { decodeCbor, encodeCbor } from '../cbor/strict.ts';
import type { CborValue } from '../cbor/strict.ts';
import { CLIENT_BYTES_MAX, KEY_BYTES_MAX, LIST_ENTRIES_MAX, VALUE_BYTES_MAX } from './commands.ts';
import type { KvCommand, KvEntry } from './commands.ts';
import { utf8Length } from './text.ts';

// Compiled parsers would need new Function, which the window forbids; one setting for all rooms.
z.config({ jitless: true });

const textUpTo = (bytesMax: number) => z.string().refine((text) => utf8Length(text) <= bytesMax);
const nameSchema = textUpTo(CLIENT_BYTES_MAX).min(1);
const keySchema = textUpTo(KEY_BYTES_MAX).min(1);
const valueSchema = textUpTo(VALUE_BYTES_MAX);
const numberSchema = z.int().min(1);

const registerSchema = z.tuple([z.literal('register'), nameSchema, nameSchema]);
const requestSchema = z.tuple([z.literal('request'), nameSchema, numberSchema, numberSchema, numberSchema])
  .rest(z.unknown());
const commandSchema = z.union([
  z.tuple([z.literal('get'), keySchema]),
  z.tuple([z.literal('put'), keySchema, valueSchema]),
  z.tuple([z.literal('delete'), keySchema]),
  z.tuple([z.literal('cas'), keySchema, valueSchema.nullable(), valueSchema]),
  z.tuple([z.literal('incr'), keySchema, z.int()]),
  z.tuple([z.literal('list'), textUpTo(KEY_BYTES_MAX), numberSchema.max(LIST_ENTRIES_MAX)]),
]);

/** An entry's bytes. What breaks a limit is written all the same, and refused by every node when it is applied. */
export function encodeKvEntry(entry: KvEntry): Uint8Array {
  if (entry.kind === 'register') return encodeCbor(['register', entry.client, entry.request]);
  const { client, session, sequence, acknowledgedBelow } = entry;
  return encodeCbor(['request', client, session, sequence, acknowledgedBelow, ...commandToArray(entry.command)]);
}

/**
 * The entry in an entry's bytes.
 * @returns undefined when the bytes are no entry or break a limit; never throws
 */
export function decodeKvEntry(data: Uint8Array): KvEntry | undefined {
  const array = decodeCbor(data);
  const register = registerSchema.safeParse(array);
  if (register.success) {
    const [, client, request] = register.data;
    return { kind: 'register', client, request };
  }
  const head = requestSchema.safeParse(array);
  if (!head.success) return undefined;
  const [, client, session, sequence, acknowledgedBelow, ...rest] = head.data;
  const command = commandFromArray(rest);
  if (command === undefined || acknowledgedBelow > sequence) return undefined;
  return { kind: 'request', client, session, sequence, acknowledgedBelow, command };
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
  const { success, data } = commandSchema.safeParse(array);
  if (!success) return undefined;
  switch (data[0]) {
    case 'get':
    case 'delete':
      return { op: data[0], key: data[1] };
    case 'put':
      return { op: 'put', key: data[1], value: data[2] };
    case 'cas':
      return { op: 'cas', key: data[1], expected: data[2], value: data[3] };
    case 'incr':
      return { op: 'incr', key: data[1], by: data[2] };
    case 'list':
      return { op: 'list', prefix: data[1], limit: data[2] };
  }
}
