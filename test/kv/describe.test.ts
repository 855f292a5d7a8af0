/** The words for commands and log entries. */
import { describe, expect, it } from 'vitest';
import { describeApplied, describeCommand, describeEntry, encodeKvEntry, KvStateMachine } from '../../src/kv/index.ts';
import type { KvCommand } from '../../src/kv/index.ts';
import { encodeConfigurationChange, LEAVE_JOINT } from '../../src/raft/configuration.ts';

describe('describeCommand', () => {
  it.each<[KvCommand, string]>([
    [{ op: 'get', key: 'colour' }, 'get colour'],
    [{ op: 'put', key: 'colour', value: 'red' }, 'put colour "red"'],
    [{ op: 'put', key: 'two words', value: 'a "quote"\n' }, 'put "two words" "a \\"quote\\"\\n"'],
    [{ op: 'delete', key: 'draft' }, 'delete draft'],
    [{ op: 'cas', key: 'colour', expected: 'red', value: 'sea' }, 'cas colour "red"→"sea"'],
    [{ op: 'cas', key: 'colour', expected: null, value: 'sea' }, 'cas colour absent→"sea"'],
    [{ op: 'incr', key: 'visits', by: 1 }, 'incr visits'],
    [{ op: 'incr', key: 'visits', by: -5 }, 'incr visits -5'],
    [{ op: 'list', prefix: '', limit: 10 }, 'list'],
    [{ op: 'list', prefix: 'user:', limit: 10 }, 'list user:'],
    [{ op: 'put', key: 'k', value: 'x'.repeat(33) }, `put k "${'x'.repeat(31)}…"`],
    [{ op: 'put', key: 'k', value: 'x'.repeat(32) }, `put k "${'x'.repeat(32)}"`],
    [{ op: 'put', key: 'k', value: '😀'.repeat(32) }, `put k "${'😀'.repeat(32)}"`],
    [{ op: 'put', key: 'k', value: '😀'.repeat(33) }, `put k "${'😀'.repeat(31)}…"`],
  ])('%j', (command, words) => {
    expect(describeCommand(command)).toBe(words);
  });
});

describe('describeApplied', () => {
  const machine = new KvStateMachine();
  machine.apply(1, encodeKvEntry({ kind: 'register', client: 'c1', request: 'r' }));
  let index = 1;
  const applied = (sequence: number, command: KvCommand, session = 1): string => {
    index += 1;
    const request = { kind: 'request', client: 'c1', session, sequence, acknowledgedBelow: 1, command } as const;
    return describeApplied(machine.apply(index, encodeKvEntry(request)));
  };

  it('says of a command what came of it, when that is not what it says', () => {
    const swap: KvCommand = { op: 'cas', key: 'stock', expected: '2', value: '1' };
    expect(applied(1, swap)).toBe('cas stock "2"→"1": not swapped, it was absent');
    expect(applied(2, { op: 'put', key: 'stock', value: '3' })).toBe('put stock "3"');
    expect(applied(3, swap)).toBe('cas stock "2"→"1": not swapped, it was "3"');
    expect(applied(4, { ...swap, expected: '3' })).toBe('cas stock "3"→"1"');
    expect(applied(4, { ...swap, expected: '3' })).toBe('cas stock "3"→"1": a repeat, which changes nothing');
    expect(applied(5, { op: 'put', key: 'stock', value: 'none' })).toBe('put stock "none"');
    expect(applied(6, { op: 'incr', key: 'stock', by: 1 })).toBe('incr stock: refused, not a number');
    expect(applied(1, { op: 'incr', key: 'stock', by: 1 }, 99)).toBe('incr stock: refused, session expired');
  });

  it('says what no command is', () => {
    index += 2;
    expect(describeApplied(machine.apply(index, Uint8Array.of(1, 2)))).toBe('malformed');
    const register = encodeKvEntry({ kind: 'register', client: 'c2', request: 'r' });
    expect(describeApplied(machine.apply(index + 1, register))).toBe('open a client session');
  });
});

describe('describeEntry', () => {
  it('tells commands with their client', () => {
    const data = encodeKvEntry({
      kind: 'request', client: 'c1', session: 5, sequence: 3, acknowledgedBelow: 1, command: { op: 'get', key: 'k' },
    });
    expect(describeEntry({ type: 'command', data })).toEqual({ text: 'get k', client: 'c1 #3' });
    expect(describeEntry({ type: 'command', data: encodeKvEntry({ kind: 'register', client: 'c2', request: 'r' }) }))
      .toEqual({ text: 'open a client session', client: 'c2' });
  });

  it('tells what no client sent', () => {
    expect(describeEntry({ type: 'no-op', data: new Uint8Array() }))
      .toEqual({ text: 'no-op, start of term', client: null });
    const data = encodeConfigurationChange({
      transition: 'auto', changes: [{ type: 'add-voter', id: 1003 }, { type: 'remove', id: 3 }],
    });
    expect(describeEntry({ type: 'configuration', data }).text).toBe('add n3′2 as voter, remove n3');
    expect(describeEntry({ type: 'configuration', data: encodeConfigurationChange(LEAVE_JOINT) }).text)
      .toBe('leave the joint configuration');
  });

  it('says so when nobody can read an entry', () => {
    const data = Uint8Array.of(1, 2);
    expect(describeEntry({ type: 'command', data })).toEqual({ text: 'malformed, 2 bytes', client: null });
    expect(describeEntry({ type: 'configuration', data }).text).toBe('configuration, malformed, 2 bytes');
  });
});
