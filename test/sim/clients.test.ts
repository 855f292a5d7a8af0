/** A simulated client by itself: what it asks, which answers it takes for its own, and what it remembers of them. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { KvAnswer } from '../../src/contract/answers.ts';
import type { LabErrorCode } from '../../src/contract/errors.ts';
import type { KvResult } from '../../src/kv/index.ts';
import type { KvRequest } from '../../src/server/protocol.ts';
import { Client, type ClientOutcome, type ClientWorld } from '../../src/sim/clients.ts';
import { Random } from '../../src/sim/random.ts';
import { Schedule } from '../../src/sim/schedule.ts';
import { settingsFromSeed, TICK_MICROS } from '../../src/sim/settings.ts';
import type { LabTerms, SimSettings } from '../../src/sim/settings.ts';

const SERVER = 1;
/** A client waits six times its usual patience. */
const TRIES = 6;
const TICK_MS = TICK_MICROS / 1000;

interface Asked {
  readonly node: number;
  readonly request: KvRequest;
}

/** A client of a few servers, which answer when the test says so. */
class World implements ClientWorld {
  readonly schedule = new Schedule();
  readonly settings: SimSettings;
  readonly terms: LabTerms;
  /** By the requests' numbers, from 1 on. */
  readonly asked: Asked[] = [];
  isRunning = true;
  favourite: number | undefined;
  members: readonly number[] = [SERVER];
  readonly client: Client;

  constructor(settings: Partial<SimSettings>, leaseReads = false) {
    this.settings = {
      ...settingsFromSeed({ seed: 1 }), readShare: 0, readIndexShare: 0, patienceTicks: 10, ...settings,
    };
    this.terms = { leaseReads, electionTimeoutTicks: 10, tickMicros: TICK_MICROS };
    this.client = new Client('c1', this, new Random(1, 'client'));
  }

  memberIds(): readonly number[] {
    return this.members;
  }

  ask(node: number, _client: Client, request: KvRequest): number | undefined {
    this.asked.push({ node, request });
    return this.isRunning ? this.asked.length : undefined;
  }

  /** Time passes until the client asks something. @returns what it asks */
  next(): Asked {
    const count = this.asked.length;
    while (this.asked.length === count) {
      if (!this.schedule.runNext(Infinity)) throw new Error('the client asks nothing');
    }
    return this.last;
  }

  get last(): Asked {
    const asked = this.asked.at(-1);
    if (asked === undefined) throw new Error('the client has asked nothing');
    return asked;
  }

  /** What it asked last came to this. */
  end(outcome: ClientOutcome, requestId = this.asked.length): void {
    this.client.onOutcome(requestId, outcome);
  }

  answer(result: KvResult, requestId = this.asked.length): void {
    const answer: KvAnswer = {
      result, index: 1, term: 1, leader: 'n1', route: ['n1'], hops: 0, tries: 1,
      timing: { totalMs: 1, appendedMs: null, committedMs: null },
    };
    this.end({ type: 'answered', answer }, requestId);
  }

  fail(code: LabErrorCode): void {
    this.end({ type: 'failed', error: { code, message: '' } });
  }

  runAll(): void {
    while (this.schedule.runNext(Infinity)) {
      // until nothing is left to happen
    }
  }
}

const DONE: KvResult = { type: 'number', value: 1 };

let world: World;
beforeEach(() => {
  world = new World({});
});

