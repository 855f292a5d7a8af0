/** What is told of clients' operations, whatever becomes of them: nothing is left out, and each has its place. */
import { beforeEach, expect, test } from 'vitest';
import { clientOperationSchema } from '../../../src/contract/operationSchema.ts';
import { get, incr, Node } from './support.ts';

let node: Node;
beforeEach(() => {
  node = new Node();
});

/** A request of an open session is proposed. */
function propose(command = incr('k')): Uint8Array {
  node.requests.onLeader(2, 7);
  node.ask(command);
  node.carryOut(7);
  const [data] = node.requests.takeProposals();
  return data ?? expect.unreachable('nothing was proposed');
}

test('a write has its entry’s place, its values as marks, and where its time went', () => {
  const data = propose({ op: 'put', key: 'k', value: `${'v'.repeat(5000)}1` });
  node.clock.advance(20);
  const entry = node.log.append(data, 7);
  node.requests.onAppended([entry]);
  node.clock.advance(30);
  node.requests.onCommandApplied(entry, node.log.apply(entry));
  const [operation] = node.trace.operations;
  expect(operation).toEqual({
    requestId: '1.3.1', client: 'c1', node: 1, askedAtMs: 0, answeredAtMs: 50, outcome: 'ok',
    command: { op: 'put', key: 'k', value: expect.stringMatching(/^v{96}… \(5001 characters, digest \w+\)$/) as string },
    result: { type: 'written', previous: null }, index: entry.index, term: 7, tookEffect: null,
    parts: { forwardedMs: 0, appendedMs: 20, appliedMs: 50 },
  });
  expect(clientOperationSchema.parse(operation)).toEqual(operation);
});

test('a read without an entry has the place of the last entry that was applied when it was read', () => {
  propose();
  node.ask(get('k'));
  node.clock.advance(5);
  node.confirmRead(1, 'round');
  node.requests.onApplied(1);
  node.ask(get('k'), { read: 'stale' });
  const forwarded = { forwardedMs: expect.any(Number) as number };
  expect(node.trace.operations.map(({ read, index, parts }) => ({ read, index, parts }))).toEqual([
    { read: 'read-index', index: 1, parts: { ...forwarded, confirmedMs: 5, appliedMs: 5 } },
    { read: 'stale', index: 1, parts: { appliedMs: 0 } },
  ]);
});

test('one that waits is told of before its answer; an unknown outcome is told of again once it is decided', () => {
  const data = propose();
  node.clock.advance(100);
  node.requests.tick();
  node.clock.advance(1500);
  const entry = node.log.append(data, 8);
  node.requests.onCommandApplied(entry, node.log.apply(entry));
  const shown = node.trace.operations.map(({ requestId, outcome, index, term, tookEffect }) => (
    { requestId, outcome, index, term, tookEffect }));
  expect(shown).toEqual([
    { requestId: '1.3.1', outcome: null, index: null, term: 0, tookEffect: null },
    { requestId: '1.3.1', outcome: 'unknown', index: null, term: 0, tookEffect: null },
    { requestId: '1.3.1', outcome: 'unknown', index: entry.index, term: 8, tookEffect: true },
  ]);
});
