/** SET and its options. */
import { CommandError } from '../command.ts';
import type { Call, CommandMode } from '../command.ts';
import { NULL, OK, valueReply } from '../replies.ts';
import type { Reply } from '../../resp/replyWriter.ts';
import { keyOf, optionOf, valueOf } from '../words.ts';

const EXPIRING = ['EX', 'PX', 'EXAT', 'PXAT'];
/** How often SET XX compares and sets, when others keep changing the value. */
const TRIES_MAX = 8;

interface SetOptions {
  /** Undefined: whatever it was. */
  readonly only: 'NX' | 'XX' | { readonly ifEqual: string } | undefined;
  /** Whether the value before is the answer. */
  readonly get: boolean;
}

/** XX reads first, and so takes more than one request. */
export function modeOfSet(words: readonly Buffer[]): CommandMode {
  const isXx = words.some((word, at) => at > 2 && word.length === 2 && word.toString('latin1').toUpperCase() === 'XX');
  return isXx ? 'alone' : 'write';
}

/** Writes the value of a key, or compares and sets it. */
export function set(call: Call): void {
  const key = keyOf(call);
  const value = valueOf(call, 2);
  const { only, get } = call.words.length === 3 ? PLAIN : optionsOf(call);
  if (only === undefined) {
    call.ask({ op: 'put', key, value }, ({ result }) => {
      call.answer(get ? valueReply(result.type === 'written' ? result.previous : null) : OK);
    });
  } else if (only === 'XX') {
    call.ask({ op: 'get', key }, ({ result }) => {
      setExisting(call, { key, value, get }, result.type === 'value' ? result.value : null, 1);
    }, 'read-index');
  } else {
    compareAndSet(call, { key, expected: only === 'NX' ? null : only.ifEqual, value }, (swapped, actual) => {
      call.answer(replyOf(get, swapped, actual));
    });
  }
}

const PLAIN: SetOptions = { only: undefined, get: false };

function optionsOf(call: Call): SetOptions {
  let only: SetOptions['only'];
  let get = false;
  for (let at = 3; at < call.words.length; at += 1) {
    const option = optionOf(call, at);
    if (EXPIRING.includes(option)) {
      throw new CommandError(`ERR SET takes no ${option} here: nothing expires by a clock, because the clocks of the `
        + 'nodes differ and each would delete the key at another place of the log');
    }
    if (option === 'GET') {
      get = true;
    } else if (option !== 'KEEPTTL') { // no key has a time to live
      if (only !== undefined || !(option === 'NX' || option === 'XX' || option === 'IFEQ')) {
        throw new CommandError('ERR syntax error');
      }
      only = option === 'IFEQ' ? { ifEqual: valueOf(call, at + 1) } : option;
      at += option === 'IFEQ' ? 1 : 0;
    }
  }
  return { only, get };
}

interface Writing {
  readonly key: string;
  readonly value: string;
  readonly get: boolean;
}

/** The state machine compares with a value, and not with whether there is one: so with the value it has, in turn. */
function setExisting(call: Call, writing: Writing, expected: string | null, tries: number): void {
  const { key, value, get } = writing;
  if (expected === null) {
    call.answer(NULL);
    return;
  }
  compareAndSet(call, { key, expected, value }, (swapped, actual) => {
    if (swapped || actual === null) {
      call.answer(replyOf(get, swapped, actual));
    } else if (tries < TRIES_MAX) {
      setExisting(call, writing, actual, tries + 1);
    } else {
      call.fail(`TRYAGAIN others changed the value ${TRIES_MAX} times meanwhile: nothing was written`);
    }
  });
}

function compareAndSet(
  call: Call,
  words: { readonly key: string; readonly expected: string | null; readonly value: string },
  compared: (swapped: boolean, actual: string | null) => void,
): void {
  call.ask({ op: 'cas', ...words }, ({ result }) => {
    if (result.type === 'compared') {
      compared(result.swapped, result.actual);
    }
  });
}

function replyOf(get: boolean, swapped: boolean, actual: string | null): Reply {
  return get ? valueReply(actual) : swapped ? OK : NULL;
}
