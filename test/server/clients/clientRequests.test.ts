/** A node's answers to its clients: what they say, that each comes once, and what is refused before it is asked. */
import { beforeEach, describe, expect, test } from 'vitest';
import { VALUE_BYTES_MAX } from '../../../src/kv/index.ts';
import { PENDING_REQUESTS_MAX } from '../../../src/server/clients/clientRequests.ts';
import { NONE } from '../../../src/raft/index.ts';
import { get, incr, Node } from './support.ts';

let node: Node;
beforeEach(() => {
  node = new Node();
});

describe('an answer', () => {
  test('of a write names its entry, the leader of its term and the way there, and what took how long', () => {
    node.requests.onLeader(2, 7);
    const put = node.ask({ op: 'put', key: 'k', value: 'red' });
    node.carryOut();
    node.clock.advance(20);
    const [data] = node.requests.takeProposals();
    const entry = node.log.append(data ?? new Uint8Array(), 7);
    node.requests.onAppended([entry]);
    node.clock.advance(30);
    node.requests.onLeader(4, 8);
    node.requests.onCommandApplied(entry, node.log.apply(entry));
    expect(node.answers.get(put)).toEqual({
      result: { type: 'written', previous: null }, index: 2, term: 7, route: ['n1', 'n2'], leader: 'n2', hops: 1,
      tries: 1, timing: { totalMs: 50, appendedMs: 20, committedMs: 30 },
    });
  });

  test('of a leader’s own write has no hops; where its append was not seen, only the whole time is told', () => {
    node.requests.onLeader(1, 7);
    expect(node.requests.leads).toBe(true);
    const put = node.ask(incr('k'));
    node.carryOut();
    const entry = node.log.append(node.requests.takeProposals()[0] ?? new Uint8Array(), 7);
    node.requests.onCommandApplied(entry, node.log.apply(entry));
    expect(node.answers.get(put)).toMatchObject({
      route: ['n1'], leader: 'n1', hops: 0, timing: { appendedMs: null, committedMs: null },
    });
    node.requests.onLeader(NONE, 8);
    expect(node.requests.leads).toBe(false);
  });

  test('of a read by index tells how it was confirmed, by whom, and with how many others', () => {
    node.requests.onLeader(3, 7);
    const [one, other] = [node.ask(get('k')), node.ask(get('k'), { read: 'read-index' })];
    node.clock.advance(5);
    node.confirmRead(4, 'lease');
    node.clock.advance(7);
    expect(node.answers.size).toBe(0);
    node.requests.onApplied(4);
    expect(node.answers.get(one)).toEqual({
      result: { type: 'value', value: null }, index: 0, term: 0, route: ['n1', 'n3'], leader: 'n3', hops: 1, tries: 1,
      timing: { totalMs: 12, appendedMs: null, committedMs: null },
      read: { kind: 'read-index', readIndex: 4, confirmedBy: 'lease', batchSize: 2, confirmedMs: 5, appliedMs: 7 },
    });
    expect(node.answers.get(other)).toEqual(node.answers.get(one));
  });

  test('of a stale read comes at once, leader or not, and names no index that was confirmed', () => {
    node.requests.onLeader(1, 7);
    node.ask(incr('k'));
    node.carryOut();
    node.carryOut();
    node.requests.onLeader(2, 8);
    const stale = node.ask(get('k'), { read: 'stale' });
    expect(node.answers.get(stale)).toMatchObject({
      result: { value: '1' }, index: 2, term: 20, route: ['n1'], leader: 'n2', hops: 0, tries: 1,
      read: { kind: 'stale', readIndex: null, confirmedBy: null, batchSize: 1, confirmedMs: null, appliedMs: null },
    });
    node.requests.onLeader(NONE, 9);
    expect(node.answers.get(node.ask(get('k'), { read: 'stale' }))).toMatchObject({ leader: null });
  });

  test('of a read through the log names its entry as the read index', () => {
    node.requests.onLeader(1, 7);
    const read = node.ask(get('k'), { read: 'log' });
    node.carryOut();
    node.carryOut();
    expect(node.answers.get(read)).toMatchObject({
      index: 2, result: { type: 'value' }, read: { kind: 'log', readIndex: 2, confirmedBy: null },
    });
  });

  test('of a lease read is given where leases are allowed, without a round', () => {
    node.requests.onLeader(2, 7);
    expect(node.errors.get(node.ask(get('k'), { read: 'lease' }))).toMatchObject({ code: 'refused' });
    node.readOnly = 'lease';
    const read = node.ask(get('k'), { read: 'lease' });
    node.confirmRead(0, 'lease');
    expect(node.answers.get(read)).toMatchObject({ read: { kind: 'lease', confirmedBy: 'lease' } });
    node.ask(get('k'));
    node.requests.askForReads();
    expect(node.needsRound).toEqual([false, true]);
  });

  test('comes after further tries where the first was lost', () => {
    node.requests.onLeader(2, 7);
    const read = node.ask(get('k'));
    node.requests.askForReads();
    const write = node.ask(incr('k'));
    node.carryOut();
    node.requests.takeProposals();
    for (let count = 0; count < 10; count += 1) {
      node.requests.tick();
    }
    node.carryOut();
    node.confirmRead(2);
    expect([node.answers.get(write)?.tries, node.answers.get(read)?.tries]).toEqual([2, 2]);
  });
});

