/** A simulated client by itself: what it asks, which answers it takes for its own, and what it remembers of them. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { KvEntry, KvResult } from '../../src/kv/index.ts';
import { Client } from '../../src/sim/clients.ts';
import { Random } from '../../src/sim/random.ts';
import { Schedule } from '../../src/sim/schedule.ts';
import { settingsFromSeed, TICK_MICROS } from '../../src/sim/settings.ts';
import type { SimSettings } from '../../src/sim/settings.ts';

const SERVER = 1;
const ATTEMPTS_MAX = 6;

/** A client of one server, which answers when the test says so. */
class World {
  readonly schedule = new Schedule();
  readonly asked: KvEntry[] = [];
  readonly reads: string[] = [];
  value: string | null = null;
  readonly client: Client;

  constructor(settings: Partial<SimSettings>) {
    const { schedule } = this;
    this.client = new Client('c1', {
      schedule,
      settings: { ...settingsFromSeed({ seed: 1 }), readShare: 0, readIndexShare: 0, patienceTicks: 10, ...settings },
      favourite: undefined,
      memberIds: () => [SERVER],
      propose: (_server, entry) => this.asked.push(entry) > 0,
      readIndex: (_server, token) => this.reads.push(token) > 0,
      valueOf: () => this.value,
    }, new Random(1, 'client'));
  }

  /** Time passes until the client asks something. @returns what it asks */
  next(): KvEntry {
    const count = this.asked.length;
    while (this.asked.length === count) {
      if (!this.schedule.runNext(Infinity)) throw new Error('the client asks nothing');
    }
    return this.last;
  }

  get last(): KvEntry {
    const entry = this.asked.at(-1);
    if (entry === undefined) throw new Error('the client has asked nothing');
    return entry;
  }

  /** The server applies what was asked last. */
  answer(result: KvResult, entry = this.last, server = SERVER): void {
    this.client.onApplied(server, entry, result);
  }

  /** The client has a session and asks its first command. */
  begin(): KvEntry & { kind: 'request' } {
    this.next();
    this.answer({ type: 'registered', session: 5 });
    return this.nextRequest();
  }

  nextRequest(): KvEntry & { kind: 'request' } {
    const entry = this.next();
    if (entry.kind !== 'request') throw new Error(`the client asks to ${entry.kind}`);
    return entry;
  }
}

const DONE: KvResult = { type: 'number', value: 1 };
const EXPIRED: KvResult = { type: 'refused', code: 'session-expired', message: '' };

let world: World;
beforeEach(() => {
  world = new World({});
});

