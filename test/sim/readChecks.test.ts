/** The checks of reads by themselves: what each lets pass, and what each takes for broken. */
import { expect, it } from 'vitest';
import type { KvAnswer, ReadKind } from '../../src/contract/answers.ts';
import type { KvRequest } from '../../src/server/protocol.ts';
import { LeaseExcludesLeaders } from '../../src/sim/checks/leaseExcludesLeaders.ts';
import type { ObservedServer } from '../../src/sim/checks/observer.ts';
import { ReadsAreFresh } from '../../src/sim/checks/readsAreFresh.ts';
import { SimulatedDisk } from '../../src/sim/disk.ts';
import { configurationOf } from '../../src/raft/index.ts';

const server = (id: number): ObservedServer => (
  { id, role: 'leader', disk: new SimulatedDisk(configurationOf([1, 2, 3])), machine: undefined }
);

const read = (kind?: ReadKind): KvRequest => (
  { client: 'c1', command: { op: 'get', key: 'k1' }, ...(kind === undefined ? {} : { read: kind }), timeoutMs: 1 });

const answer = (index: number): KvAnswer => ({
  result: { type: 'value', value: null }, index, term: 1, leader: 'n1', route: ['n1'], hops: 0, tries: 1,
  timing: { totalMs: 1, appendedMs: null, committedMs: null },
});

it('a read sees what was committed anywhere when it was asked for, and need not see what came later', () => {
  const check = new ReadsAreFresh();
  check.onCommit(server(1), 5);
  check.onCommit(server(2), 4);
  check.onAsked(1, read('read-index'));
  check.onAsked(2, read('lease'));
  check.onCommit(server(1), 9);
  check.onAnswered(server(2), 1, answer(5));
  expect(() => {
    check.onAnswered(server(2), 2, answer(4));
  }).toThrow('at index 4, but 5 was committed');
  check.onAsked(3, read('log'));
  expect(() => {
    check.onAnswered(server(3), 3, answer(8));
  }).toThrow('at index 8, but 9 was committed');
});

it('a stale read may be that, and a write is no read', () => {
  const check = new ReadsAreFresh();
  check.onCommit(server(1), 5);
  check.onAsked(1, read('stale'));
  check.onAnswered(server(2), 1, answer(1));
  check.onAsked(2, { ...read(), command: { op: 'delete', key: 'k1' } });
  check.onAnswered(server(2), 2, answer(1));
});

it('a lease read of the newest leader is right, and of an earlier one not, whoever asks for votes', () => {
  const check = new LeaseExcludesLeaders();
  check.onRole(server(1), 'leader', 2);
  check.onRole(server(2), 'candidate', 3);
  check.onLeaseRead(server(1), 2);
  check.onRole(server(2), 'leader', 3);
  check.onRole(server(3), 'leader', 1);
  check.onLeaseRead(server(2), 3);
  expect(() => {
    check.onLeaseRead(server(1), 2);
  }).toThrow('server 1 answers a read from its lease of term 2, but server 2 leads term 3');
});
