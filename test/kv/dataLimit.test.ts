/** The limit of keys and values together: it comes with the log, so that every replica refuses the same writes. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from '../../src/cbor/strict.ts';
import { encodeKvEntry, KvStateMachine } from '../../src/kv/index.ts';
import type { KvCommand, KvResult } from '../../src/kv/index.ts';
import { PAIR_BYTES } from '../../src/kv/commands.ts';

/** A log that is written as it goes, and one machine that has applied all of it. */
class Log {
  machine = new KvStateMachine();
  readonly entries: Uint8Array[] = [];
  #session = 0;
  #sequence = 0;

  constructor(dataBytesMax?: number) {
    this.limit(dataBytesMax);
  }

  /** Registers anew, as a node does that was started with this limit. */
  limit(dataBytesMax?: number): void {
    const limit = dataBytesMax === undefined ? {} : { dataBytesMax };
    const result = this.#append(
      encodeKvEntry({ kind: 'register', client: 'c', request: `r${this.entries.length}`, ...limit }),
    );
    this.#session = result.type === 'registered' ? result.session : expect.unreachable(result.type);
    this.#sequence = 0;
  }

  run(command: KvCommand): KvResult {
    this.#sequence += 1;
    const [session, sequence] = [this.#session, this.#sequence];
    return this.#append(
      encodeKvEntry({ kind: 'request', client: 'c', session, sequence, acknowledgedBelow: 1, command }),
    );
  }

  put(key: string, value: string): KvResult {
    return this.run({ op: 'put', key, value });
  }

  #append(data: Uint8Array): KvResult {
    this.entries.push(data);
    return this.machine.apply(this.entries.length, data).result;
  }
}

const LIMIT = 1000;
/** As much as fits beside nothing else under a key of one byte. */
const FULL = 'v'.repeat(LIMIT - PAIR_BYTES - 1);

const isRefused = (result: KvResult): boolean => result.type === 'refused' && result.code === 'data-limit-reached';

test('a write beyond it is refused in words; up to the last byte it is not', () => {
  const log = new Log(LIMIT);
  expect(log.put('k', `${FULL}v`)).toEqual({
    type: 'refused',
    code: 'data-limit-reached',
    message: 'Keys and values would take 1001 bytes, and this cluster takes at most 1000: '
      + 'delete keys, or write shorter values.',
  });
  expect([log.machine.get('k'), log.machine.dataBytes]).toEqual([null, 0]);
  expect(log.put('k', FULL)).toEqual({ type: 'written', previous: null });
  expect(log.machine.dataBytes).toBe(LIMIT);
  expect(isRefused(log.put('', ''))).toBe(false); // no entry at all
  expect(isRefused(log.put('l', ''))).toBe(true);
  expect(log.machine.keyCount).toBe(1);
});

test('counts bytes of UTF-8, and every pair, however short', () => {
  const log = new Log(LIMIT);
  const twoBytes = 'é'.repeat((LIMIT - PAIR_BYTES - 1 - 1) / 2);
  expect(isRefused(log.put('k', `${twoBytes}é`))).toBe(true);
  expect(isRefused(log.put('k', twoBytes))).toBe(false);
  const many = new Log(LIMIT);
  const refusals = Array.from({ length: 20 }, (_, at) => isRefused(many.put(`k${String(at).padStart(2, '0')}`, '')));
  expect(refusals.filter((refused) => !refused)).toHaveLength(Math.floor(LIMIT / (PAIR_BYTES + 3)));
});

test('reads, deletes and what makes it no larger go on, also beyond a limit that was lowered', () => {
  const log = new Log(LIMIT);
  log.put('k', FULL);
  log.limit(200);
  expect(log.run({ op: 'get', key: 'k' })).toEqual({ type: 'value', value: FULL });
  expect(isRefused(log.put('k', FULL.replace('v', 'w')))).toBe(false);
  expect(isRefused(log.put('k', `${FULL}v`))).toBe(true);
  expect(isRefused(log.put('k', FULL.slice(1)))).toBe(false);
  expect(isRefused(log.put('other', ''))).toBe(true);
  expect(log.run({ op: 'delete', key: 'k' })).toMatchObject({ type: 'deleted' });
  expect(log.machine.dataBytes).toBe(0);
  expect(isRefused(log.put('other', ''))).toBe(false);
});

test('holds for cas and incr as for put, where they would write', () => {
  const log = new Log(LIMIT);
  log.put('k', FULL.slice(0, -PAIR_BYTES - 3));
  expect(log.run({ op: 'incr', key: 'n', by: 9 })).toEqual({ type: 'number', value: 9 });
  expect(isRefused(log.run({ op: 'incr', key: 'n', by: 99 }))).toBe(true);
  expect(log.machine.get('n')).toBe('9');
  expect(log.run({ op: 'cas', key: 'n', expected: '8', value: '100' })).toMatchObject({ swapped: false });
  expect(isRefused(log.run({ op: 'cas', key: 'n', expected: '9', value: '100' }))).toBe(true);
  expect(log.run({ op: 'cas', key: 'n', expected: '9', value: '10' })).toMatchObject({ swapped: true });
});

