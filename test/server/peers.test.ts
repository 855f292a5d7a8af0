/** The address book of a node: what the lab says, what was heard since, and which of them is newer. */
import { expect, test } from 'vitest';
import { Peers, visibilityOf } from '../../src/server/net/peers.ts';

const n2 = { id: 2, address: '10.0.0.2', port: 4000 };

test('a node is where it was heard last', () => {
  const peers = new Peers();
  peers.set([n2]);
  peers.follow(2, '10.0.0.9', 4000);
  expect(peers.addressOf(2)).toEqual({ id: 2, address: '10.0.0.9', port: 4000 });
  peers.follow(2, '10.0.0.9', 5000);
  expect(peers.addressOf(2)).toEqual({ id: 2, address: '10.0.0.9', port: 5000 });
  expect(peers.isAt('10.0.0.9', 5000)).toBe(true);
  expect(peers.isAt('10.0.0.2', 4000)).toBe(false);
});

test('an address book that says what it said before takes nobody back; one with news does', () => {
  const peers = new Peers();
  peers.set([n2]);
  peers.follow(2, '10.0.0.2', 5000);
  peers.set([n2, { id: 3, address: '10.0.0.3', port: 4000 }]);
  expect(peers.addressOf(2)?.port).toBe(5000);
  peers.set([{ ...n2, port: 6000 }]);
  expect(peers.addressOf(2)?.port).toBe(6000);
  expect(peers.isKnown(3)).toBe(false);
});

test('nobody is followed who is not in the book', () => {
  const peers = new Peers();
  peers.set([]);
  peers.follow(2, '10.0.0.2', 4000);
  expect(peers.addressOf(2)).toBeUndefined();
});

test('who is no longer in the book is nowhere, and was heard from never', () => {
  const peers = new Peers();
  peers.set([n2]);
  peers.heard(2, 10);
  peers.set([]);
  expect([peers.isKnown(2), peers.isAt(n2.address, n2.port)]).toEqual([false, false]);
  peers.set([n2]);
  expect(peers.isAt(n2.address, n2.port)).toBe(true);
  expect(peers.heardCount([2], 0)).toBe(0);
});

test('a node sees itself, and the voters that it has heard within two election timeouts', () => {
  const peers = new Peers();
  peers.set([n2, { ...n2, id: 3 }, { ...n2, id: 4 }]);
  peers.heard(2, 70);
  peers.heard(3, 69);
  peers.heard(4, 99); // a learner
  const configuration = {
    voters: [1, 2, 3], votersOutgoing: [], learners: [4], learnersNext: [], autoLeave: false,
  };
  const status = { id: 1, configuration, electionTimeoutTicks: 15 };
  expect(visibilityOf(status, peers, 100)).toEqual({ seen: 2, voters: 3 });
  expect(visibilityOf(status, peers, 99)).toEqual({ seen: 3, voters: 3 });
  expect(visibilityOf(status, new Peers(), 99), 'at first only itself').toEqual({ seen: 1, voters: 3 });
  expect(visibilityOf({ ...status, id: 4 }, peers, 100), 'of one that does not vote').toEqual({ seen: 1, voters: 3 });
});
