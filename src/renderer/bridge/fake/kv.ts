/** The fake's state machine: what each command does to a map, and its text in a log. */
import type { KvAnswer } from '../../../contract/answers.ts';
import type { CommandInput } from '../../../contract/commands.ts';

export type KvCommand = CommandInput<'kv:execute'>['command'];
export type KvResult = KvAnswer['result'];

/** A command in the console's words. */
export function commandText(command: KvCommand): string {
  switch (command.op) {
    case 'get':
    case 'delete':
      return `${command.op} ${command.key}`;
    case 'put':
      return `put ${command.key} ${JSON.stringify(command.value)}`;
    case 'cas':
      return `cas ${command.key} ${JSON.stringify(command.expected)} ${JSON.stringify(command.value)}`;
    case 'incr':
      return command.by === 1 ? `incr ${command.key}` : `incr ${command.key} ${command.by}`;
    case 'list':
      return `list ${command.prefix}`.trimEnd();
  }
}

/** The pairs whose key begins with `prefix`, in key order. */
export function pairsOf(state: ReadonlyMap<string, string>, prefix: string): { key: string; value: string }[] {
  return [...state]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => ({ key, value }))
    .sort((left, right) => (left.key < right.key ? -1 : 1));
}

function increment(state: Map<string, string>, key: string, by: number): KvResult {
  const before = state.get(key) ?? '0';
  const value = Number(before) + by;
  if (!/^-?\d+$/.test(before)) {
    const message = `${key} holds ${JSON.stringify(before)}, not a whole number`;
    return { type: 'refused', code: 'not-a-number', message };
  }
  state.set(key, String(value));
  return { type: 'number', value };
}

/** Applies a command to the state. */
export function applyCommand(state: Map<string, string>, command: KvCommand): KvResult {
  switch (command.op) {
    case 'get':
      return { type: 'value', value: state.get(command.key) ?? null };
    case 'put': {
      const previous = state.get(command.key) ?? null;
      state.set(command.key, command.value);
      return { type: 'written', previous };
    }
    case 'delete': {
      const previous = state.get(command.key) ?? null;
      state.delete(command.key);
      return { type: 'deleted', previous };
    }
    case 'cas': {
      const actual = state.get(command.key) ?? null;
      const swapped = actual === command.expected;
      if (swapped) state.set(command.key, command.value);
      return { type: 'compared', swapped, actual };
    }
    case 'incr':
      return increment(state, command.key, command.by);
    case 'list': {
      const entries = pairsOf(state, command.prefix);
      return { type: 'list', entries: entries.slice(0, command.limit), truncated: entries.length > command.limit };
    }
  }
}

/** What the simulated client writes, one after the other. */
export const EXAMPLE_WRITES = [
  { op: 'put', key: 'colour', value: 'teal' },
  { op: 'incr', key: 'visits', by: 1 },
  { op: 'put', key: 'owner', value: 'ada' },
  { op: 'cas', key: 'colour', expected: 'teal', value: 'sea' },
  { op: 'incr', key: 'visits', by: 1 },
  { op: 'put', key: 'colour', value: 'teal' },
  { op: 'put', key: 'class/2b/room', value: 'H 204' },
  { op: 'delete', key: 'owner' },
] as const;
