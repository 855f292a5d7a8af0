/** The address book of a node: what the lab says, what was heard since, and which of them is newer. */
import { expect, test } from 'vitest';
import { Peers } from '../../src/node/peers.ts';

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
