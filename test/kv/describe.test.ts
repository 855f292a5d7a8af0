/** The words for commands and log entries. */
import { describe, expect, it } from 'vitest';
import { describeCommand, describeEntry, encodeKvEntry } from '../../src/kv/index.ts';
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
