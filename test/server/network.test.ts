/** A node's network with no node behind it: what it takes, from whom, and what it tells of it. */
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { MACHINE } from '../../src/node/machine.ts';
import { Network } from '../../src/server/net/network.ts';
import type { NetworkOptions } from '../../src/server/net/network.ts';
import type { NodeMessage } from '../../src/server/net/outbox.ts';
import type { NodeTraceBody, PeerAddress } from '../../src/server/protocol.ts';
import type { AppendEntries, Message } from '../../src/raft/types.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { DropReason } from '../../src/trace/events.ts';
import { DatagramSealer, labDigestOf } from '../../src/wire/crypto.ts';
import {
  decodeDatagram, encodeDatagram, encodeFragmentBody, encodeMessage, encodeReceivedBody,
} from '../../src/wire/index.ts';
import { cutOf, rangeOf } from '../../src/wire/fragments.ts';
import { TestClock, TestTrace } from './support.ts';

const LAB = 'lab-a';
const labDigest = labDigestOf(LAB);
const secret = Buffer.alloc(32, 1);
const BOOT = 4;
const ADDRESS = '10.0.0.1';
const N1_PORT = 4001;
const N2_PORT = 4002;
const N3_PORT = 4003;
const ROUND_TRIP_MS = 2;

const heartbeat = (from: number, to: number, term = 1): Message =>
  ({ type: 'Heartbeat', from, to, term, leaderCommit: 0, context: new Uint8Array() });

function append(prevLogIndex: number, bytes: number): AppendEntries {
  const entry = { index: prevLogIndex + 1, term: 1, type: 'command' as const, data: new Uint8Array(bytes) };
  return {
    type: 'AppendEntries', from: 1, to: 2, term: 1, prevLogIndex, prevLogTerm: 1, leaderCommit: 0, entries: [entry],
  };
}

function plain(message: Message, counter: number, boot = 1): Uint8Array {
  return encodeMessage(message, { labDigest, boot, counter });
}

function sealed(message: Message, counter: number, boot = 1): Uint8Array {
  const sealer = new DatagramSealer(secret, LAB, message.from, boot, Buffer.alloc(6, 1));
  return sealer.seal(plain(message, counter, boot), { sender: message.from, receiver: message.to, boot, counter });
}

/** n1's network, what it sends, and what it says to the node that is not there. n2 and n3 are known. */
class TestNetwork {
  readonly received: Message[] = [];
  readonly undelivered: NodeMessage[] = [];
  readonly sent: { readonly bytes: Uint8Array; readonly port: number; readonly address: string }[] = [];
  readonly peers: readonly PeerAddress[] = [
    { id: 2, address: ADDRESS, port: N2_PORT }, { id: 3, address: ADDRESS, port: N3_PORT },
  ];
  readonly network: Network;
  readonly #trace = new TestTrace();

  constructor(changes: Partial<NetworkOptions> = {}, clock = new TestClock()) {
    this.network = new Network({
      labId: LAB, labDigest, id: 1, boot: BOOT, datagramBytesMax: 1200, datagramSecret: undefined, random: () => 0.5,
      world: {
        ...MACHINE,
        clock,
        trace: this.#trace,
        transport: { send: (bytes, port, address) => void this.sent.push({ bytes, port, address }) },
      },
      receiver: {
        receive: (message) => void this.received.push(message),
        receiveSnapshotMessage: () => expect.unreachable('nobody sent a snapshot'),
        noteUndelivered: (message) => void this.undelivered.push(message),
      },
      ...changes,
    });
    this.network.setPeers(this.peers);
  }

  /** What it tells. */
  get told(): readonly NodeTraceBody[] {
    return this.#trace.told;
  }

  /** Datagrams arrive from a port. */
  deliver(datagrams: readonly Uint8Array[], port = N2_PORT): void {
    for (const bytes of datagrams) this.network.receive(bytes, ADDRESS, port);
  }

  /** What was dropped since the start, by reason; ends the tick. */
  dropped(): Readonly<Partial<Record<DropReason, number>>> {
    return this.network.takeCounters()?.dropped ?? {};
  }

  /** What n1 told of dropped messages: their names, and why. */
  get droppedMessages(): readonly string[] {
    return this.told.flatMap((event) => (
      event.type === 'messageDropped' ? [`${event.messageId ?? 'unknown'} ${event.reason}`] : []
    ));
  }
}

