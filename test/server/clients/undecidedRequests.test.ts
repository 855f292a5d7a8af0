/** What a node tells of a request that waits, and of one whose outcome was unknown when it was answered. */
import { beforeEach, describe, expect, test } from 'vitest';
import { encodeKvEntry } from '../../../src/kv/index.ts';
import { UndecidedRequests, UNDECIDED_REQUESTS_MAX } from '../../../src/server/clients/undecidedRequests.ts';
import { keyOf } from '../../../src/server/clients/proposal.ts';
import type { NodeTraceBody } from '../../../src/server/protocol.ts';
import { NONE } from '../../../src/raft/index.ts';
import type { Entry } from '../../../src/raft/index.ts';
import type { ClientOperation } from '../../../src/trace/operations.ts';
import { TestTrace } from '../support.ts';
import { get, incr, Node } from './support.ts';

let node: Node;
beforeEach(() => {
  node = new Node();
});

/** The events of one type, without what all of them have. */
function told(type: NodeTraceBody['type']): unknown[] {
  return node.trace.told.filter((event) => event.type === type).map((event) => ({ ...event, type: undefined }));
}

/** A request of an open session is proposed. */
function propose(command = incr('k')): Uint8Array {
  node.ask(command);
  const [data] = node.requests.takeProposals();
  if (data === undefined) throw new Error('nothing was proposed');
  return data;
}

function openSession(term = 7): void {
  node.requests.onLeader(1, term);
  node.ask(incr('opened'));
  node.carryOut(term);
  node.carryOut(term);
  node.trace.told.length = 0;
}

const PATIENCE_MS = 1500;

describe('a request that waits', () => {
  const later = (): void => {
    node.clock.advance(100);
    node.requests.tick();
  };

  test('in a minority waits for its client’s session, whose entry is not its own', () => {
    node.requests.onLeader(1, 7);
    const write = node.ask({ op: 'put', key: 'k', value: 'red' });
    const [registration] = node.requests.takeProposals();
    node.requests.tick();
    expect(told('clientWaits'), 'not within a moment').toEqual([]);
    later();
    node.requests.onAppended([node.log.append(registration ?? new Uint8Array(), 7)]);
    later();
    later();
    expect(told('clientWaits')).toEqual([
      { requestId: '1.3.1', text: 'put k "red"', waitsFor: 'session' },
      { requestId: '1.3.1', text: 'put k "red"', waitsFor: 'session', index: 1, term: 7 },
    ]);
    node.clock.advance(PATIENCE_MS);
    expect(node.errors.get(write)?.message).toBe('not sent after 1.5 s: n1 did not learn that a majority has the '
      + 'client session, which comes first (sees 2 of 5). The command is in no log and never takes effect.');
  });

  test('waits for its own entry, wherever that stands; and for a leader', () => {
    openSession();
    const data = propose();
    later();
    node.requests.onAppended([node.log.append(data, 7)]);
    later();
    node.requests.onTruncated(1);
    node.requests.onLeader(NONE, 8);
    later();
    expect(told('clientWaits')).toMatchObject([
      { waitsFor: 'commit' }, { waitsFor: 'commit', index: 3, term: 7 }, { waitsFor: 'leader' },
    ]);
  });

  test('for a read waits for a read index, then until that is applied', () => {
    node.requests.onLeader(2, 7);
    node.ask(get('k'));
    later();
    node.confirmRead(9);
    later();
    expect(told('clientWaits')).toMatchObject([{ waitsFor: 'read-index' }, { waitsFor: 'apply', index: 9 }]);
  });

  test('has the name that whoever asks gave it', () => {
    node.requests.onLeader(2, 7);
    node.ask(get('k'), { traceId: 'window-1' });
    later();
    expect(node.trace.told.map((event) => 'requestId' in event && event.requestId)).toEqual(['window-1', 'window-1']);
  });
});