test('a retry of a refused write gets the refusal again, although there is room by then', () => {
  const log = new Log(LIMIT);
  log.put('k', FULL);
  const refused = encodeKvEntry({
    kind: 'request', client: 'c', session: 1, sequence: 9, acknowledgedBelow: 1,
    command: { op: 'put', key: 'l', value: '' },
  });
  expect(isRefused(log.machine.apply(10, refused).result)).toBe(true);
  log.machine = KvStateMachine.restore(log.machine.snapshot());
  log.machine.apply(11, encodeKvEntry({
    kind: 'request', client: 'c', session: 1, sequence: 10, acknowledgedBelow: 1, command: { op: 'delete', key: 'k' },
  }));
  expect(log.machine.apply(12, refused)).toMatchObject({ isRepeat: true, result: { code: 'data-limit-reached' } });
});

test('without a registration that names one there is none; one without leaves it as it is', () => {
  const log = new Log();
  expect(isRefused(log.put('k', 'v'.repeat(10_000)))).toBe(false);
  log.limit(LIMIT);
  expect(isRefused(log.put('l', ''))).toBe(true);
  log.limit();
  expect(isRefused(log.put('l', ''))).toBe(true);
});

test.each([0, -1, 1.5, '1000', null])('a registration whose limit is %o is malformed', (limit) => {
  const { result } = new KvStateMachine().apply(1, encodeCbor(['register', 'c', 'r', limit]));
  expect(result).toMatchObject({ type: 'refused', code: 'malformed-entry' });
});

test('a snapshot of version 2, from before there was a limit, is read as one without', () => {
  const log = new Log();
  log.put('k', 'v');
  const bytes = Buffer.from(log.machine.snapshot());
  const headEnd = 5 + bytes.readUInt32BE(1);
  expect(decodeCbor(bytes.subarray(5, headEnd))).toEqual(['snapshot', 4, 2, null]);
  const head = encodeCbor(['snapshot', 2, 2]);
  const length = Buffer.alloc(5, 0x5a);
  length.writeUInt32BE(head.length, 1);
  const restored = KvStateMachine.restore(Buffer.concat([length, head, bytes.subarray(headEnd)]));
  expect(Buffer.from(restored.snapshot()).equals(bytes)).toBe(true);
});

test('whoever joins by a snapshot at any moment refuses the same writes, and ends with the same bytes', () => {
  const key = fc.constantFrom('a', 'b', 'longer key', 'ß');
  const value = fc.tuple(fc.constantFrom('v', 'ß', '語'), fc.integer({ min: 20, max: 200 }))
    .map(([unit, length]) => unit.repeat(length));
  const command: fc.Arbitrary<KvCommand> = fc.oneof(
    fc.record({ op: fc.constant('put' as const), key, value }),
    fc.record({ op: fc.constant('delete' as const), key }),
    fc.record({ op: fc.constant('cas' as const), key, expected: fc.constantFrom(null, '1'), value }),
    fc.record({ op: fc.constant('incr' as const), key, by: fc.constantFrom(1, 10 ** 12) }),
  );
  const limit = fc.integer({ min: 300, max: 900 });
  const step = fc.oneof({ weight: 9, arbitrary: command }, { weight: 1, arbitrary: limit });
  let refusals = 0;
  fc.assert(fc.property(fc.array(step, { minLength: 10, maxLength: 60, size: 'max' }), fc.nat(), (steps, cut) => {
    const log = new Log(700);
    for (const next of steps) {
      if (typeof next === 'number') log.limit(next);
      else if (isRefused(log.run(next))) refusals += 1;
    }
    const joined = cut % log.entries.length;
    let replica = new KvStateMachine();
    for (const [at, data] of log.entries.entries()) {
      if (at === joined) replica = KvStateMachine.restore(replica.snapshot());
      replica.apply(at + 1, data);
    }
    expect(Buffer.from(replica.snapshot()).equals(log.machine.snapshot())).toBe(true);
    const pairs = replica.list('').entries.map((pair) => PAIR_BYTES + Buffer.byteLength(pair.key + pair.value));
    expect(replica.dataBytes).toBe(pairs.reduce((sum, bytes) => sum + bytes, 0));
  }));
  expect(refusals).toBeGreaterThan(50);
});

test('plain commands bring the limit into the log as well, before they are applied', () => {
  const machine = new KvStateMachine();
  const put = (index: number, key: string, dataBytesMax?: number) => machine.apply(index, encodeKvEntry({
    kind: 'plain', client: 'c', request: `r${index}`, command: { op: 'put', key, value: FULL },
    ...(dataBytesMax === undefined ? {} : { dataBytesMax }),
  })).result;
  expect(put(1, 'a', LIMIT)).toMatchObject({ type: 'written' });
  expect(put(2, 'b')).toMatchObject({ type: 'refused', code: 'data-limit-reached' });
  expect(put(3, 'b', 2 * LIMIT)).toMatchObject({ type: 'written' });
});
