/** Requests through the log: each takes effect once, whatever is lost, repeated, discarded or expired. */
import { beforeEach, describe, expect, test } from 'vitest';
import { decodeKvEntry, KvStateMachine } from '../../../src/kv/index.ts';
import type { KvEntry } from '../../../src/kv/index.ts';
import { SESSIONS_MAX } from '../../../src/server/clients/clientSessions.ts';
import { LoggedRequests } from '../../../src/server/clients/loggedRequests.ts';
import type { AppliedRequest } from '../../../src/server/clients/loggedRequests.ts';
import type { PendingRequest } from '../../../src/server/clients/pendingRequest.ts';
import { NONE } from '../../../src/raft/index.ts';
import type { Entry } from '../../../src/raft/index.ts';
import { TestClock } from '../support.ts';
import { incr, leaderIs, Log, pendingOf } from './support.ts';

/** A node's requests, and the cluster's log, into which a proposal gets when the test says so. */
class Logged {
  readonly log = new Log();
  readonly leaders = leaderIs(2);
  readonly forwarded: { readonly pending: PendingRequest; readonly to: number }[] = [];
  readonly answered: { readonly pending: PendingRequest; readonly applied: AppliedRequest }[] = [];
  readonly lost: PendingRequest[] = [];
  readonly requests: LoggedRequests = new LoggedRequests(this.leaders, {
    id: 1,
    boot: 1,
    sessions: true,
    clock: new TestClock(),
    onForwarded: (pending, to) => this.forwarded.push({ pending, to }),
    onApplied: (pending, applied) => {
      this.answered.push({ pending, applied });
      this.requests.remove(pending); // as whoever answers it does
    },
    onSessionLost: (pending) => {
      this.lost.push(pending);
      this.requests.remove(pending);
    },
  });

  ask(key: string, client = 'c1'): PendingRequest {
    const pending = pendingOf(incr(key), client);
    this.requests.add(pending);
    return pending;
  }

  /** What is proposed now, read. */
  propose(): KvEntry[] {
    return this.requests.takeProposals().map(entryIn);
  }

  /** What is proposed now gets into the log of this node. */
  append(): Entry[] {
    const entries = this.requests.takeProposals().map((data) => this.log.append(data));
    this.requests.onAppended(entries);
    return entries;
  }

  apply(entries: readonly Entry[]): void {
    for (const entry of entries) {
      this.requests.onApplied(entry, this.log.apply(entry));
    }
  }

  /** A client opens its session and has nothing under way. */
  open(client = 'c1'): void {
    this.ask('opened', client);
    this.apply(this.append());
    this.apply(this.append());
  }

  tick(count: number): void {
    for (let at = 0; at < count; at += 1) {
      this.requests.tick();
    }
  }
}

function entryIn(data: Uint8Array): KvEntry {
  const entry = decodeKvEntry(data);
  if (entry === undefined) throw new Error('a proposal that nobody can read');
  return entry;
}

/** The numbers of the requests among what was proposed. */
function numbersOf(entries: readonly KvEntry[]): { sequence: number; acknowledgedBelow: number }[] {
  return entries.flatMap((entry) => entry.kind === 'request'
    ? [{ sequence: entry.sequence, acknowledgedBelow: entry.acknowledgedBelow }] : []);
}

let logged: Logged;
beforeEach(() => {
  logged = new Logged();
});