describe('an unknown outcome', () => {
  const giveUp = (): void => {
    node.clock.advance(PATIENCE_MS);
    expect([...node.errors.values()].at(-1)).toMatchObject({ code: 'unknown-outcome' });
  };
  const apply = (entry: Entry): void => {
    node.requests.onCommandApplied(entry, node.log.apply(entry));
    node.requests.onApplied(entry.index);
  };
  const decided = (isApplied: boolean, detail: string): unknown[] => [
    { requestId: '1.3.2', text: 'incr k', isApplied, detail },
  ];

  test('is decided when the entry is applied after all, once', () => {
    openSession();
    const entry = node.log.append(propose(), 7);
    giveUp();
    node.requests.onAppended([entry]);
    apply(entry);
    expect(told('clientDecided')).toEqual(decided(true, 'entry 3 of term 7'));
    apply(node.log.append(entry.data, 8));
    expect(told('clientDecided')).toHaveLength(1);
  });

  test('is decided when its entry was overwritten, and an entry of a higher term is applied', () => {
    openSession();
    const data = propose();
    node.requests.onAppended([{ index: 3, term: 7, type: 'command', data }]);
    giveUp();
    node.requests.onTruncated(3);
    node.lastAppliedTerm = 7;
    node.requests.onApplied(2);
    expect(told('clientDecided'), 'a leader of its own term may still commit it').toEqual([]);
    node.lastAppliedTerm = 9;
    node.requests.onApplied(3);
    expect(told('clientDecided')).toEqual(decided(false, 'entry 3 of term 7 was overwritten'));
  });

  test('is not decided while a copy of it may be on its way to another leader', () => {
    openSession();
    const data = propose();
    node.requests.onLeader(4, 8);
    expect(node.requests.takeProposals()).toHaveLength(1);
    node.requests.onAppended([{ index: 3, term: 7, type: 'command', data }]);
    giveUp();
    node.lastAppliedTerm = 9;
    node.requests.onApplied(3);
    expect(told('clientDecided')).toEqual([]);
    node.requests.onAppended([{ index: 4, term: 8, type: 'command', data }]);
    node.requests.onApplied(4);
    expect(told('clientDecided')).toEqual(decided(false, 'entry 4 of term 8 was overwritten'));
  });

  test('is decided when a later request of its session is applied: what it was is refused from then on', () => {
    openSession();
    const data = propose();
    giveUp();
    apply(node.log.append(propose(incr('later')), 7));
    expect(told('clientDecided')).toEqual(
      decided(false, 'a later request of its client session was applied before it'));
    expect(node.log.apply(node.log.append(data, 9))).toMatchObject({ type: 'refused' });
  });

  test('is left open where a snapshot covers what was never seen here, before or after it was given up', () => {
    openSession();
    propose();
    node.requests.onSnapshot();
    giveUp();
    const data = propose();
    node.requests.onAppended([{ index: 3, term: 7, type: 'command', data }]);
    giveUp();
    node.requests.onSnapshot();
    node.lastAppliedTerm = 9;
    node.requests.onApplied(9);
    apply(node.log.append(data, 9));
    expect(told('clientDecided')).toEqual([]);
  });
});

test('so many requests are kept an eye on; the one given up longest ago gives way', () => {
  const trace = new TestTrace();
  const operation: ClientOperation = {
    requestId: '', client: 'c1', node: 1, command: incr('k'), askedAtMs: 0, answeredAtMs: 1, outcome: 'unknown',
    result: null, index: null, term: 0, tookEffect: null, parts: {},
  };
  const undecided = new UndecidedRequests(trace);
  const entries = Array.from({ length: UNDECIDED_REQUESTS_MAX + 1 }, (_, at): Entry => ({
    index: at + 1, term: 1, type: 'command',
    data: encodeKvEntry({
      kind: 'request', client: 'c1', session: 1, sequence: at + 1, acknowledgedBelow: 1, command: incr('k'),
    }),
  }));
  for (const { index, data } of entries) {
    undecided.add({ requestId: `${index}`, text: '', operation }, {
      key: keyOf(data), session: 1, sequence: index, tries: 1, places: [],
    });
  }
  for (const entry of entries) undecided.onCommandApplied(entry, { type: 'number', value: 1 });
  const decided = trace.told.flatMap((event) => (event.type === 'clientDecided' ? [event.requestId] : []));
  expect([decided.length, decided[0]]).toEqual([UNDECIDED_REQUESTS_MAX, '2']);
});
