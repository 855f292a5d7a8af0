/** The sequential objects that histories are checked against: one key of the lab's key-value store. */
import type { KvCommand, KvResult } from '../../kv/commands.ts';
import type { SequentialModel } from './history.ts';

/** Commands that concern one key; `list` spans keys, so it cannot be checked key by key. */
export type SingleKeyCommand = Exclude<KvCommand, { op: 'list' }>;

/** The value under one key: null when absent, undefined while nothing is known about it. */
export interface KeyState { readonly value: string | null | undefined }

/**
 * One key of the store. Commands that were refused change nothing and say nothing about the value; commands without an
 * answer are applied as far as their effect depends on the state alone.
 */
export const keyValueModel: SequentialModel<KeyState, SingleKeyCommand, KvResult> = {
  initialState: { value: null },
  partitionOf: (command) => command.key,
  equalStates: (a, b) => a.value === b.value,
  step: (state, command, result) => {
    if (state.value === undefined) return firstKnown(command, result);
    const { answer, next } = execute(state.value, command);
    if (result === undefined || sameResult(answer, result)) {
      return next;
    }
    return undefined;
  },
};

/** One key about which nothing is known at first: the first answer tells. */
export function keyValueModelFrom(value: string | null | undefined): typeof keyValueModel {
  return { ...keyValueModel, initialState: { value } };
}

/** What is known of the value after a command on an unknown one. */
function firstKnown(command: SingleKeyCommand, result: KvResult | undefined): KeyState {
  switch (command.op) {
    case 'put':
      return { value: command.value };
    case 'delete':
      return { value: null };
    case 'get':
      return { value: result?.type === 'value' ? result.value : undefined };
    case 'cas':
      return { value: result?.type !== 'compared' ? undefined : result.swapped ? command.value : result.actual };
    case 'incr':
      return { value: result?.type === 'number' ? String(result.value) : undefined };
  }
}

function execute(value: string | null, command: SingleKeyCommand): { answer: KvResult; next: KeyState } {
  switch (command.op) {
    case 'get':
      return { answer: { type: 'value', value }, next: { value } };
    case 'put':
      return { answer: { type: 'written', previous: value }, next: { value: command.value } };
    case 'delete':
      return { answer: { type: 'deleted', previous: value }, next: { value: null } };
    case 'cas': {
      const swapped = value === command.expected;
      return { answer: { type: 'compared', swapped, actual: value }, next: { value: swapped ? command.value : value } };
    }
    case 'incr':
      return increment(value, command.by);
  }
}

function increment(value: string | null, by: number): { answer: KvResult; next: KeyState } {
  const current = Number(value ?? '0');
  const sum = current + by;
  if (!Number.isSafeInteger(current) || !Number.isSafeInteger(sum)) {
    return { answer: { type: 'refused', code: 'not-a-number', message: '' }, next: { value } };
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