describe('a request that is not answered in time', () => {
  test('is in no log where it was never proposed', () => {
    const write = node.ask(incr('k'));
    node.clock.advance(1499);
    expect(node.errors.size).toBe(0);
    node.clock.advance(1);
    expect(node.errors.get(write)).toEqual({
      code: 'no-leader',
      message: 'not sent after 1.5 s: n1 has no leader (sees 2 of 5). The command is in no log and never takes effect.',
    });
    node.requests.onLeader(2, 7);
    expect(node.requests.takeProposals()).toEqual([]);
  });

  test('is in no log either while only its session was asked for', () => {
    node.requests.onLeader(2, 7);
    const write = node.ask(incr('k'));
    expect(node.requests.takeProposals()).toHaveLength(1);
    node.clock.advance(1500);
    expect(node.errors.get(write)).toMatchObject({ code: 'no-leader' });
  });

  test('may still take effect where it was proposed, and is not answered when it does', () => {
    node.requests.onLeader(2, 7);
    const write = node.ask(incr('k'));
    node.carryOut();
    const entry = node.log.append(node.requests.takeProposals()[0] ?? new Uint8Array(), 7);
    node.clock.advance(1500);
    expect(node.errors.get(write)).toEqual({
      code: 'unknown-outcome',
      message: 'unknown outcome after 1.5 s: n1 did not learn that a majority has it (sees 2 of 5). '
        + 'It may still take effect.',
    });
    node.requests.onCommandApplied(entry, node.log.apply(entry));
    expect(node.answers.size).toBe(0);
  });

  test('is a read that changes nothing', () => {
    node.requests.onLeader(2, 7);
    const read = node.ask(get('k'));
    node.requests.askForReads();
    node.clock.advance(1500);
    expect(node.errors.get(read)).toMatchObject({
      code: 'no-leader', message: expect.stringContaining('no read index that its leader could confirm') as string,
    });
    node.confirmRead(0);
    expect(node.answers.size).toBe(0);
  });

  test('lost its session behind a snapshot that jumped over entries: the outcome is unknown', () => {
    node.requests.onLeader(2, 7);
    const write = node.ask(incr('k'));
    node.carryOut();
    const data = node.requests.takeProposals()[0] ?? new Uint8Array();
    node.requests.onSnapshot();
    node.requests.onLeader(3, 8);
    node.requests.takeProposals(); // once more, to another leader
    node.log.expireSessions();
    const entry = node.log.append(data, 8);
    node.requests.onCommandApplied(entry, node.log.apply(entry));
    expect(node.errors.get(write)).toMatchObject({
      code: 'unknown-outcome', message: expect.stringContaining('lost its client session') as string,
    });
  });

  test('and what is under way when the node ends, is told so, once', () => {
    node.requests.onLeader(2, 7);
    const [write, read] = [node.ask(incr('k')), node.ask(get('k'))];
    node.requests.close();
    expect(node.errors.get(write)?.message).toBe(
      'not sent: n1 stopped before it answered (sees 2 of 5). The command is in no log and never takes effect.');
    expect(node.errors.get(read)).toMatchObject({ code: 'no-leader' });
    node.clock.advance(60_000);
    expect(node.clock.timerCount).toBe(0);
  });
});