describe('what arrives', () => {
  test('is handed on when it is for this node and from one that it knows, once', () => {
    const n1 = new TestNetwork();
    const good = plain(heartbeat(2, 1), 7, 3);
    n1.deliver([good, good]);
    expect(n1.received).toEqual([heartbeat(2, 1)]);
    expect(n1.told).toContainEqual(expect.objectContaining({ type: 'messageReceived', messageId: '2.3.7', from: 2 }));
    expect(n1.droppedMessages).toEqual(['2.3.7 duplicate']);
    expect(n1.dropped()).toEqual({ duplicate: 1 });
  });

  test('from an earlier incarnation of a node, or for one of this node, is dropped and told', () => {
    const n1 = new TestNetwork({ id: 1001 });
    n1.deliver([
      plain(heartbeat(2, 1), 1), // for n1 before its disk was wiped
      plain(heartbeat(1002, 1001), 1), // of n2 as it is to be
      plain(heartbeat(2, 1001), 2),
    ]);
    expect(n1.received).toEqual([heartbeat(2, 1001)]);
    n1.network.setPeers(n1.peers.map((peer) => (peer.id === 2 ? { ...peer, id: 1002 } : peer)));
    n1.deliver([plain(heartbeat(2, 1001), 3), plain(heartbeat(1002, 1001), 2)]);
    expect(n1.received).toEqual([heartbeat(2, 1001), heartbeat(1002, 1001)]);
    expect(n1.droppedMessages).toEqual(['2.1.1 not-for-me', '1002.1.1 unknown-sender', '2.1.3 unknown-sender']);
  });

  test('from a sender that is not known yet is not taken for a copy when it is', () => {
    const n1 = new TestNetwork();
    const late = plain(heartbeat(5, 1), 1);
    n1.deliver([late]);
    n1.network.setPeers([...n1.peers, { id: 5, address: '127.0.0.1', port: 1 }]);
    n1.deliver([late]);
    expect(n1.received).toEqual([heartbeat(5, 1)]);
  });

  test('from places where no node is known to be is looked at 16 times a tick; from known ones always', () => {
    const n1 = new TestNetwork();
    const stranger = 9999;
    n1.deliver(Array.from({ length: 20 }, () => new Uint8Array(3)), stranger);
    n1.deliver(Array.from({ length: 20 }, () => new Uint8Array(3)));
    expect(n1.dropped()).toEqual({ 'too-short': 36, flooded: 4 });
    n1.deliver(Array.from({ length: 17 }, () => new Uint8Array(3)), stranger);
    expect(n1.dropped()).toEqual({ 'too-short': 52, flooded: 5 });
    expect(n1.network.takeCounters(), 'nothing has changed since').toBeUndefined();
  });
});

describe('where a node is', () => {
  test('is where its latest sealed datagram came from, not one that was overtaken', () => {
    const n1 = new TestNetwork({ datagramSecret: secret });
    const [elsewhere, before] = [5000, 6000];
    n1.deliver([sealed(heartbeat(2, 1), 5)], elsewhere);
    expect(n1.network.peers.addressOf(2)?.port).toBe(elsewhere);
    n1.deliver([sealed(heartbeat(2, 1), 4)], before);
    expect(n1.received).toHaveLength(2);
    expect(n1.network.peers.addressOf(2)?.port).toBe(elsewhere);
    n1.deliver([sealed(heartbeat(2, 1), 5), plain(heartbeat(2, 1), 6)], before);
    expect(n1.network.peers.addressOf(2)?.port, 'neither a copy nor what has no seal').toBe(elsewhere);
  });

  test('is what the lab says where datagrams have no seal', () => {
    const n1 = new TestNetwork();
    n1.deliver([plain(heartbeat(2, 1), 1)], 5000);
    expect(n1.received).toHaveLength(1);
    expect(n1.network.peers.addressOf(2)?.port).toBe(N2_PORT);
  });
});

