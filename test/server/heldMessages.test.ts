/** Messages in the hand: what a node holds, what a person does to it, and what gets around a hold (nothing). */
import { expect, test } from 'vitest';
import { MACHINE } from '../../src/node/machine.ts';
import { Network } from '../../src/server/net/network.ts';
import type { AppendEntries, Message } from '../../src/raft/index.ts';
import type { Hold, LinkFaults } from '../../src/trace/events.ts';
import { HELD_BY_NODE_MAX } from '../../src/trace/view.ts';
import { labDigestOf } from '../../src/wire/crypto.ts';
import { faults } from '../trace/events.ts';
import { TestClock, TestTrace } from './support.ts';

const PORTS = { 1: 4001, 2: 4002, 3: 4003 } as const;
const ADDRESS = '10.0.0.1';
const KIBIBYTE = 1024;

const heartbeat = (to = 2, term = 1): Message =>
  ({ type: 'Heartbeat', from: 1, to, term, leaderCommit: 0, context: new Uint8Array() });

function append(prevLogIndex: number, bytes = 10): AppendEntries {
  const entry = { index: prevLogIndex + 1, term: 1, type: 'command' as const, data: new Uint8Array(bytes) };
  return {
    type: 'AppendEntries', from: 1, to: 2, term: 1, prevLogIndex, prevLogTerm: 1, leaderCommit: 0, entries: [entry],
  };
}

/** n1 sends and n2 receives; what is on its way between them arrives at once, in both directions. */
function setUp() {
  const clock = new TestClock();
  const trace = new TestTrace();
  const arrived: string[] = [];
  const refuse = (): never => expect.unreachable('nothing of this kind is sent');
  const make = (id: 1 | 2, receive: (message: Message) => void, told: TestTrace): Network => new Network({
    labId: 'lab-a', labDigest: labDigestOf('lab-a'), id, boot: 4, datagramBytesMax: 1200, datagramSecret: undefined,
    random: () => 0.5,
    world: {
      ...MACHINE, clock, trace: told,
      transport: { send: (bytes, port) => networks.find(({ port: its }) => its === port)?.network
        .receive(bytes, ADDRESS, PORTS[id]) },
    },
    receiver: { receive, receiveSnapshotMessage: refuse, noteUndelivered: refuse },
  });
  const n1 = make(1, refuse, trace);
  const n2 = make(2, (message) => arrived.push(wordOf(message)), new TestTrace());
  const networks = [{ port: PORTS[1], network: n1 }, { port: PORTS[2], network: n2 }];
  for (const { network } of networks) {
    network.setPeers([1, 2, 3].map((id) => ({ id, address: ADDRESS, port: PORTS[id as 1 | 2 | 3] })));
  }
  return {
    clock, n1, n2, arrived, told: trace.told,
    hold: (hold: Hold, more: Partial<LinkFaults> = {}): void => n1.setFaults({ 2: faults({ hold, ...more }) }),
    /** The ids of what n1 has held since the start. */
    heldIds: (): readonly string[] => trace.told.flatMap((event) => (
      event.type === 'messageHeld' ? [event.messageId] : [])),
    dropped: (): readonly string[] => trace.told.flatMap((event) => (
      event.type === 'messageDropped' ? [`${event.messageId ?? ''} ${event.reason}`] : [])),
    /** What n1 says that it holds now. */
    held: (): number => n1.held.restated().length,
  };
}

function wordOf(message: Message): string {
  return message.type === 'AppendEntries' ? `AppendEntries ${message.prevLogIndex}` : message.type;
}

test('a kind is held, the rest passes; released, the held ones arrive in order, as new as any', () => {
  const { n1, arrived, told, hold, held } = setUp();
  hold(['AppendEntries']);
  n1.send(append(1));
  n1.send(heartbeat());
  n1.send(append(2, 3 * KIBIBYTE)); // in fragments
  n1.send(append(3));
  n1.send(heartbeat(3));
  expect(arrived).toEqual(['Heartbeat']);
  expect(held()).toBe(3);
  for (let count = 0; count < 5000; count += 1) n1.send(heartbeat()); // more than a receiver remembers numbers
  arrived.length = 0;
  hold('nothing');
  expect(arrived).toEqual(['AppendEntries 1', 'AppendEntries 2', 'AppendEntries 3']);
  expect(held()).toBe(0);
  expect(told.filter(({ type }) => type === 'messageReleased')).toHaveLength(3);
});

