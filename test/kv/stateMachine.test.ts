/** The state machine: what each command answers, that retries take effect once, that all nodes compute the same. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  decodeKvEntry, encodeKvEntry, KEY_BYTES_MAX, KvStateMachine, LIST_BYTES_MAX, RESULTS_PER_SESSION_MAX, SESSIONS_MAX,
  SnapshotError, VALUE_BYTES_MAX,
} from '../../src/kv/index.ts';
import type { KvCommand, KvEntry, KvResult } from '../../src/kv/index.ts';
import { anyEntry, anyLog } from './arbitraries.ts';

/** A machine with one client whose requests are numbered by themselves. */
class OneClient {
  readonly machine = new KvStateMachine();
  readonly session: number;
  #index = 0;
  #sequence = 0;

  constructor() {
    const result = this.apply({ kind: 'register', client: 'c1', request: 'r1' });
    if (result.type !== 'registered') throw new Error(`registered as ${result.type}`);
    this.session = result.session;
  }

  apply(entry: KvEntry): KvResult {
    this.#index += 1;
    return this.machine.apply(this.#index, encodeKvEntry(entry)).result;
  }

  ask(command: KvCommand): KvResult {
    this.#sequence += 1;
    return this.request(this.#sequence, command);
  }

  request(sequence: number, command: KvCommand, acknowledgedBelow = 1, session = this.session): KvResult {
    return this.apply({ kind: 'request', client: 'c1', session, sequence, acknowledgedBelow, command });
  }
}

let client: OneClient;
beforeEach(() => {
  client = new OneClient();
});
const put = (key: string, value: string): KvResult => client.ask({ op: 'put', key, value });
const get = (key: string): KvResult => client.ask({ op: 'get', key });
const incr = (key: string, by: number): KvResult => client.ask({ op: 'incr', key, by });

describe('commands', () => {
  it('get, put and delete answer with what was there', () => {
    expect(get('colour')).toEqual({ type: 'value', value: null });
    expect(put('colour', 'red')).toEqual({ type: 'written', previous: null });
    expect(put('colour', '')).toEqual({ type: 'written', previous: 'red' });
    expect(get('colour')).toEqual({ type: 'value', value: '' });
    expect(client.ask({ op: 'delete', key: 'colour' })).toEqual({ type: 'deleted', previous: '' });
    expect(client.ask({ op: 'delete', key: 'colour' })).toEqual({ type: 'deleted', previous: null });
  });

  it('cas writes only where the expected value stands; null expects absence', () => {
    const cas = (expected: string | null, value: string) => client.ask({ op: 'cas', key: 'k', expected, value });
    expect(cas('red', 'sea')).toEqual({ type: 'compared', swapped: false, actual: null });
    expect(cas(null, 'red')).toEqual({ type: 'compared', swapped: true, actual: null });
    expect(cas(null, 'sea')).toEqual({ type: 'compared', swapped: false, actual: 'red' });
    expect(cas('red', 'sea')).toEqual({ type: 'compared', swapped: true, actual: 'red' });
    expect(get('k')).toEqual({ type: 'value', value: 'sea' });
  });

  it('incr counts from 0, in both directions', () => {
    expect(incr('visits', 1)).toEqual({ type: 'number', value: 1 });
    expect(incr('visits', -3)).toEqual({ type: 'number', value: -2 });
    expect(get('visits')).toEqual({ type: 'value', value: '-2' });
  });

  const notNumbers = ['red', '1.5', '', ' 1', '0x10', '1e3', '-0', '01', '9007199254740993'];
  it.each(notNumbers)('incr refuses %j and leaves it', (value) => {
    put('k', value);
    expect(incr('k', 1)).toMatchObject({ type: 'refused', code: 'not-a-number' });
    expect(get('k')).toEqual({ type: 'value', value });
  });

  it('incr refuses to go where numbers are no longer exact', () => {
    put('k', String(Number.MAX_SAFE_INTEGER));
    expect(incr('k', 1)).toMatchObject({ type: 'refused', code: 'number-too-large' });
    expect(incr('k', -1)).toEqual({ type: 'number', value: Number.MAX_SAFE_INTEGER - 1 });
  });

  it('list goes by the order of UTF-8 bytes, not of UTF-16 units', () => {
    const keys = ['\u{1f600}', '\uffff', 'é', 'z', 'a', 'ab', '\u{10ffff}', '\ue000'];
    for (const key of keys) put(key, 'x');
    const listed = client.ask({ op: 'list', prefix: '', limit: 100 });
    const expected = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(listed.type === 'list' && listed.entries.map((pair) => pair.key)).toEqual(expected);
  });

  it('list stops at its limit and says so', () => {
    for (const key of ['a1', 'a2', 'a3', 'b']) put(key, key);
    expect(client.ask({ op: 'list', prefix: 'a', limit: 2 })).toEqual({
      type: 'list', entries: [{ key: 'a1', value: 'a1' }, { key: 'a2', value: 'a2' }], truncated: true,
    });
    expect(client.ask({ op: 'list', prefix: 'a', limit: 3 })).toMatchObject({ truncated: false });
    expect(client.ask({ op: 'list', prefix: 'c', limit: 3 })).toEqual({ type: 'list', entries: [], truncated: false });
  });

  it('list stops at its bytes and says so', () => {
    const value = 'x'.repeat(32 * 1024);
    for (let at = 0; at < 40; at += 1) put(`key${at}`, value);
    const listed = client.ask({ op: 'list', prefix: '', limit: 1000 });
    if (listed.type !== 'list') throw new Error(listed.type);
    expect(listed.truncated).toBe(true);
    expect(listed.entries).toHaveLength(Math.floor(LIST_BYTES_MAX / (value.length + 4)));
    put('a', 'x'.repeat(VALUE_BYTES_MAX));
    expect(client.ask({ op: 'list', prefix: '', limit: 1000 }), 'the first pair, whatever its size')
      .toMatchObject({ entries: [{ key: 'a' }], truncated: true });
  });

  it('previews all keys with the beginnings of their values, however long these are', () => {
    put('a', 'x'.repeat(VALUE_BYTES_MAX));
    put('b', 'short');
    put('c', `${'y'.repeat(9)}😀`);
    expect(client.machine.preview('', 10, 10)).toEqual({
      entries: [
        { key: 'a', value: 'x'.repeat(10), cutFrom: VALUE_BYTES_MAX }, { key: 'b', value: 'short' },
        { key: 'c', value: 'y'.repeat(9), cutFrom: 11 },
      ],
      truncated: false,
    });
    expect(client.machine.preview('', 2, 10)).toMatchObject({ entries: [{ key: 'a' }, { key: 'b' }], truncated: true });
  });

  it('keeps thousands of keys in order while they come and go', () => {
    const keys = Array.from({ length: 5000 }, (_, at) => `key ${(at * 7919) % 5000}`);
    for (const key of keys) put(key, 'x');
    for (const key of keys.slice(0, 2500)) client.ask({ op: 'delete', key });
    const left = keys.slice(2500).sort();
    expect(client.machine.keyCount).toBe(2500);
    expect(client.machine.list('', 1000).entries.map((pair) => pair.key)).toEqual(left.slice(0, 1000));
  });
});

describe('entries', () => {
  it('come back as they were encoded', () => {
    fc.assert(fc.property(anyEntry, (entry) => {
      expect(decodeKvEntry(encodeKvEntry(entry))).toEqual(entry);
    }));
  });

  const request = (command: KvCommand): KvEntry & { kind: 'request' } =>
    ({ kind: 'request', client: 'c1', session: 1, sequence: 1, acknowledgedBelow: 1, command });

  it.each<[string, Uint8Array]>([
    ['no bytes', new Uint8Array()],
    ['no CBOR', Uint8Array.of(0xff)],
    ['another value', Uint8Array.of(0x01)],
    ['an empty key', encodeKvEntry(request({ op: 'get', key: '' }))],
    ['a key that is too long in UTF-8', encodeKvEntry(request({ op: 'get', key: 'é'.repeat(KEY_BYTES_MAX / 2 + 1) }))],
    ['too long a value', encodeKvEntry(request({ op: 'put', key: 'k', value: 'x'.repeat(VALUE_BYTES_MAX + 1) }))],
    ['a fraction', encodeKvEntry(request({ op: 'incr', key: 'k', by: 0.5 }))],
    ['a list of nothing', encodeKvEntry(request({ op: 'list', prefix: '', limit: 0 }))],
    ['sequence 0', encodeKvEntry({ ...request({ op: 'get', key: 'k' }), sequence: 0 })],
    ['an acknowledgement of itself', encodeKvEntry({ ...request({ op: 'get', key: 'k' }), acknowledgedBelow: 2 })],
  ])('with %s are refused and change nothing', (_what, bytes) => {
    const before = client.machine.snapshot();
    expect(client.machine.apply(2, bytes)).toMatchObject({ entry: undefined, result: { code: 'malformed-entry' } });
    const after = KvStateMachine.restore(client.machine.snapshot());
    expect([after.keyCount, [...after.sessions]]).toEqual([0, [...KvStateMachine.restore(before).sessions]]);
  });

  it('of any bytes are applied without a throw', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 60 })), (log) => {
      const machine = new KvStateMachine();
      log.forEach((bytes, at) => machine.apply(at + 1, bytes));
    }));
  });

  it('are applied in order, or not at all', () => {
    expect(() => client.machine.apply(1, new Uint8Array())).toThrow('entry 1 is to be applied after entry 1');
    expect(() => client.machine.apply(1.5, new Uint8Array())).toThrow(/entry 1.5/);
  });
});

