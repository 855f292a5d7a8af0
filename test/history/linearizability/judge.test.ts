/** The verdict on operations as they are made: a proof by the order of indexes, a search, or what is missing. */
import { describe, expect, test } from 'vitest';
import type { HistoryVerdict } from '../../../src/contract/history.ts';
import type { KvCommand, KvResult } from '../../../src/kv/commands.ts';
import { OperationJudge } from '../../../src/history/linearizability/judge.ts';
import type { JudgeOptions } from '../../../src/history/linearizability/judge.ts';
import type { ClientOperation } from '../../../src/trace/operations.ts';

const EXACT = { startsEmpty: true, clockErrorMs: 0 };

/** The verdict on operations that were told in the order of a list. */
function verdictOf(operations: readonly ClientOperation[], loss: string | null, options: JudgeOptions): HistoryVerdict {
  const judge = new OperationJudge(options);
  if (loss !== null) judge.noteLoss(loss);
  for (const one of operations) judge.add(one);
  return judge.verdict();
}

let count = 0;

function operation(
  command: KvCommand, result: KvResult | null, index: number | null, [askedAtMs, answeredAtMs]: [number, number | null],
  more: Partial<ClientOperation> = {},
): ClientOperation {
  count += 1;
  const reads = command.op === 'get' || command.op === 'list';
  return {
    requestId: `1.1.${count}`, client: 'ada', node: 1, command, askedAtMs, answeredAtMs, outcome: 'ok', result, index,
    term: 1, tookEffect: null, parts: {}, ...(reads ? { read: 'read-index' as const } : {}), ...more,
  };
}

function put(
  value: string, previous: string | null, index: number, times: [number, number], key = 'x',
): ClientOperation {
  return operation({ op: 'put', key, value }, { type: 'written', previous }, index, times);
}

function get(
  value: string | null, index: number, times: [number, number], more?: Partial<ClientOperation>,
): ClientOperation {
  return operation({ op: 'get', key: 'x' }, { type: 'value', value }, index, times, more);
}

function unknownPut(value: string, times: [number, number], more: Partial<ClientOperation> = {}): ClientOperation {
  return operation({ op: 'put', key: 'x', value }, null, null, times, { outcome: 'unknown', ...more });
}

describe('the order of indexes', () => {
  test('is a proof where answers and times fit it, whatever order the operations are told in', () => {
    const all = [put('1', null, 2, [0, 5]), get('1', 2, [6, 7]), put('2', '1', 3, [6, 9]), get('2', 4, [10, 11])];
    expect(verdictOf(all.toReversed(), null, EXACT)).toMatchObject({ verdict: 'proved', operationCount: 4 });
  });

  test('a read that misses a write which was over before it was asked is a violation that names both', () => {
    const write = put('2', '1', 3, [6, 9]);
    const read = get('1', 2, [10, 11]);
    const verdict = verdictOf([put('1', null, 2, [0, 5]), write, read], null, EXACT);
    expect(verdict).toMatchObject({ verdict: 'violated', atMs: 11 });
    expect(verdict.conflict.map(({ requestId }) => requestId)).toContain(write.requestId);
    expect(verdict.words).toMatch(/ada asked n1 for “get x” and got “1” \(index 2\)/);
  });

  test('operations that are closer than the clocks are exact count as concurrent', () => {
    const all = [put('1', null, 2, [0, 5]), put('2', '1', 3, [6, 9]), get('1', 2, [10, 11])];
    expect(verdictOf(all, null, { startsEmpty: true, clockErrorMs: 50 }).verdict).toBe('proved');
  });

  test('lists are judged by it', () => {
    const list = (value: string, index: number): ClientOperation => operation(
      { op: 'list', prefix: '', limit: 10 }, { type: 'list', entries: [{ key: 'x', value }], truncated: false }, index,
      [20, 21]);
    const writes = [put('1', null, 2, [0, 5]), put('7', null, 3, [0, 5], 'y')];
    expect(verdictOf([...writes, list('1', 2)], null, EXACT).verdict).toBe('violated');
    expect(verdictOf([put('1', null, 2, [0, 5]), list('1', 2)], null, EXACT).verdict).toBe('proved');
    expect(verdictOf([...writes, list('1', 4)], null, EXACT).verdict).toBe('violated');
  });
});

describe('what is not known', () => {
  test('a write of unknown outcome explains a value, and one that never took effect does not', () => {
    const read = get('9', 4, [10, 11]);
    expect(verdictOf([put('1', null, 2, [0, 5]), unknownPut('9', [6, 7]), read], null, EXACT).verdict).toBe('proved');
    const undone = unknownPut('9', [6, 7], { tookEffect: false });
    expect(verdictOf([put('1', null, 2, [0, 5]), undone, read], null, EXACT).verdict).toBe('violated');
  });

  test('a decided write has its place', () => {
    const decided = unknownPut('9', [6, 7], { tookEffect: true, index: 3 });
    const first = put('1', null, 2, [0, 5]);
    const seen = get('9', 4, [10, 11]);
    expect(verdictOf([first, decided, seen], null, EXACT).verdict).toBe('proved');
    expect(verdictOf([first, decided, seen, get('1', 5, [12, 13])], null, EXACT).verdict).toBe('violated');
  });

  test('the first answer tells what was there before', () => {
    const continued = { startsEmpty: false, clockErrorMs: 0 };
    expect(verdictOf([get('old', 7, [0, 1]), get('old', 8, [2, 3])], null, continued).verdict).toBe('proved');
    expect(verdictOf([get('old', 7, [0, 1]), get('new', 8, [2, 3])], null, continued).verdict).toBe('violated');
  });

  test('an operation that may be missing explains a value that nobody wrote, but not one that came back', () => {
    const first = put('1', null, 2, [0, 5]);
    const loss = 'n3 crashed, and what it was asked then is not recorded';
    const strange = verdictOf([first, get('8', 4, [10, 11])], loss, EXACT);
    expect(strange).toMatchObject({ verdict: 'unknown', words: `Not known: ${loss}.` });
    expect(verdictOf([first, put('2', '1', 3, [6, 7]), get('1', 4, [10, 11])], loss, EXACT).verdict).toBe('violated');
  });
});

test('stale reads are judged apart', () => {
  const stale = get('1', 2, [20, 21], { read: 'stale' });
  const fresh = get('2', 3, [20, 21], { read: 'stale' });
  const judge = new OperationJudge(EXACT);
  for (const one of [put('1', null, 2, [0, 5]), put('2', '1', 3, [6, 9]), stale, fresh]) judge.add(one);
  expect(judge.verdict()).toMatchObject({ verdict: 'proved', operationCount: 2, staleReads: 2, outdatedReads: 1 });
});

test('a long run is judged as it goes, and a contradiction after many operations is found', () => {
  const judge = new OperationJudge(EXACT);
  for (let at = 1; at <= 50_000; at += 1) {
    judge.add(put(String(at), at === 1 ? null : String(at - 1), at, [at, at + 0.5]));
    if (at % 10_000 === 0) expect(judge.verdict().verdict).toBe('proved');
  }
  judge.add(get('49000', 50_000, [60_000, 60_001]));
  expect(judge.verdict()).toMatchObject({ verdict: 'violated', operationCount: 50_001 });
  judge.add(get('50000', 50_000, [60_002, 60_003]));
  expect(judge.verdict().verdict).toBe('violated');
});