describe('what leaves', () => {
  const contentOf = (bytes: Uint8Array) => {
    const decoded = decodeDatagram(bytes, { labDigest });
    return decoded.ok ? decoded : undefined;
  };

  test('is numbered, told and counted; what cannot leave is told by its reason', () => {
    const n1 = new TestNetwork();
    n1.network.send(heartbeat(1, 2));
    expect(n1.sent).toMatchObject([{ port: N2_PORT, address: ADDRESS }]);
    expect(n1.sent.map(({ bytes }) => contentOf(bytes))).toMatchObject([{
      header: { sender: 1, receiver: 2, boot: BOOT, counter: 1 }, message: heartbeat(1, 2),
    }]);
    n1.network.send(heartbeat(1, 77));
    n1.network.setFaults({ 3: { ...NO_FAULTS, down: true } });
    n1.network.send(heartbeat(1, 3));
    n1.network.send({ ...append(1, 2 * 1024 * 1024 + 65 * 1024), to: 3 });
    expect(n1.droppedMessages).toEqual(['1.4.2 send-failed', '1.4.3 cut', '1.4.4 too-long']);
    expect(n1.undelivered).toHaveLength(1);
    expect(n1.told.flatMap((event) => (event.type === 'messageSent' ? [event.messageId] : [])))
      .toEqual(['1.4.1', '1.4.2', '1.4.3']);
    expect(n1.network.takeCounters()).toMatchObject({
      sent: 1, dropped: { 'send-failed': 1, cut: 1, 'too-long': 1 },
    });
  });

  test('goes in fragments when it is long: AppendEntries behind it wait, the rest overtakes', () => {
    const n1 = new TestNetwork();
    /** What has left since the last look. */
    const left = (): readonly string[] => n1.sent.splice(0).map(({ bytes }) => {
      const content = contentOf(bytes);
      switch (content?.kind) {
        case 'message':
          return content.message.type;
        case 'fragment':
          return `${content.fragment.message} ${content.fragment.index}`;
        default:
          return expect.unreachable('neither a message nor a fragment has left');
      }
    });
    n1.network.send(append(1, 2000));
    n1.network.send(append(2, 10));
    n1.network.send({ ...append(3, 10), to: 2 });
    n1.network.send(heartbeat(1, 2));
    n1.network.send({
      type: 'ForwardedProposal', from: 1, to: 2, term: 0,
      entries: [{ term: 0, index: 0, type: 'command', data: new Uint8Array(3000) }],
    });
    expect(left()).toEqual(['1 0', '1 1', 'Heartbeat']);
    const header = { sender: 2, receiver: 1, boot: 1, counter: 1 };
    const word = { boot: BOOT, message: 1, below: 2, bitmap: new Uint8Array() };
    n1.deliver([encodeDatagram(encodeReceivedBody(word), labDigest, header)]);
    expect(left()).toEqual(['AppendEntries', 'AppendEntries', '7 0', '7 1', '7 2']);

    // Who is not known any longer is given up, with all that waits.
    n1.network.send(append(4, 10));
    n1.network.setPeers([]);
    expect(n1.undelivered.map(({ type }) => type)).toEqual(['ForwardedProposal', 'AppendEntries']);
    expect(n1.droppedMessages).toHaveLength(1);
    expect(n1.droppedMessages[0]).toContain('incomplete');
  });

  test('is read by another one as it was, and pieces that make no message are dropped', () => {
    const clock = new TestClock();
    const n1 = new TestNetwork({}, clock);
    const n2 = new TestNetwork({ id: 2 }, clock);
    n1.network.setPeers([{ id: 2, address: ADDRESS, port: N2_PORT }]);
    n2.network.setPeers([{ id: 1, address: ADDRESS, port: N1_PORT }]);
    n1.network.send(append(1, 200_000));
    while (n1.sent.length > 0) {
      n2.deliver(n1.sent.splice(0).map(({ bytes }) => bytes), N1_PORT);
      n1.deliver(n2.sent.splice(0).map(({ bytes }) => bytes), N2_PORT);
      clock.advance(ROUND_TRIP_MS);
    }
    expect(n2.received).toEqual([append(1, 200_000)]);
    const body = new Uint8Array(150).fill(0xff);
    const cut = cutOf(body, 100, crc32);
    const fragments = [0, 1].map((index) => {
      const { start, end } = rangeOf(cut, index);
      return encodeFragmentBody({ ...cut, message: 50, index, data: body.subarray(start, end) });
    });
    n1.network.setPeers(n1.peers);
    n1.deliver(fragments.map((fragment, at) => (
      encodeDatagram(fragment, labDigest, { sender: 2, receiver: 1, boot: 9, counter: 60 + at })
    )));
    expect(n1.received).toEqual([]);
    expect(n1.droppedMessages).toEqual(['2.9.50 malformed']);
  });
});