describe('sessions (dissertation §6.3)', () => {
  it('a retried command gives its first result and takes effect once', () => {
    const first = client.request(1, { op: 'incr', key: 'visits', by: 1 });
    client.request(2, { op: 'incr', key: 'visits', by: 1 });
    expect(client.request(1, { op: 'incr', key: 'visits', by: 1 })).toEqual(first);
    expect(client.machine.get('visits')).toBe('2');
  });

  it('remembers refusals as well', () => {
    client.request(1, { op: 'put', key: 'k', value: 'red' });
    expect(client.request(2, { op: 'incr', key: 'k', by: 1 })).toMatchObject({ type: 'refused', code: 'not-a-number' });
    client.request(3, { op: 'put', key: 'k', value: '1' });
    expect(client.request(2, { op: 'incr', key: 'k', by: 1 })).toMatchObject({ type: 'refused', code: 'not-a-number' });
    expect(client.machine.get('k')).toBe('1');
  });

  it('answers a retried read anew', () => {
    client.request(1, { op: 'get', key: 'k' });
    client.request(2, { op: 'put', key: 'k', value: 'red' });
    expect(client.request(1, { op: 'get', key: 'k' })).toEqual({ type: 'value', value: 'red' });
  });

  it('forgets what the client has acknowledged, and then refuses to apply it again', () => {
    client.request(1, { op: 'incr', key: 'visits', by: 1 });
    client.request(2, { op: 'incr', key: 'visits', by: 1 }, 2);
    expect(client.request(1, { op: 'incr', key: 'visits', by: 1 }))
      .toMatchObject({ type: 'refused', code: 'sequence-too-old' });
    expect(client.machine.get('visits')).toBe('2');
  });

  it('takes requests that arrive out of order', () => {
    client.request(3, { op: 'incr', key: 'visits', by: 1 });
    expect(client.request(1, { op: 'incr', key: 'visits', by: 1 })).toEqual({ type: 'number', value: 2 });
  });

  it('keeps a bounded number of results for each', () => {
    for (let sequence = 1; sequence <= RESULTS_PER_SESSION_MAX + 10; sequence += 1) {
      client.request(sequence, { op: 'incr', key: 'visits', by: 1 });
    }
    const [session] = client.machine.sessions;
    expect(session?.results.size).toBe(RESULTS_PER_SESSION_MAX);
    expect(client.request(10, { op: 'incr', key: 'visits', by: 1 })).toMatchObject({ code: 'sequence-too-old' });
    expect(client.request(11, { op: 'incr', key: 'visits', by: 1 })).toEqual({ type: 'number', value: 11 });
  });

  it('a request of no session changes nothing', () => {
    const result = client.request(1, { op: 'put', key: 'k', value: 'v' }, 1, 999);
    expect(result).toMatchObject({ type: 'refused', code: 'session-expired' });
    expect(client.machine.get('k')).toBeNull();
  });

  it('a retried registration finds its session; another token or client opens another', () => {
    const register = (name: string, request: string) => client.apply({ kind: 'register', client: name, request });
    expect(register('c1', 'r1')).toEqual({ type: 'registered', session: client.session });
    const other = register('c1', 'r2');
    expect(other).not.toEqual({ type: 'registered', session: client.session });
    expect(register('c2', 'r1')).not.toEqual(other);
  });

  it('the one used longest ago expires when there are too many', () => {
    for (let at = 1; at < SESSIONS_MAX; at += 1) client.apply({ kind: 'register', client: 'many', request: `r${at}` });
    client.ask({ op: 'put', key: 'k', value: 'still here' }); // uses the first session, so the second is now the oldest
    const oldest = [...client.machine.sessions][0]?.session;
    client.apply({ kind: 'register', client: 'many', request: 'one more' });
    expect([...client.machine.sessions]).toHaveLength(SESSIONS_MAX);
    expect(client.request(1, { op: 'get', key: 'k' }, 1, oldest)).toMatchObject({ code: 'session-expired' });
    const anew = client.apply({ kind: 'register', client: 'many', request: 'r1' });
    expect(anew, 'its token opens another').toEqual({ type: 'registered', session: client.machine.lastApplied });
    expect(get('k')).toEqual({ type: 'value', value: 'still here' });
  });

  it('the memory for results is bounded: old sessions give way', () => {
    const value = 'x'.repeat(VALUE_BYTES_MAX);
    const second = client.apply({ kind: 'register', client: 'c2', request: 'r1' });
    if (second.type !== 'registered') throw new Error(second.type);
    put('k', value);
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      client.request(sequence, { op: 'put', key: 'k', value }, 1, second.session);
    }
    expect([...client.machine.sessions].map((session) => session.session)).toEqual([second.session]);
  });

  it.each<readonly [string, KvCommand | undefined, KvCommand]>([
    ['deleted', { op: 'put', key: 'k', value: 'x'.repeat(VALUE_BYTES_MAX) }, { op: 'delete', key: 'k' }],
    ['compared', undefined, { op: 'cas', key: 'k', expected: null, value: '' }],
  ])('results of type %s count with the value that they hold', (type, before, command) => {
    put('k', 'x'.repeat(VALUE_BYTES_MAX));
    for (let count = 1; count <= 15; count += 1) {
      expect(client.ask(command)).toMatchObject({ type });
      if (before !== undefined) client.ask(before);
    }
    const second = client.apply({ kind: 'register', client: 'c2', request: 'r1' });
    expect([...client.machine.sessions], 'just below the limit').toHaveLength(2);
    const session = second.type === 'registered' ? second.session : 0;
    for (const sequence of [1, 2]) {
      client.request(sequence, { op: 'cas', key: 'k', expected: null, value: '' }, 1, session);
    }
    expect([...client.machine.sessions].map((left) => left.session)).toEqual([session]);
  });

  it('results that the client has, and those of a session that is gone, take no memory', () => {
    const value = 'x'.repeat(VALUE_BYTES_MAX);
    const open = (request: string): number => {
      const opened = client.apply({ kind: 'register', client: 'c2', request });
      if (opened.type !== 'registered') throw new Error(opened.type);
      return opened.session;
    };
    const putAll = (session: number, count: number, unanswered: number): void => {
      for (let sequence = 1; sequence <= count; sequence += 1) {
        const acknowledgedBelow = Math.max(1, sequence - unanswered);
        client.request(sequence, { op: 'put', key: 'k', value }, acknowledgedBelow, session);
      }
    };
    const sessions = (): number[] => [...client.machine.sessions].map(({ session }) => session);
    const [second, third, fourth] = [open('r1'), open('r2'), open('r3')];
    putAll(second, 30, 2); // never more than three results at once
    expect(sessions()).toEqual([client.session, third, fourth, second]);
    putAll(third, 14, 14); // with the three of the second: over the limit, and the oldest go first
    expect(sessions()).toEqual([third]);
    putAll(open('r4'), 1, 0); // there is room again, since the second is gone with what it held
    expect(sessions()).toHaveLength(2);
  });

  it('of the results that are acknowledged with a jump, none is kept', () => {
    for (const sequence of [1, 40, 41]) client.request(sequence, { op: 'incr', key: 'visits', by: 1 });
    client.request(42, { op: 'incr', key: 'visits', by: 1 }, 41);
    const [session] = client.machine.sessions;
    expect([session?.keptFrom, [...session?.results.keys() ?? []]]).toEqual([41, [41, 42]]);
    // An acknowledgement that was overtaken takes nothing back.
    client.request(43, { op: 'get', key: 'visits' }, 2);
    expect([...client.machine.sessions][0]?.keptFrom).toBe(41);
  });
});

