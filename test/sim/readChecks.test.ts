/** The checks of reads by themselves: what each lets pass, and what each takes for broken. */
import { expect, it } from 'vitest';
import { LeaseExcludesLeaders } from '../../src/sim/checks/leaseExcludesLeaders.ts';
import type { ObservedServer } from '../../src/sim/checks/observer.ts';
import { ReadsAreFresh } from '../../src/sim/checks/readsAreFresh.ts';
import { SimulatedDisk } from '../../src/sim/disk.ts';
import { configurationOf } from '../../src/raft/index.ts';

const server = (id: number): ObservedServer => (
  { id, role: 'leader', disk: new SimulatedDisk(configurationOf([1, 2, 3])) }
);

it('a read sees what was committed anywhere when it was asked for, and need not see what came later', () => {
  const check = new ReadsAreFresh();
  check.onCommit(server(1), 5);
  check.onCommit(server(2), 4);
  check.onReadAsked('a');
  check.onReadAsked('b');
  check.onCommit(server(1), 9);
  check.onReadServed(server(2), 'a', 5);
  expect(() => {
    check.onReadServed(server(2), 'b', 4);
  }).toThrow('at index 4, but 5 was committed');
  check.onReadAsked('c');
  expect(() => {
    check.onReadServed(server(3), 'c', 8);
  }).toThrow('at index 8, but 9 was committed');
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
