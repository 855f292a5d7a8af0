/** Commands on one key that are one request to the cluster. */
import type { Call, Command } from './command.ts';
import { OK, valueReply } from './replies.ts';
import { keyOf, valueOf } from './words.ts';

function get(call: Call): void {
  call.ask({ op: 'get', key: keyOf(call) }, ({ result }) => {
    call.answer(valueReply(result.type === 'value' ? result.value : null));
  });
}

function set(call: Call): void {
  call.ask({ op: 'put', key: keyOf(call), value: valueOf(call, 2) }, () => call.answer(OK));
}

const ONE_KEY = { first: 1, last: 1 };

export const STRING_COMMANDS: readonly Command[] = [
  {
    name: 'get', arity: 2, mode: 'read', keys: ONE_KEY, group: 'string', syntax: 'key',
    summary: 'The value of a key.', run: get,
  },
  {
    name: 'set', arity: 3, mode: 'write', keys: ONE_KEY, group: 'string', syntax: 'key value',
    summary: 'Writes the value of a key.', run: set,
  },
];
