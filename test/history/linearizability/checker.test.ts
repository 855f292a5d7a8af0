/** The checker on histories small enough to judge by eye. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KvResult } from '../../../src/kv/commands.ts';
import { checkLinearizability } from '../../../src/history/linearizability/checker.ts';
import type { Operation } from '../../../src/history/linearizability/history.ts';
import { keyValueModel, type SingleKeyCommand } from '../../../src/history/linearizability/models.ts';

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

  it('takes no time at which a client gave up for the time of an effect', () => {
    const givenUp = { ...lostPut('a', '1', 0), returnedAt: 1 };
    const history = [givenUp, get('b', null, 2, 3), get('b', '1', 4, 5)];
    expect(checkLinearizability(keyValueModel, history).verdict).toBe('linearizable');
    expect(checkLinearizability(keyValueModel, [givenUp, get('b', '7', 2, 3)]).verdict).toBe('not-linearizable');
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

  it('takes operations that touch as concurrent, and those that do not as one after the other', () => {
    const write = put('a', '1', null, 0, 5);
    expect(checkLinearizability(keyValueModel, [write, get('b', null, 5, 6)]).verdict).toBe('linearizable');
    expect(checkLinearizability(keyValueModel, [write, get('b', null, 5.5, 6)]).verdict).toBe('not-linearizable');
    expect(checkLinearizability(keyValueModel, [get('b', null, 3, 3)]).verdict).toBe('linearizable');
  });

  it('shows the longest order that fits, and the first operation that has no place behind it', () => {
    const [first, second, third] = [put('a', '1', null, 0, 1), put('a', '2', '1', 2, 3), put('a', '3', '2', 4, 5)];
    const wrong = get('b', '1', 6, 7);
    expect(checkLinearizability(keyValueModel, [first, second, third, wrong, get('b', '9', 8, 9)])).toEqual({
      verdict: 'not-linearizable', partition: 'k', longestPrefix: [first, second, third], stuckAt: wrong,
    });
  });

  it('gives up after exactly as many steps as it may take', () => {
    const history = [put('a', '1', null, 0, 1), put('a', '2', '1', 2, 3)];
    expect(checkLinearizability(keyValueModel, history, 2).verdict).toBe('linearizable');
    expect(checkLinearizability(keyValueModel, history, 1))
      .toEqual({ verdict: 'gave-up', partition: 'k', steps: 1 });
  });

  it('tries an order again where it leads to another state', () => {
    // Both orders of the two writes place the same operations: only the second is followed by what was read.
    const history = [
      { ...put('a', '1', null, 0, 10), output: undefined, returnedAt: Infinity },
      { ...put('b', '2', null, 0, 10), output: undefined, returnedAt: Infinity },
      get('c', '2', 20, 21), get('c', '1', 22, 23),
    ];
    expect(checkLinearizability(keyValueModel, history).verdict).toBe('linearizable');
    expect(checkLinearizability(keyValueModel, [...history, get('c', '2', 24, 25)]).verdict).toBe('not-linearizable');
  });

  it('tells more than 32 operations apart', () => {
    const history = Array.from({ length: 70 }, (_, at) =>
      put(`c${at}`, `${at}`, at === 0 ? null : `${at - 1}`, 0, 1000));
    expect(checkLinearizability(keyValueModel, [...history].reverse()).verdict).toBe('linearizable');
    const twice = [...history, put('d', '69', '68', 0, 1000)];
    expect(checkLinearizability(keyValueModel, twice.slice(60), 100_000).verdict).toBe('not-linearizable');
  });
});

/** Tries every order: right for certain, and hopeless for more than a few operations. */
function isLinearizable(left: readonly History[], value: string | null = null): boolean {
  const known = left.filter(({ output }) => output !== undefined);
  if (known.length === 0) return true;
  const firstReturn = Math.min(...known.map(({ returnedAt }) => returnedAt));
  return left.some((operation) => {
    const next = operation.calledAt > firstReturn ? undefined
      : keyValueModel.step({ value }, operation.input, operation.output);
    return next !== undefined && isLinearizable(left.filter((other) => other !== operation), next.value);
  });
}