describe('the logs that these tests apply', () => {
  it('execute most of their requests, and meet every way that a request can go', () => {
    const counts = new Map<string, number>();
    const count = (what: string): void => void counts.set(what, (counts.get(what) ?? 0) + 1);
    for (const log of fc.sample(anyLog, { numRuns: 200, seed: 1 })) {
      const machine = new KvStateMachine();
      log.forEach((entry, position) => {
        const { result, isRepeat } = machine.apply(position + 1, encodeKvEntry(entry));
        if (result.type === 'registered') {
          count(result.session === position + 1 ? 'registered' : 'found again');
          return;
        }
        count('request');
        if (isRepeat) {
          count('repeat');
          return;
        }
        if (result.type === 'refused') count(result.code);
        if (result.type !== 'refused' || result.code === 'not-a-number') count('executed');
        if (result.type === 'deleted') count(result.previous === null ? 'deletes nothing' : 'deletes');
        if (result.type === 'compared') count(result.swapped ? 'swaps' : 'does not swap');
      });
    }
    const share = (what: string, ...ofThese: string[]): number =>
      (counts.get(what) ?? 0) / ofThese.reduce((sum, other) => sum + (counts.get(other) ?? 0), 0);
    expect(share('executed', 'request')).toBeGreaterThan(0.7);
    expect(share('repeat', 'request')).toBeGreaterThan(0.04);
    expect(share('session-expired', 'request')).toBeGreaterThan(0.03);
    expect(share('sequence-too-old', 'request')).toBeGreaterThan(0.03);
    expect(share('not-a-number', 'request')).toBeGreaterThan(0.01);
    expect(share('deletes', 'deletes', 'deletes nothing')).toBeGreaterThan(0.3);
    expect(share('swaps', 'swaps', 'does not swap')).toBeGreaterThan(0.1);
    expect(share('found again', 'registered', 'found again')).toBeGreaterThan(0.1);
  });
});