describe('a client’s session', () => {
  test('is registered once, before its requests, and used by all of them', () => {
    const [a, b] = [logged.ask('a'), logged.ask('b')];
    const registration = logged.append();
    expect(registration.map(({ data }) => entryIn(data)))
      .toEqual([{ kind: 'register', client: 'c1', request: '1.1.1' }]);
    expect([logged.propose(), logged.requests.triesOf(a), logged.forwarded]).toEqual([[], 0, []]);
    logged.apply(registration);
    const requests = logged.append();
    expect(requests.map(({ data }) => entryIn(data))).toMatchObject([
      { kind: 'request', client: 'c1', session: 1, sequence: 1, acknowledgedBelow: 1, command: { key: 'a' } },
      { kind: 'request', client: 'c1', session: 1, sequence: 2, acknowledgedBelow: 1, command: { key: 'b' } },
    ]);
    logged.apply(requests);
    expect(logged.answered.map(({ pending, applied }) => [pending, applied.tries, applied.result])).toEqual([
      [a, 1, { type: 'number', value: 1 }], [b, 1, { type: 'number', value: 1 }],
    ]);
  });

  test('proposes no more than a turn may write; the rest comes with the next one', () => {
    logged.open();
    const value = 'v'.repeat(400 * 1024);
    for (let at = 0; at < 7; at += 1) {
      logged.requests.add(pendingOf({ op: 'put', key: `k${at}`, value }));
    }
    expect([logged.propose().length, logged.propose().length, logged.propose().length, logged.propose().length])
      .toEqual([3, 3, 1, 0]);
  });

  test('of another client is another one', () => {
    logged.open();
    logged.ask('a', 'c2');
    expect(logged.propose()).toEqual([{ kind: 'register', client: 'c2', request: '1.1.2' }]);
  });

  test('has acknowledged what lies below its lowest request under way, not below its latest', () => {
    logged.open();
    logged.ask('a');
    logged.ask('b');
    const [first, second] = logged.append();
    expect(numbersOf([first, second].map((entry) => entryIn(entry?.data ?? new Uint8Array()))))
      .toEqual([{ sequence: 2, acknowledgedBelow: 2 }, { sequence: 3, acknowledgedBelow: 2 }]);
    logged.apply(second === undefined ? [] : [second]); // out of order, as after two leaders
    logged.ask('c');
    expect(numbersOf(logged.propose())).toEqual([{ sequence: 4, acknowledgedBelow: 2 }]);
    const [later] = first === undefined ? [] : [logged.log.append(first.data)];
    logged.apply(later === undefined ? [] : [later]);
    logged.ask('d');
    expect(numbersOf(logged.propose())).toEqual([{ sequence: 5, acknowledgedBelow: 4 }]);
  });

  test('acknowledges what was given up as well', () => {
    logged.open();
    const pending = logged.ask('a');
    logged.propose();
    logged.requests.remove(pending);
    logged.ask('b');
    expect(numbersOf(logged.propose())).toEqual([{ sequence: 3, acknowledgedBelow: 3 }]);
  });
});

describe('a proposal', () => {
  beforeEach(() => logged.open());

  test('waits for a leader', () => {
    logged.leaders.note(NONE, 1);
    const pending = logged.ask('a');
    expect([logged.propose(), logged.requests.triesOf(pending)]).toEqual([[], 0]);
    logged.leaders.note(2, 1);
    expect(logged.propose()).toHaveLength(1);
  });

  test('is told of as forwarded where another node leads', () => {
    const pending = logged.ask('a');
    logged.forwarded.length = 0;
    logged.propose();
    expect(logged.forwarded).toEqual([{ pending, to: 2 }]);
    logged.leaders.note(1, 2);
    logged.propose();
    expect(logged.forwarded).toHaveLength(1);
    expect(logged.requests.triesOf(pending)).toBe(2);
  });

  test('is made again when it seems lost, the very same bytes', () => {
    const pending = logged.ask('a');
    const first = logged.requests.takeProposals();
    logged.tick(9);
    expect(logged.requests.takeProposals()).toEqual([]);
    logged.tick(1);
    expect(logged.requests.takeProposals()).toEqual(first);
    logged.apply([logged.log.append(first[0] ?? new Uint8Array())]);
    expect(logged.answered.at(-1)).toMatchObject({ pending, applied: { tries: 2, appendedAtMs: undefined } });
    expect(logged.requests.triesOf(pending)).toBe(0);
  });

  test('that the core did not take was no try', () => {
    const pending = logged.ask('a');
    logged.requests.notTaken(logged.requests.takeProposals());
    expect(logged.requests.triesOf(pending)).toBe(0);
    expect(logged.propose()).toHaveLength(1);
  });

  test('that stands in the log is not made again, until it is discarded: at its index, or before', () => {
    logged.ask('a');
    const [entry] = logged.append();
    const index = entry?.index ?? 0;
    logged.tick(1000);
    expect(logged.propose()).toEqual([]);
    logged.requests.onTruncated(index + 1);
    expect(logged.propose()).toEqual([]);
    logged.requests.onTruncated(index);
    expect(logged.propose()).toHaveLength(1);
  });

  test('is answered once, with when it was in this node’s log', () => {
    logged.ask('a');
    const before = logged.answered.length;
    const [entry] = logged.append();
    const again = logged.log.append(entry?.data ?? new Uint8Array());
    logged.apply(entry === undefined ? [] : [entry, again]);
    expect(logged.answered).toHaveLength(before + 1);
    expect(logged.answered.at(-1)?.applied).toMatchObject({ entry, appendedAtMs: expect.any(Number) as number });
    expect(logged.log.machine.get('a')).toBe('1');
  });

  test('of a request that was given up is recognised no more, and made no more', () => {
    const pending = logged.ask('a');
    const before = logged.answered.length;
    const entries = logged.append();
    logged.requests.remove(pending);
    logged.tick(1000);
    expect(logged.propose()).toEqual([]);
    logged.apply(entries);
    expect(logged.answered).toHaveLength(before);
  });

  test('is told from one that differs only far behind its beginning', () => {
    const long = pendingOf({ op: 'put', key: 'k', value: 'x'.repeat(1000) });
    logged.requests.add(long);
    logged.ask('a');
    logged.requests.add(pendingOf({ op: 'put', key: 'k', value: 'x'.repeat(1000) }));
    logged.apply(logged.append().reverse().map((entry, at) => ({ ...entry, index: 100 + at })));
    expect(logged.answered.slice(-3).map(({ applied }) => entryIn(applied.entry.data)))
      .toMatchObject([{ sequence: 4 }, { sequence: 3 }, { sequence: 2 }]);
  });
});

