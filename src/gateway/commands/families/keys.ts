/** Commands about keys: whether they are there, what they hold, and several of them at once. */
import type { ReadKind } from '../../../contract/answers.ts';
import { CommandError } from '../command.ts';
import type { Call, Command, CommandMode } from '../command.ts';
import { integerReply, valueReply } from '../replies.ts';
import { keyOf } from '../words.ts';

/** The most keys of one command. */
const KEYS_MAX = 256;
/** The most that their values may take together, in UTF-16 units. */
const VALUES_LENGTH_MAX = 32 * 1024 * 1024;
/** How often several keys are read, until all answers are of one moment. */
const TRIES_MAX = 8;

function keysOf(call: Call): string[] {
  const count = call.words.length - 1;
  if (count > KEYS_MAX) {
    throw new CommandError(`ERR ${count} keys are too many: Raftlab reads at most ${KEYS_MAX} at once`);
  }
  return Array.from({ length: count }, (_, at) => keyOf(call, at + 1));
}

type Values = readonly (string | null)[];

/**
 * Reads several keys as of one moment. The cluster reads one key at a time, so the answers are of one moment only if
 * the node had applied the same entries for all of them; otherwise all are read again.
 */
function readTogether(call: Call, keys: readonly string[], done: (values: Values) => void, tries = 1): void {
  const values = new Array<string | null>(keys.length).fill(null);
  const indexes = new Set<number>();
  let missing = keys.length;
  const kind: ReadKind = call.client.readsStale ? 'stale' : 'read-index';
  keys.forEach((key, at) => call.ask({ op: 'get', key }, ({ result, index }) => {
    values[at] = result.type === 'value' ? result.value : null;
    indexes.add(index);
    missing -= 1;
    if (missing > 0) {
      return;
    }
    if (indexes.size === 1) {
      done(values);
    } else if (tries < TRIES_MAX) {
      readTogether(call, keys, done, tries + 1);
    } else {
      call.fail('TRYAGAIN others wrote all the time: the keys could not be read as of one moment');
    }
  }, kind));
}

function mget(call: Call): void {
  readTogether(call, keysOf(call), (values) => {
    const length = values.reduce((sum, value) => sum + (value?.length ?? 0), 0);
    if (length > VALUES_LENGTH_MAX) {
      call.fail('ERR the values are too long for one answer: ask for fewer keys at once');
      return;
    }
    call.answer((writer) => {
      writer.array(values.length);
      for (const value of values) {
        valueReply(value)(writer);
      }
    });
  });
}

function exists(call: Call): void {
  if (call.words.length === 2) {
    askWhether(call, (isThere) => call.answer(integerReply(isThere ? 1 : 0)));
    return;
  }
  readTogether(call, keysOf(call), (values) => {
    call.answer(integerReply(values.filter((value) => value !== null).length));
  });
}

/** One key is read beside others; several are read alone, because they may have to be read again. */
function modeOfSeveral(words: readonly Buffer[]): CommandMode {
  return words.length > 2 ? 'alone' : 'read';
}

function askWhether(call: Call, done: (isThere: boolean) => void): void {
  call.ask({ op: 'get', key: keyOf(call) }, ({ result }) => done(result.type === 'value' && result.value !== null));
}

/** No key has a time to live: -1, and -2 where there is no key, as in Redis. */
function timeToLive(call: Call): void {
  askWhether(call, (isThere) => call.answer(integerReply(isThere ? -1 : -2)));
}

function type(call: Call): void {
  askWhether(call, (isThere) => call.answer((writer) => writer.simple(isThere ? 'string' : 'none')));
}

function del(call: Call): void {
  if (call.words.length > 2) {
    throw new CommandError('ERR only one key at once: each deletion is an entry of the log, and others could see some '
      + 'done and some not. Send one command for each key, in one pipeline');
  }
  call.ask({ op: 'delete', key: keyOf(call) }, ({ result }) => {
    call.answer(integerReply(result.type === 'deleted' && result.previous !== null ? 1 : 0));
  });
}

const ONE_KEY = { keys: { first: 1, last: 1 }, group: 'generic' } as const;
const SEVERAL_KEYS = { keys: { first: 1, last: -1 }, modeOf: modeOfSeveral, access: 'read' } as const;

export const KEY_COMMANDS: readonly Command[] = [
  {
    ...SEVERAL_KEYS, group: 'string', name: 'mget', arity: -2, mode: 'alone', syntax: 'key [key]',
    summary: 'The values of keys, all as of one moment.', run: mget,
  },
  {
    ...SEVERAL_KEYS, group: 'generic', name: 'exists', arity: -2, mode: 'alone', syntax: 'key [key]',
    summary: 'How many of the keys exist.', run: exists,
  },
  { ...ONE_KEY, name: 'del', arity: -2, mode: 'write', syntax: 'key', summary: 'Deletes a key.', run: del },
  { ...ONE_KEY, name: 'unlink', arity: -2, mode: 'write', syntax: 'key', summary: 'Deletes a key.', run: del },
  { ...ONE_KEY, name: 'type', arity: 2, mode: 'read', syntax: 'key', summary: 'string, or none.', run: type },
  ...['ttl', 'pttl', 'expiretime', 'pexpiretime'].map((name): Command => ({
    ...ONE_KEY, name, arity: 2, mode: 'read', syntax: 'key',
    summary: '-1: no key expires. -2: there is no such key.', run: timeToLive,
  })),
  {
    ...ONE_KEY, name: 'persist', arity: 2, mode: 'local', syntax: 'key', summary: '0: no key expires.',
    run: (call) => call.answer(integerReply(0)),
  },
];