test('everything is held, and each is delivered, lost or doubled by hand, in any order, once', () => {
  const { n1, arrived, hold, heldIds, held, dropped } = setUp();
  hold('everything');
  n1.send(heartbeat());
  n1.send(append(1));
  n1.send(append(2));
  const [first = '', second = '', third = ''] = heldIds();
  expect(n1.held.act('deliver', second)).toBe(true);
  expect(arrived).toEqual(['AppendEntries 1']);
  expect(n1.held.act('lose', first)).toBe(true);
  expect(dropped()).toEqual([`${first} by-hand`]);
  expect(n1.takeCounters()?.dropped).toEqual({ 'by-hand': 1 });
  expect(n1.held.act('double', third)).toBe(true);
  expect(held()).toBe(2);
  for (const id of heldIds().slice(2)) n1.held.act('deliver', id);
  expect(arrived).toEqual(['AppendEntries 1', 'AppendEntries 2', 'AppendEntries 2']);
  expect(n1.held.act('deliver', second)).toBe(false);
});

test('what a link holds is still lost where the link is cut when it is let go', () => {
  const { n1, arrived, hold, heldIds, dropped } = setUp();
  hold('everything', { down: true });
  n1.send(heartbeat());
  expect(dropped()).toEqual([]);
  n1.held.act('deliver', heldIds()[0] ?? '');
  expect(arrived).toEqual([]);
  expect(dropped()[0]).toMatch(/ cut$/);
});

test('a hold catches what waits behind a message in fragments; the one under way arrives all the same', () => {
  const { clock, n1, n2, arrived, hold, held } = setUp();
  n2.setFaults({ 1: faults({ down: true }) }); // its acknowledgements are lost
  n1.send(append(1, 3 * KIBIBYTE));
  n1.send(append(2));
  hold('everything');
  expect(held()).toBe(1);
  n2.setFaults({ 1: faults({ hold: 'everything' }) }); // an acknowledgement of fragments is not a message
  clock.advance(1000);
  expect(arrived).toEqual(['AppendEntries 1']);
  hold('nothing');
  expect(arrived).toEqual(['AppendEntries 1', 'AppendEntries 2']);
});

test('what a leader sends again is held once, unless a person doubles it', () => {
  const { n1, hold, held, heldIds } = setUp();
  hold('everything');
  n1.send(append(1));
  n1.send(append(1));
  expect(held()).toBe(1);
  n1.send({ ...append(1), term: 2 });
  expect(held()).toBe(2);
  n1.held.act('double', heldIds()[0] ?? '');
  expect(held()).toBe(3);
});

test('a node holds so many messages and so many bytes; beyond that the oldest is lost, and it says so', () => {
  const { n1, hold, heldIds, held, dropped } = setUp();
  hold('everything');
  for (let count = 0; count <= HELD_BY_NODE_MAX; count += 1) n1.send(heartbeat());
  expect(held()).toBe(HELD_BY_NODE_MAX);
  expect(dropped()).toEqual([`${heldIds()[0] ?? ''} hold-full`]);

  const full = setUp();
  full.hold('everything');
  for (let count = 1; count <= 9; count += 1) full.n1.send(append(count, KIBIBYTE * KIBIBYTE));
  expect(full.held()).toBe(8);
  expect(full.dropped()).toEqual([`${full.heldIds()[0] ?? ''} hold-full`]);
});

test('what is held for a node that has left is let go, and lost', () => {
  const { n1, hold, held, dropped } = setUp();
  hold('everything');
  n1.send(heartbeat());
  n1.setPeers([]);
  expect(held()).toBe(0);
  expect(dropped()[0]).toMatch(/ send-failed$/);
});