describe('snapshots', () => {
  const applyAll = (machine: KvStateMachine, log: readonly KvEntry[], from = 1): KvResult[] =>
    log.map((entry, at) => machine.apply(from + at, encodeKvEntry(entry)).result);

  it('two machines with the same log have the same results and the same bytes', () => {
    fc.assert(fc.property(anyLog, (log) => {
      const [one, other] = [new KvStateMachine(), new KvStateMachine()];
      expect(applyAll(one, log)).toEqual(applyAll(other, log));
      expect(one.snapshot()).toEqual(other.snapshot());
    }));
  });

  it('a machine restored in the middle of a log ends like one that applied all of it', () => {
    fc.assert(fc.property(anyLog, fc.nat(), (log, cut) => {
      const at = cut % (log.length + 1);
      const whole = new KvStateMachine();
      const results = applyAll(whole, log);
      const first = new KvStateMachine();
      applyAll(first, log.slice(0, at));
      const restored = KvStateMachine.restore(first.snapshot());
      expect(restored.snapshot()).toEqual(first.snapshot());
      expect(applyAll(restored, log.slice(at), at + 1)).toEqual(results.slice(at));
      expect(restored.snapshot()).toEqual(whole.snapshot());
    }));
  });

  it('a snapshot tells of the moment when it was begun, whatever is applied before its blocks are taken', () => {
    fc.assert(fc.property(anyLog, fc.nat(), fc.nat({ max: 3 }), (log, cut, takenBefore) => {
      const at = cut % (log.length + 1);
      const machine = new KvStateMachine();
      applyAll(machine, log.slice(0, at));
      const expected = machine.snapshot();
      const frozen = machine.freeze();
      const blocks = Array.from({ length: takenBefore }, () => frozen.blocks.next().value ?? new Uint8Array());
      applyAll(machine, log.slice(at), at + 1);
      blocks.push(...frozen.blocks);
      frozen.release();
      expect(Buffer.concat(blocks)).toEqual(Buffer.from(expected));
    }));
  });

  it('a snapshot of many blocks is read in pieces of any length', () => {
    const machine = new KvStateMachine();
    for (let index = 1; index <= 40; index += 1) {
      machine.apply(index, encodeKvEntry(index === 1
        ? { kind: 'register', client: 'c', request: 'r' }
        : {
          kind: 'request', client: 'c', session: 1, sequence: index, acknowledgedBelow: 1,
          command: { op: 'put', key: `key ${index % 20}`, value: 'é'.repeat(index * 200) },
        }));
    }
    const bytes = machine.snapshot();
    expect(bytes.length).toBeGreaterThan(3 * 64 * 1024);
    for (const length of [1000, 65_536, 100_000]) {
      const reader = KvStateMachine.reader();
      for (let from = 0; from < bytes.length; from += length) reader.push(bytes.subarray(from, from + length));
      expect(reader.finish().snapshot()).toEqual(bytes);
    }
    const cut = KvStateMachine.reader();
    cut.push(bytes.subarray(0, -1));
    expect(() => cut.finish()).toThrow(SnapshotError);
  });

  it('a key that is overwritten or deleted while blocks are taken is in them as it was', () => {
    const value = 'x'.repeat(40 * 1024); // two of them fill a block
    for (const key of ['a', 'b', 'c', 'd', 'e']) put(key, value);
    const expected = client.machine.snapshot();
    const frozen = client.machine.freeze();
    const blocks = [frozen.blocks.next().value, frozen.blocks.next().value]; // the head, and a with b
    client.ask({ op: 'delete', key: 'a' }); // is written already
    client.ask({ op: 'delete', key: 'c' });
    put('d', 'once');
    put('d', 'twice');
    client.ask({ op: 'delete', key: 'e' });
    put('e', 'anew');
    put('f', 'new');
    put('f', 'newer');
    const taken = Buffer.concat([...blocks.map((block) => block ?? new Uint8Array()), ...frozen.blocks]);
    expect(Buffer.compare(taken, expected)).toBe(0);
    expect(client.machine.list('').entries.map((pair) => pair.key)).toEqual(['b', 'd', 'e', 'f']);
  });

  it('each of two that are under way tells of its own moment, until it is released', () => {
    put('a', 'first');
    const [one, expectedOne] = [client.machine.freeze(), client.machine.snapshot()];
    put('a', 'second');
    const [two, expectedTwo] = [client.machine.freeze(), client.machine.snapshot()];
    client.ask({ op: 'delete', key: 'a' });
    expect(Buffer.concat([...one.blocks])).toEqual(Buffer.from(expectedOne));
    one.release();
    put('a', 'third');
    expect(Buffer.concat([...two.blocks])).toEqual(Buffer.from(expectedTwo));
  });

  it('a restored machine knows the tokens of registrations', () => {
    client.apply({ kind: 'register', client: 'c2', request: 'r7' });
    const restored = KvStateMachine.restore(client.machine.snapshot());
    const again = encodeKvEntry({ kind: 'register', client: 'c1', request: 'r1' });
    expect(restored.apply(10, again).result).toEqual({ type: 'registered', session: client.session });
    expect([...restored.sessions].map(({ session, lastUsedIndex }) => [session, lastUsedIndex]))
      .toEqual([[2, 2], [1, 10]]);
  });

  it('a restored machine counts the results that it holds: the same sessions give way as everywhere', () => {
    const value = 'x'.repeat(VALUE_BYTES_MAX);
    const second = client.apply({ kind: 'register', client: 'c2', request: 'r1' });
    if (second.type !== 'registered') throw new Error(second.type);
    for (let count = 0; count < 12; count += 1) put('k', value); // 11 MiB of former values
    const restored = KvStateMachine.restore(client.machine.snapshot());
    const left: number[][] = [];
    for (const machine of [client.machine, restored]) {
      const start = machine.lastApplied;
      for (let sequence = 1; sequence <= 6; sequence += 1) {
        machine.apply(start + sequence, encodeKvEntry({
          kind: 'request', client: 'c2', session: second.session, sequence, acknowledgedBelow: 1,
          command: { op: 'put', key: 'k', value },
        }));
      }
      left.push([...machine.sessions].map(({ session }) => session));
    }
    expect(left).toEqual([[second.session], [second.session]]);
    expect(Buffer.compare(restored.snapshot(), client.machine.snapshot())).toBe(0);
  });

  it('bytes that are no snapshot are refused with a reason', () => {
    expect(() => KvStateMachine.restore(new Uint8Array())).toThrow(SnapshotError);
    const entry = encodeKvEntry({ kind: 'register', client: 'c', request: 'r' });
    expect(() => KvStateMachine.restore(entry)).toThrow(SnapshotError);
    fc.assert(fc.property(fc.uint8Array(), (bytes) => {
      expect(() => KvStateMachine.restore(bytes)).toThrow(SnapshotError);
    }));
  });
});
