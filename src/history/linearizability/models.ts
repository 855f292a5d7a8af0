/** The sequential objects that histories are checked against: one key of the lab's key-value store. */
import type { KvCommand, KvResult } from '../../kv/commands.ts';
import type { SequentialModel } from './history.ts';

/** Commands that concern one key; `list` spans keys, so it cannot be checked key by key. */
export type SingleKeyCommand = Exclude<KvCommand, { op: 'list' }>;

/** The value under one key; null when absent. */
interface KeyState { readonly value: string | null }

/**
 * One key of the store. Commands that were refused change nothing and say nothing about the value; commands without an
 * answer are applied as far as their effect depends on the state alone.
 */
export const keyValueModel: SequentialModel<KeyState, SingleKeyCommand, KvResult> = {
  initialState: { value: null },
  partitionOf: (command) => command.key,
  equalStates: (a, b) => a.value === b.value,
  step: (state, command, result) => {
    const { answer, next } = execute(state, command);
    if (result === undefined || sameResult(answer, result)) {
      return next;
    }
    return undefined;
  },
};

function execute(state: KeyState, command: SingleKeyCommand): { answer: KvResult; next: KeyState } {
  const { value } = state;
  switch (command.op) {
    case 'get':
      return { answer: { type: 'value', value }, next: state };
    case 'put':
      return { answer: { type: 'written', previous: value }, next: { value: command.value } };
    case 'delete':
      return { answer: { type: 'deleted', previous: value }, next: { value: null } };
    case 'cas': {
      const swapped = value === command.expected;
      return { answer: { type: 'compared', swapped, actual: value }, next: swapped ? { value: command.value } : state };
    }
    case 'incr':
      return increment(state, command.by);
  }
}

function increment(state: KeyState, by: number): { answer: KvResult; next: KeyState } {
  const current = Number(state.value ?? '0');
  const sum = current + by;
  if (!Number.isSafeInteger(current) || !Number.isSafeInteger(sum)) {
    return { answer: { type: 'refused', code: 'not-a-number', message: '' }, next: state };
  }
  return { answer: { type: 'number', value: sum }, next: { value: String(sum) } };
}

function sameResult(a: KvResult, b: KvResult): boolean {
  switch (a.type) {
    case 'value':
    case 'number':
      return a.type === b.type && a.value === b.value;
    case 'written':
    case 'deleted':
      return a.type === b.type && a.previous === b.previous;
    case 'compared':
      return a.type === b.type && a.swapped === b.swapped && a.actual === b.actual;
    default:
      return a.type === b.type; // why something was refused says nothing about the value
  }
}