describe('a client', () => {
  it('registers with one token until it has a session, then numbers its commands', () => {
    expect([world.next(), world.next()]).toEqual(Array.from({ length: 2 }, () => (
      { kind: 'register', client: 'c1', request: 'c1-1' })));
    world.answer({ type: 'registered', session: 5 });
    expect(world.nextRequest()).toMatchObject({ session: 5, sequence: 1, acknowledgedBelow: 1 });
    world.answer(DONE);
    expect(world.nextRequest()).toMatchObject({ session: 5, sequence: 2, acknowledgedBelow: 2 });
  });

  it('asks the same again until it is answered, later each time, and gives up after six attempts', () => {
    const first = world.begin();
    const calledAt = world.schedule.now;
    for (let attempt = 2; attempt <= ATTEMPTS_MAX; attempt += 1) {
      expect(world.nextRequest()).toEqual(first);
    }
    expect(world.nextRequest()).toMatchObject({ sequence: 2, acknowledgedBelow: 2 });
    expect(world.client.history)
      .toEqual([{ client: 'c1', input: first.command, output: undefined, calledAt, returnedAt: Infinity }]);
    expect(world.client.answered).toBe(0);
    for (let attempt = 2; attempt <= ATTEMPTS_MAX; attempt += 1) {
      expect(world.nextRequest(), 'each command has as many').toMatchObject({ sequence: 2 });
    }
  });

  it('without its rule takes a new number for each attempt, and acknowledges none of them', () => {
    world = new World({ rulesOff: ['retriesKeepTheirSequence'] });
    world.begin();
    expect(world.nextRequest()).toMatchObject({ sequence: 2, acknowledgedBelow: 1 });
    world.answer(DONE);
    expect(world.nextRequest()).toMatchObject({ sequence: 3, acknowledgedBelow: 3 });
  });

  it('remembers a command with its answer and its times', () => {
    const { command } = world.begin();
    const calledAt = world.schedule.now;
    world.schedule.after(7, () => world.answer(DONE));
    world.schedule.runNext(Infinity);
    expect(world.client.history)
      .toEqual([{ client: 'c1', input: command, output: DONE, calledAt, returnedAt: calledAt + 7 }]);
    expect(world.client.answered).toBe(1);
    expect(world.client.endHistory()).toHaveLength(1);
  });

  it('takes only the answer of the server that it asked, to what it asked last, once', () => {
    const first = world.begin();
    world.answer(DONE, first, SERVER + 1);
    world.answer(DONE, { ...first, sequence: 2 });
    expect(world.client.history).toEqual([]);
    world.answer(DONE);
    world.answer(DONE);
    expect(world.client.history).toHaveLength(1);
    const second = world.nextRequest();
    world.answer(DONE, first);
    expect(world.client.history).toHaveLength(1);
    world.answer({ type: 'refused', code: 'not-a-number', message: '' }, second);
    expect(world.client.history, 'a refusal is an answer').toHaveLength(2);
    expect(world.client.answered).toBe(2);
  });

  it('whose session has expired cannot tell what became of its command, and registers anew', () => {
    world.begin();
    world.answer(DONE);
    world.nextRequest();
    world.answer(EXPIRED);
    expect(world.client.history.at(-1)).toMatchObject({ output: undefined, returnedAt: Infinity });
    expect(world.next()).toEqual({ kind: 'register', client: 'c1', request: 'c1-2' });
    world.answer({ type: 'registered', session: 9 });
    expect(world.nextRequest()).toMatchObject({ session: 9, sequence: 1, acknowledgedBelow: 1 });
  });

  it('that is stopped begins nothing, and notes what is open as unknown', () => {
    const { command } = world.begin();
    world.client.stop();
    expect(world.client.endHistory()).toMatchObject([{ input: command, output: undefined, returnedAt: Infinity }]);
    const { length } = world.asked;
    while (world.schedule.runNext(Infinity)) {
      // until nothing is left to happen
    }
    expect(world.asked).toHaveLength(length);
    expect(world.client.endHistory(), 'noted once').toHaveLength(1);
  });

  it('that is calm gives nothing up and waits long', () => {
    world.client.calmDown(100);
    const first = world.begin();
    let askedAt = world.schedule.now;
    for (let attempt = 1; attempt <= 2 * ATTEMPTS_MAX; attempt += 1) {
      expect(world.nextRequest()).toEqual(first);
      expect(world.schedule.now - askedAt).toBeGreaterThanOrEqual(100 * attempt * TICK_MICROS);
      askedAt = world.schedule.now;
    }
  });

  it('that hurries asks now, and not again when it would have asked', () => {
    world.begin();
    const { length } = world.asked;
    world.client.hurry();
    expect(world.asked).toHaveLength(length + 1);
    world.client.hurry();
    expect(world.asked).toHaveLength(length + 2);
    world.answer(DONE);
    world.client.hurry();
    expect(world.last).toMatchObject({ sequence: 2 });
    world.answer(DONE);
    world.client.stop();
    const asked = world.asked.length;
    while (world.schedule.runNext(Infinity)) {
      // the appointments from before the hurry come to nothing
    }
    expect(world.asked).toHaveLength(asked);
  });
});

describe('a read by read index', () => {
  it('takes the value of the server that was asked, under its latest token, once', () => {
    world = new World({ readShare: 1, readIndexShare: 1 });
    world.next();
    world.answer({ type: 'registered', session: 5 });
    while (world.reads.length < 2) world.schedule.runNext(Infinity);
    const [old = '', token = ''] = world.reads;
    expect(token).not.toBe(old);
    world.value = 'red';
    world.client.onRead(SERVER, old);
    world.client.onRead(SERVER + 1, token);
    world.answer(DONE, {
      kind: 'request', client: 'c1', session: 5, sequence: 1, acknowledgedBelow: 1, command: { op: 'get', key: 'k1' },
    });
    expect(world.client.history).toEqual([]);
    world.client.onRead(SERVER, token);
    world.client.onRead(SERVER, token);
    expect(world.client.history).toMatchObject([{ input: { op: 'get' }, output: { type: 'value', value: 'red' } }]);
  });
});