describe('limits', () => {
  test('so many commands are under way, and one more when one was answered', () => {
    node.requests.onLeader(1, 7);
    for (let count = 1; count <= PENDING_REQUESTS_MAX; count += 1) {
      node.ask(incr('k'));
    }
    expect(node.errors.get(node.ask(get('k'), { read: 'stale' })))
      .toEqual({ code: 'busy', message: 'n1 has 1024 commands under way: wait for answers, then try again' });
    node.carryOut();
    node.carryOut();
    expect([node.answers.size, node.errors.size]).toEqual([PENDING_REQUESTS_MAX, 1]);
    node.ask(incr('k'));
    expect(node.errors.size).toBe(1);
  });

  test('their values take so much, and nothing when they were answered or given up', () => {
    const value = 'x'.repeat(VALUE_BYTES_MAX);
    const fill = (count: number): void => {
      for (let at = 0; at < count; at += 1) {
        node.ask(at % 2 === 0 ? { op: 'put', key: 'k', value } : { op: 'cas', key: 'k', expected: value, value });
      }
    };
    fill(42); // 21 puts of one MiB, 21 cas of two: 63 MiB
    node.ask({ op: 'put', key: 'k', value });
    expect(node.errors.size).toBe(0);
    expect(node.errors.get(node.ask({ op: 'put', key: 'k', value: 'x' })))
      .toEqual({ code: 'busy', message: 'n1 has 64 MiB of values under way: wait for answers, then try again' });
    const small = node.ask(incr('k'));
    expect(node.errors.has(small), 'what has no values is asked all the same').toBe(false);
    node.clock.advance(1500);
    const failed = node.errors.size;
    fill(42);
    node.ask({ op: 'put', key: 'k', value });
    expect(node.errors.size).toBe(failed);
  });
});

test('the trace tells of each request under one name: asked, forwarded, answered or why not', () => {
  node.requests.onLeader(2, 7);
  const cas = node.ask({ op: 'cas', key: 'k', expected: '1', value: '2' });
  node.ask(get('k'));
  node.carryOut();
  node.carryOut();
  node.confirmRead(2);
  node.ask(incr('k'), { timeoutMs: 10 });
  node.clock.advance(10);
  const about = (requestId: string): unknown[] => node.trace.told.flatMap((event) =>
    'requestId' in event && event.requestId === requestId ? [{ ...event, requestId: undefined }] : []);
  const text = 'cas k "1"→"2"';
  expect(about('1.3.1')).toEqual([
    { type: 'clientAsked', client: 'c1', text },
    { type: 'clientForwarded', to: 2, text },
    {
      type: 'clientAnswered', text, outcome: 'ok', detail: 'not swapped, it was absent, index 2, term 7', totalMs: 0,
    },
  ]);
  expect(about('1.3.2')).toMatchObject([
    { type: 'clientAsked', text: 'get k' }, { type: 'clientForwarded', to: 2 },
    { type: 'clientAnswered', outcome: 'ok', detail: 'read index 2, as of index 2' },
  ]);
  expect(about('1.3.3')).toMatchObject([
    { type: 'clientAsked' }, { type: 'clientAnswered', outcome: 'refused', totalMs: 10 },
  ]);
  expect(node.answers.has(cas)).toBe(true);
});
