/** Commands on the value of one key. Most are one request to the cluster, and so one entry of its log. */
import { bytesOfText } from '../../../kv/index.ts';
import { CommandError } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { integerReply, NULL, valueReply } from '../replies.ts';
import { modeOfSet, set } from './set.ts';
import { integerOf, keyOf, valueOf } from '../words.ts';

function get(call: Call): void {
  call.ask({ op: 'get', key: keyOf(call) }, ({ result }) => {
    call.answer(valueReply(result.type === 'value' ? result.value : null));
  });
}

function strlen(call: Call): void {
  call.ask({ op: 'get', key: keyOf(call) }, ({ result }) => {
    const value = result.type === 'value' ? result.value : null;
    call.answer(integerReply(value === null ? 0 : bytesOfText(value).length));
  });
}

function setnx(call: Call): void {
  call.ask({ op: 'cas', key: keyOf(call), expected: null, value: valueOf(call, 2) }, ({ result }) => {
    call.answer(integerReply(result.type === 'compared' && result.swapped ? 1 : 0));
  });
}

function getset(call: Call): void {
  call.ask({ op: 'put', key: keyOf(call), value: valueOf(call, 2) }, ({ result }) => {
    call.answer(valueReply(result.type === 'written' ? result.previous : null));
  });
}

function getdel(call: Call): void {
  call.ask({ op: 'delete', key: keyOf(call) }, ({ result }) => {
    call.answer(valueReply(result.type === 'deleted' ? result.previous : null));
  });
}

function increment(call: Call, by: number): void {
  call.ask({ op: 'incr', key: keyOf(call), by }, ({ result }) => {
    call.answer(result.type === 'number' ? integerReply(result.value) : NULL);
  });
}

/** GETEX without options is GET; with one, it would expire the key. */
function getex(call: Call): void {
  if (call.words.length > 2) {
    throw new CommandError('ERR GETEX takes no options here: nothing expires by a clock, because the clocks of the '
      + 'nodes differ');
  }
  get(call);
}

const ONE_KEY = { first: 1, last: 1 };
const STRING = { keys: ONE_KEY, group: 'string' } as const;

export const STRING_COMMANDS: readonly Command[] = [
  { ...STRING, name: 'get', arity: 2, mode: 'read', syntax: 'key', summary: 'The value of a key.', run: get },
  { ...STRING, name: 'getex', arity: -2, mode: 'read', syntax: 'key', summary: 'The value of a key.', run: getex },
  {
    ...STRING, name: 'strlen', arity: 2, mode: 'read', syntax: 'key', summary: 'The length of a value in bytes.',
    run: strlen,
  },
  {
    ...STRING, name: 'set', arity: -3, mode: 'write', modeOf: modeOfSet,
    syntax: 'key value [NX|XX|IFEQ value] [GET] [KEEPTTL]', summary: 'Writes the value of a key.', run: set,
  },
  {
    ...STRING, name: 'setnx', arity: 3, mode: 'write', syntax: 'key value',
    summary: 'Writes the value of a key that is absent.', run: setnx,
  },
  {
    ...STRING, name: 'getset', arity: 3, mode: 'write', syntax: 'key value',
    summary: 'Writes the value of a key and answers the one before.', run: getset,
  },
  {
    ...STRING, name: 'getdel', arity: 2, mode: 'write', syntax: 'key',
    summary: 'Deletes a key and answers its value.', run: getdel,
  },
  {
    ...STRING, name: 'incr', arity: 2, mode: 'write', syntax: 'key', summary: 'Adds 1 to a whole number.',
    run: (call) => increment(call, 1),
  },
  {
    ...STRING, name: 'decr', arity: 2, mode: 'write', syntax: 'key', summary: 'Takes 1 from a whole number.',
    run: (call) => increment(call, -1),
  },
  {
    ...STRING, name: 'incrby', arity: 3, mode: 'write', syntax: 'key increment', summary: 'Adds to a whole number.',
    run: (call) => increment(call, integerOf(call, 2)),
  },
  {
    ...STRING, name: 'decrby', arity: 3, mode: 'write', syntax: 'key decrement', summary: 'Takes from a whole number.',
    run: (call) => increment(call, -integerOf(call, 2)),
  },
];
