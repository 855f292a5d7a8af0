/** The checker on histories small enough to judge by eye. */
import { describe, expect, it } from 'vitest';
import type { KvResult } from '../../../src/kv/commands.ts';
import { checkLinearizability } from '../../../src/sim/linearizability/checker.ts';
import type { Operation } from '../../../src/sim/linearizability/history.ts';
import { keyValueModel, type SingleKeyCommand } from '../../../src/sim/linearizability/models.ts';

type History = Operation<SingleKeyCommand, KvResult>;

function get(client: string, value: string | null, calledAt: number, returnedAt: number, key = 'k'): History {
  return { client, input: { op: 'get', key }, output: { type: 'value', value }, calledAt, returnedAt };
}

function put(client: string, value: string, previous: string | null, from: number, to: number, key = 'k'): History {
  const output: KvResult = { type: 'written', previous };
  return { client, input: { op: 'put', key, value }, output, calledAt: from, returnedAt: to };
}

function lostPut(client: string, value: string, calledAt: number): History {
  return { client, input: { op: 'put', key: 'k', value }, output: undefined, calledAt, returnedAt: Infinity };
}

describe('linearizability', () => {
  it('accepts overlapping reads that see a write in either order', () => {
    const history = [put('a', '1', null, 0, 10), get('b', '1', 1, 5), get('c', null, 1, 4)];
    expect(checkLinearizability(keyValueModel, history).verdict).toBe('linearizable');
  });

  it('refuses a stale read and names it', () => {
    const stale = get('b', null, 2, 3);
    const verdict = checkLinearizability(keyValueModel, [put('a', '1', null, 0, 1), stale]);
    expect(verdict).toMatchObject({ verdict: 'not-linearizable', partition: 'k', stuckAt: stale });
  });

  it('refuses two readers who disagree about the order of two writes', () => {
    const history = [
      put('a', '1', null, 0, 100), put('b', '2', '1', 0, 100),
      get('c', '1', 10, 20), get('c', '2', 30, 40), get('d', '2', 12, 22), get('d', '1', 32, 42),
    ];
    expect(checkLinearizability(keyValueModel, history).verdict).toBe('not-linearizable');
  });

  it('lets a write of unknown outcome take effect late, or never', () => {
    const late = [lostPut('a', '1', 0), get('b', null, 1, 2), get('b', '1', 3, 4)];
    const never = [lostPut('a', '1', 0), get('b', null, 1, 2), get('b', null, 3, 4)];
    expect(checkLinearizability(keyValueModel, late).verdict).toBe('linearizable');
    expect(checkLinearizability(keyValueModel, never).verdict).toBe('linearizable');
  });

  it('does not let a write of unknown outcome take effect twice', () => {
    const history = [lostPut('a', '1', 0), get('b', '1', 1, 2), put('b', '2', '1', 3, 4), get('b', '1', 5, 6)];
    expect(checkLinearizability(keyValueModel, history).verdict).toBe('not-linearizable');
  });

  it('checks each key by itself and says which one is wrong', () => {
    const fine = put('a', '1', null, 0, 1, 'fine');
    const wrong = [put('a', '1', null, 2, 3, 'wrong'), get('b', '7', 4, 5, 'wrong')];
    const verdict = checkLinearizability(keyValueModel, [fine, ...wrong]);
    expect(verdict).toMatchObject({ verdict: 'not-linearizable', partition: 'wrong' });
  });

  it('gives up rather than search for ever', () => {
    const history = Array.from({ length: 12 }, (_, i) => lostPut(`c${i}`, String(i), 0));
    history.push(get('r', 'never written', 20, 21));
    expect(checkLinearizability(keyValueModel, history, 1000).verdict).toBe('gave-up');
  });

  it('refuses a history whose operation returned before its call', () => {
    expect(() => checkLinearizability(keyValueModel, [get('a', null, 5, 4)])).toThrow(/before its call/);
  });
});
