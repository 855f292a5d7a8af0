/** The format of a snapshot: how it is cut into blocks, and that only whole ones in their order are read. */
import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from '../../src/cbor/strict.ts';
import type { CborValue } from '../../src/cbor/strict.ts';
import type { KvPair, KvResult } from '../../src/kv/index.ts';
import type { Session } from '../../src/kv/sessions.ts';
import { concatenated, snapshotBlocks, SnapshotError, SnapshotReader } from '../../src/kv/snapshot.ts';

const session = (results: readonly KvResult[], id = 1): Session => ({
  session: id, client: 'c', request: `r${id}`, lastUsedIndex: id, keptFrom: 1,
  results: new Map(results.map((result, at) => [at + 1, result])),
});

/** The arrays in the blocks of a snapshot. */
function blocksOf(pairs: readonly KvPair[], sessions: readonly Session[]): CborValue[][] {
  return [...snapshotBlocks({ lastApplied: 9, dataBytesMax: 1000, pairs, sessions })]
    .map((block) => decodeCbor(block.subarray(5)) as CborValue[]);
}

interface Contents {
  lastApplied: number;
  dataBytesMax: number | null;
  readonly pairs: [string, string][];
  readonly sessions: Session[];
}

/** What stands in a snapshot of these arrays. @throws {SnapshotError} */
function read(...arrays: readonly CborValue[]): Contents {
  const found: Contents = { lastApplied: -1, dataBytesMax: null, pairs: [], sessions: [] };
  const reader = new SnapshotReader({
    begin: (lastApplied, dataBytesMax) => {
      Object.assign(found, { lastApplied, dataBytesMax });
    },
    pair: (key, value) => found.pairs.push([key, value]),
    session: (one) => found.sessions.push(one),
  });
  for (const array of arrays) {
    const body = encodeCbor(array);
    const head = Uint8Array.of(0x5a, 0, 0, body.length >> 8, body.length & 0xff);
    reader.push(concatenated([head, body]));
  }
  reader.finish();
  return found;
}

describe('blocks', () => {
  it('of pairs are closed at 64 KiB', () => {
    const pairs = ['a', 'b', 'c', 'd', 'e'].map((key) => ({ key, value: 'x'.repeat(key === 'e' ? 1 : 32 * 1024) }));
    expect(blocksOf(pairs, []).map(([name, ...words]) => [name, words.length]))
      .toEqual([['snapshot', 3], ['pairs', 4], ['pairs', 4], ['pairs', 2], ['end', 2]]);
  });

  it('of results are closed at 256 of them, or at 64 KiB', () => {
    const numbers = Array.from({ length: 600 }, (_, value): KvResult => ({ type: 'number', value }));
    expect(blocksOf([], [session(numbers)]).map(([name, ...words]) => [name, words.length]))
      .toEqual([['snapshot', 3], ['session', 5], ['results', 256], ['results', 256], ['results', 88], ['end', 2]]);
    const text = 'é'.repeat(16 * 1024);
    const long: KvResult[] = [
      { type: 'written', previous: text }, { type: 'compared', swapped: false, actual: text },
      { type: 'deleted', previous: text }, { type: 'number', value: 1 }, { type: 'deleted', previous: null },
    ];
    expect(blocksOf([], [session(long)]).map(([name, ...words]) => [name, words.length]))
      .toEqual([['snapshot', 3], ['session', 5], ['results', 2], ['results', 3], ['end', 2]]);
  });

  it('hold every result that is ever recorded, and are read as they were written', () => {
    const results: KvResult[] = [
      { type: 'written', previous: null }, { type: 'deleted', previous: 'red' },
      { type: 'written', previous: '\udcff' }, { type: 'compared', swapped: false, actual: '\udc80é' },
      { type: 'compared', swapped: true, actual: null }, { type: 'number', value: -3 },
      { type: 'refused', code: 'not-a-number', message: 'no' },
      { type: 'refused', code: 'number-too-large', message: 'too large' },
      { type: 'refused', code: 'data-limit-reached', message: 'too much' },
    ];
    const sessions = [session(results, 1), session([], 2), session(results.slice(3), 3)];
    const pairs: [string, string][] = [['a', '1'], ['a\udc80', '\udc89PNG'], ['b', `\ufeff${'x'.repeat(100)}`]];
    expect(read(...blocksOf(pairs.map(([key, value]) => ({ key, value })), sessions)))
      .toEqual({ lastApplied: 9, dataBytesMax: 1000, pairs, sessions });
  });
});

describe('a snapshot', () => {
  const head = ['snapshot', 4, 9, null];
  const open = ['session', 1, 'c', 'r', 1, 1];

  it.each<[string, CborValue[]]>([
    ['of another version', [['snapshot', 1, 9], ['end', 0, 0]]],
    ['without its head', [['end', 0, 0]]],
    ['without its end', [head, ['pairs', 'a', '1']]],
    ['that goes on after its end', [head, ['end', 0, 0], ['end', 0, 0]]],
    ['with pairs after its end', [head, ['end', 0, 0], ['pairs', 'a', '1']]],
    ['with pairs behind a session', [head, open, ['pairs', 'a', '1'], ['end', 1, 1]]],
    ['with results of no session', [head, ['results', [1, { type: 'number', value: 1 }]], ['end', 0, 0]]],
    ['with a key without its value', [head, ['pairs', 'a', '1', 'b'], ['end', 1, 0]]],
    ['with a value that is no text', [head, ['pairs', 'a', 1], ['end', 1, 0]]],
    ['with text in bytes', [head, ['pairs', 'a', Uint8Array.of(0xe2, 0x82, 0xac)], ['end', 1, 0]]],
    ['with a result of text in bytes',
      [head, open, ['results', [1, { type: 'written', previous: Uint8Array.of(0x41) }]], ['end', 0, 1]]],
    ['with fewer pairs than it says', [head, ['pairs', 'a', '1'], ['end', 2, 0]]],
    ['with fewer sessions than it says', [head, open, ['end', 0, 2]]],
    ['with more sessions than it says', [head, open, ['end', 0, 0]]],
    ['with a result that is never recorded',
      [head, open, ['results', [1, { type: 'value', value: 'a' }]], ['end', 0, 1]]],
    ['with a block that is no array', [head, 'pairs', ['end', 0, 0]]],
  ])('%s is refused', (_what, arrays) => {
    expect(() => read(...arrays)).toThrow(SnapshotError);
  });

  it('of version 3, in which all keys and values were text, is read', () => {
    expect(read(['snapshot', 3, 9, 1000], ['pairs', 'é', '1'], ['end', 1, 0]))
      .toEqual({ lastApplied: 9, dataBytesMax: 1000, pairs: [['é', '1']], sessions: [] });
  });

  it('of version 2, which knew no limit of its data, is read', () => {
    expect(read(['snapshot', 2, 9], ['end', 0, 0])).toMatchObject({ lastApplied: 9, dataBytesMax: null });
  });

  it('that announces a block beyond every limit is refused before it comes', () => {
    const reader = new SnapshotReader({ begin: () => undefined, pair: () => undefined, session: () => undefined });
    reader.push(Uint8Array.of(0x5a, 0x04, 0, 0, 0)); // 64 MiB: it may come
    const other = new SnapshotReader({ begin: () => undefined, pair: () => undefined, session: () => undefined });
    expect(() => other.push(Uint8Array.of(0x5a, 0x04, 0, 0, 1))).toThrow('announces 67108865 bytes');
  });
});