describe('a client', () => {
  it('asks one thing at a time, under its own name, with values that nobody else writes', () => {
    world = new World({ keyCount: 1 });
    const values = new Set<string>();
    for (let count = 1; count <= 50; count += 1) {
      const { node, request } = world.next();
      expect([node, request.client]).toEqual([SERVER, 'c1']);
      world.schedule.after(1_000_000, () => undefined);
      world.schedule.runNext(Infinity);
      expect(world.asked, 'nothing more before the answer').toHaveLength(count);
      if (request.command.op === 'put' || request.command.op === 'cas') values.add(request.command.value);
      world.answer(DONE);
    }
    const written = world.asked.filter(({ request }) => ['put', 'cas'].includes(request.command.op));
    expect(values.size).toBe(written.length);
    expect(written.length).toBeGreaterThan(10);
    expect([...values].every((value) => value.startsWith('c1.'))).toBe(true);
  });

  it('remembers a command with its answer and its times', () => {
    const { request: { command } } = world.next();
    const calledAt = world.schedule.now;
    world.schedule.after(7, () => world.answer(DONE));
    world.schedule.runNext(Infinity);
    expect(world.client.history)
      .toEqual([{ client: 'c1', input: command, output: DONE, calledAt, returnedAt: calledAt + 7 }]);
    expect(world.client.answered).toBe(1);
    expect(world.client.endHistory()).toHaveLength(1);
  });

  it('takes only the answer to what it asked last, once', () => {
    world.next();
    world.answer(DONE, 2);
    expect(world.client.history).toEqual([]);
    world.answer(DONE);
    world.answer(DONE);
    expect(world.client.history).toHaveLength(1);
    world.next();
    world.answer(DONE, 1);
    expect(world.client.history).toHaveLength(1);
    world.answer({ type: 'refused', code: 'not-a-number', message: '' });
    expect(world.client.history, 'a refusal of its command is an answer').toHaveLength(2);
    expect(world.client.answered).toBe(2);
  });

  it.each<[string, () => void]>([
    ['whose node does not know the outcome', () => world.fail('unknown-outcome')],
    ['whose node is gone', () => world.end({ type: 'vanished' })],
    ['whose session has expired', () => world.answer({ type: 'refused', code: 'session-expired', message: '' })],
    ['whose command came too late in its session',
      () => world.answer({ type: 'refused', code: 'sequence-too-old', message: '' })],
  ])('%s cannot tell what became of its command', (_why, end) => {
    const { request: { command } } = world.next();
    const calledAt = world.schedule.now;
    end();
    expect(world.client.history)
      .toEqual([{ client: 'c1', input: command, output: undefined, calledAt, returnedAt: Infinity }]);
    expect(world.client.answered).toBe(0);
    expect(world.next().request.command, 'it goes on').toBeDefined();
  });

  it.each<LabErrorCode>(['no-leader', 'busy', 'refused'])('forgets a command that never takes effect: %s', (code) => {
    world.next();
    world.fail(code);
    world.next();
    expect(world.client.endHistory(), 'only the second one is open').toHaveLength(1);
    expect(world.client.answered).toBe(0);
  });

  it('forgets what it asked of a node that does not run, and asks again', () => {
    world.isRunning = false;
    world.next();
    world.isRunning = true;
    const { request: { command } } = world.next();
    expect(world.client.endHistory()).toMatchObject([{ input: command }]);
  });

  it('waits as long as its settings allow, for all tries of its node together', () => {
    const timeouts = new Set<number>();
    for (let count = 0; count < 50; count += 1) {
      timeouts.add(world.next().request.timeoutMs / (TRIES * TICK_MS));
      world.answer(DONE);
    }
    expect(Math.min(...timeouts)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...timeouts)).toBeLessThanOrEqual(10);
    expect(timeouts.size).toBeGreaterThan(5);
  });

  it('that is calm waits long', () => {
    world.client.calmDown(100);
    expect(world.next().request.timeoutMs).toBe(TRIES * 100 * TICK_MS);
  });

  it('that is stopped begins nothing, and notes what is open as unknown', () => {
    const { request: { command } } = world.next();
    world.client.stop();
    expect(world.client.endHistory()).toMatchObject([{ input: command, output: undefined, returnedAt: Infinity }]);
    const { length } = world.asked;
    world.runAll();
    expect(world.asked).toHaveLength(length);
    expect(world.client.endHistory(), 'noted once').toHaveLength(1);
  });

  it('that hurries asks now, unless it waits for an answer, and not again when it would have asked', () => {
    world.client.hurry();
    expect(world.asked).toHaveLength(1);
    world.client.hurry();
    expect(world.asked, 'one thing at a time').toHaveLength(1);
    world.answer(DONE);
    world.client.hurry();
    expect(world.asked).toHaveLength(2);
    world.answer(DONE);
    world.client.stop();
    world.runAll();
    expect(world.asked, 'the appointments from before the hurry come to nothing').toHaveLength(2);
  });

  it('asks any member, but mostly the favourite while there is one', () => {
    world.members = [1, 2, 3];
    const askMany = () => Array.from({ length: 100 }, () => {
      const { node } = world.next();
      world.answer(DONE);
      return node;
    });
    expect(new Set(askMany())).toEqual(new Set([1, 2, 3]));
    world.favourite = 2;
    const asked = askMany();
    expect(asked.filter((node) => node === 2).length).toBeGreaterThan(60);
    expect(new Set(asked).size).toBeGreaterThan(1);
  });
});

describe('a read', () => {
  const kindsOf = (readIndexShare: number, leaseReads = false) => {
    const asking = new World({ readShare: 1, readIndexShare }, leaseReads);
    return new Set(Array.from({ length: 100 }, () => {
      const { command, read } = asking.next().request;
      asking.answer({ type: 'value', value: null });
      return `${command.op} ${read ?? ''}`;
    }));
  };

  it('goes through the log, or asks for a read index, or for a lease where there may be one', () => {
    expect(kindsOf(0)).toEqual(new Set(['get log']));
    expect(kindsOf(1)).toEqual(new Set(['get read-index']));
    expect(kindsOf(1, true)).toEqual(new Set(['get read-index', 'get lease']));
    expect(kindsOf(0.5)).toEqual(new Set(['get log', 'get read-index']));
  });

  it('of which nobody knows the outcome says nothing about the data', () => {
    world = new World({ readShare: 1, readIndexShare: 1 });
    world.next();
    world.end({ type: 'vanished' });
    expect(world.client.history).toMatchObject([{ input: { op: 'get' }, output: undefined }]);
  });
});