describe('an expired session', () => {
  beforeEach(() => logged.open());

  /** The request takes its way; where its session has expired, it comes again under a new one. */
  function carryOut(): void {
    for (let round = 0; round < 3; round += 1) {
      logged.apply(logged.append());
    }
  }

  test('is replaced by a new one, under which the request takes effect once', () => {
    const [a, b] = [logged.ask('a'), logged.ask('b')];
    const before = logged.answered.length;
    logged.log.expireSessions();
    carryOut();
    expect(logged.answered.slice(before).map(({ pending, applied }) => [pending, applied.tries]))
      .toEqual([[a, 2], [b, 2]]);
    expect([logged.log.machine.get('a'), logged.log.machine.get('b'), logged.lost]).toEqual(['1', '1', []]);
    logged.ask('c');
    expect(logged.propose()).toMatchObject([{ kind: 'request', sequence: 3 }]);
  });

  test('tells all where every entry was seen: no earlier try took effect, so that the request comes again', () => {
    logged.ask('a');
    logged.propose();
    logged.tick(10);
    logged.log.expireSessions();
    carryOut();
    expect([logged.log.machine.get('a'), logged.lost]).toEqual(['1', []]);
  });

  test('behind a snapshot that jumped over entries, a request with an earlier try must not come again', () => {
    const pending = logged.ask('a');
    const data = logged.requests.takeProposals()[0] ?? new Uint8Array();
    // The first try took effect, and the session expired, among the entries that this node never saw.
    logged.log.apply(logged.log.append(data));
    logged.log.expireSessions();
    logged.requests.onSnapshot();
    logged.tick(10);
    carryOut();
    expect(logged.lost).toEqual([pending]);
    expect(logged.log.machine.get('a')).toBe('1');
  });

  test('behind such a snapshot, a request whose only try has just come by does come again', () => {
    logged.requests.onSnapshot();
    const pending = logged.ask('a');
    logged.log.expireSessions();
    carryOut();
    expect(logged.answered.at(-1)).toMatchObject({ pending, applied: { tries: 2 } });
    expect([logged.log.machine.get('a'), logged.lost]).toEqual(['1', []]);
  });

  test('a snapshot takes what stood in the log: it is proposed again, and applied once', () => {
    const pending = logged.ask('a');
    const [entry] = logged.append();
    if (entry === undefined) throw new Error('nothing was proposed');
    logged.log.apply(entry); // within the snapshot
    const restored = KvStateMachine.restore(logged.log.machine.snapshot());
    logged.requests.onSnapshot();
    logged.tick(10);
    const [again] = logged.append();
    if (again === undefined) throw new Error('nothing was proposed');
    logged.requests.onApplied(again, restored.apply(again.index, again.data).result);
    expect(logged.answered.at(-1)).toMatchObject({ pending, applied: { tries: 2, result: { value: 1 } } });
    expect(restored.get('a')).toBe('1');
  });
});

test('ever new clients without a quorum: what is kept of their registrations is bounded', () => {
  const logged = new Logged();
  for (let client = 0; client < 1000; client += 1) {
    const pending = logged.ask('a', `c${client}`);
    logged.append(); // and it is never committed
    logged.requests.remove(pending); // its client has waited long enough
  }
  expect(logged.requests.awaitedCount).toBe(SESSIONS_MAX);
});

test('a request whose client asked long ago still gets its session, however many others have come since', () => {
  const logged = new Logged();
  const first = logged.ask('a', 'first');
  const registered = logged.append();
  for (let client = 0; client < 100; client += 1) {
    const pending = logged.ask('a', `c${client}`);
    logged.append();
    logged.requests.remove(pending);
  }
  logged.apply(registered);
  logged.apply(logged.append());
  expect(logged.answered.map(({ pending }) => pending)).toEqual([first]);
});
