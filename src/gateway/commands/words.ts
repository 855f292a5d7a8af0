/** The words of a command as keys, values and numbers, checked against the limits. */
import { KEY_BYTES_MAX, textOfBytes, VALUE_BYTES_MAX } from '../../kv/index.ts';
import { CommandError } from './command.ts';
import type { Call } from './command.ts';

const NOT_AN_INTEGER = 'ERR value is not an integer or out of range';

/** A word that the arity promises. */
export function wordOf(call: Call, at: number): Buffer {
  const word = call.words[at];
  if (word === undefined) {
    throw new CommandError('ERR syntax error');
  }
  return word;
}

/** An option's name, in capitals. */
export function optionOf(call: Call, at: number): string {
  return wordOf(call, at).toString('latin1').toUpperCase();
}

/** @throws {CommandError} when it is no key */
export function keyOf(call: Call, at = 1): string {
  const bytes = wordOf(call, at);
  if (bytes.length === 0) {
    throw new CommandError('ERR the key is empty: Raftlab takes none of these');
  }
  if (bytes.length > KEY_BYTES_MAX) {
    throw new CommandError(`ERR the key has ${bytes.length} bytes, and Raftlab takes at most ${KEY_BYTES_MAX}`);
  }
  return textOfBytes(bytes);
}

/** @throws {CommandError} when it is too long */
export function valueOf(call: Call, at: number): string {
  const bytes = wordOf(call, at);
  if (bytes.length > VALUE_BYTES_MAX) {
    throw new CommandError(`ERR the value has ${bytes.length} bytes, and Raftlab takes at most ${VALUE_BYTES_MAX}`);
  }
  return textOfBytes(bytes);
}

/** @throws {CommandError} when it is no whole number, or one that a JavaScript number does not hold exactly */
export function integerOf(call: Call, at: number): number {
  const text = wordOf(call, at).toString('latin1');
  const value = /^(0|-?[1-9]\d{0,15})$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) {
    throw new CommandError(NOT_AN_INTEGER);
  }
  return value;
}