it('finds what trying every order finds, in any small history', () => {
  const value = fc.constantFrom('1', '2');
  const time = fc.record({ calledAt: fc.nat({ max: 8 }), duration: fc.nat({ max: 6 }) });
  const operation = fc.tuple(time, value, fc.option(value), fc.constantFrom('get', 'put', 'cas', 'lost'));
  let linearizable = 0;
  let runs = 0;
  fc.assert(fc.property(fc.array(operation, { minLength: 2, maxLength: 6, size: 'max' }), (drawn) => {
    const history = drawn.map(([{ calledAt, duration }, written, seen, kind], at): History => {
      const returnedAt = calledAt + duration;
      if (kind === 'get') return get(`c${at}`, seen, calledAt, returnedAt);
      if (kind === 'put') return put(`c${at}`, written, seen, calledAt, returnedAt);
      if (kind === 'lost') return lostPut(`c${at}`, written, calledAt);
      const input = { op: 'cas', key: 'k', expected: seen, value: written } as const;
      const output: KvResult = { type: 'compared', swapped: true, actual: seen };
      return { client: `c${at}`, input, output, calledAt, returnedAt };
    });
    const expected = isLinearizable(history);
    runs += 1;
    linearizable += expected ? 1 : 0;
    expect(checkLinearizability(keyValueModel, history).verdict === 'linearizable').toBe(expected);
  }), { seed: 1, numRuns: 1000 });
  expect(linearizable / runs, 'both verdicts are met').toBeGreaterThan(0.1);
  expect(linearizable / runs).toBeLessThan(0.9);
});

describe('the model of a key', () => {
  const step = (value: string | null, command: SingleKeyCommand, result: KvResult | undefined) =>
    keyValueModel.step({ value }, command, result)?.value;
  const cas = (expected: string | null): SingleKeyCommand => ({ op: 'cas', key: 'k', expected, value: 'new' });
  const compared = (swapped: boolean, actual: string | null): KvResult => ({ type: 'compared', swapped, actual });
  const incr: SingleKeyCommand = { op: 'incr', key: 'k', by: 2 };

  it('answers as the state machine does, and in no other way', () => {
    expect(step('a', { op: 'delete', key: 'k' }, { type: 'deleted', previous: 'a' })).toBeNull();
    expect(step('a', { op: 'delete', key: 'k' }, { type: 'deleted', previous: null })).toBeUndefined();
    expect(step('a', { op: 'delete', key: 'k' }, { type: 'written', previous: 'a' })).toBeUndefined();
    expect(step('a', { op: 'put', key: 'k', value: 'b' }, { type: 'written', previous: 'b' })).toBeUndefined();
    expect(step(null, cas(null), compared(true, null))).toBe('new');
    expect(step('a', cas('a'), compared(true, 'a'))).toBe('new');
    expect(step('a', cas('b'), compared(false, 'a'))).toBe('a');
    expect(step('a', cas('b'), compared(false, 'b'))).toBeUndefined();
    expect(step('a', cas('b'), compared(true, 'a'))).toBeUndefined();
    expect(step('a', cas('b'), undefined)).toBe('a');
    expect(step(null, incr, { type: 'number', value: 2 })).toBe('2');
    expect(step('3', incr, { type: 'number', value: 5 })).toBe('5');
    expect(step('3', incr, { type: 'number', value: 4 })).toBeUndefined();
  });

  it('leaves a value that cannot be counted with, and takes no other refusal for an answer', () => {
    const refused: KvResult = { type: 'refused', code: 'not-a-number', message: 'no' };
    const large = String(Number.MAX_SAFE_INTEGER);
    expect(step('red', incr, refused)).toBe('red');
    expect(step(large, incr, refused)).toBe(large);
    expect(step(large, incr, { type: 'number', value: Number(large) + 2 })).toBeUndefined();
    expect(step('red', incr, { type: 'number', value: 1 })).toBeUndefined();
    expect(step('3', incr, refused)).toBeUndefined();
  });
});
