/** A node's network with real sockets and no node behind it: what it takes, from whom, and what it tells of it. */
import type { Socket } from 'node:dgram';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Network } from '../../src/server/net/network.ts';
import type { NetworkOptions } from '../../src/server/net/network.ts';
import type { NodeTraceBody, PeerAddress } from '../../src/node/protocol.ts';
import type { AppendEntries, Message } from '../../src/raft/types.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { DropReason } from '../../src/trace/events.ts';
import { DatagramSealer, labDigestOf } from '../../src/wire/crypto.ts';
import {
  decodeDatagram, encodeDatagram, encodeFragmentBody, encodeMessage, encodeReceivedBody,
} from '../../src/wire/index.ts';
import { cutOf, rangeOf } from '../../src/wire/fragments.ts';
import { nextDatagram, openSocket, sendDatagram } from './support.ts';

const LAB = 'lab-a';
const labDigest = labDigestOf(LAB);
const secret = Buffer.alloc(32, 1);
const BOOT = 4;
/** The sender of datagrams that only say that those before them were read. */
const MARKER = 9;

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

/** n1's network, and what it says to the node that is not there. n2 and n3 are known; n2 is `socket`. */
class TestNetwork {
  readonly received: Message[] = [];
  readonly undelivered: Message[] = [];
  readonly told: NodeTraceBody[] = [];
  readonly socket: Socket;
  readonly #marker: Socket;
  #network: Network | undefined;
  #markers = 0;
  #isSealed = false;
  #id = 1;
  #onMarker: (() => void) | undefined;

  static async open(changes: Partial<NetworkOptions> = {}): Promise<TestNetwork> {
    const test = new TestNetwork(await openSocket(), await openSocket());
    test.#id = changes.id ?? 1;
    test.#isSealed = changes.datagramSecret !== undefined;
    const network = await Network.open({
      labId: LAB, id: 1, boot: BOOT, address: '127.0.0.1', preferredPort: 0, datagramBytesMax: 1200,
      datagramSecret: undefined, random: () => 0.5,
      emitDetail: (_type, make) => test.told.push(make()),
      onMessage: (message) => {
        if (message.from === MARKER) test.#onMarker?.();
        else test.received.push(message);
      },
      onSnapshotMessage: () => expect.unreachable('nobody sent a snapshot'),
      onUndelivered: (message) => test.undelivered.push(message),
      heartbeatMs: () => 50,
      onMoved: () => expect.unreachable('nobody floods it'),
      ...changes,
    });
    onTestFinished(() => network.close());
    test.#network = network;
    network.setPeers(test.peers);
    return test;
  }

  private constructor(socket: Socket, marker: Socket) {
    this.socket = socket;
    this.#marker = marker;
  }

  get network(): Network {
    return this.#network ?? expect.unreachable('it is open');
  }

  get peers(): readonly PeerAddress[] {
    const portOf = (socket: Socket): number => socket.address().port;
    const n2 = { id: 2, address: '127.0.0.1', port: portOf(this.socket) };
    return [n2, { ...n2, id: 3 }, { ...n2, id: MARKER, port: portOf(this.#marker) }];
  }

  /** Sends datagrams to n1 and waits until it has read them: one that was sent after them has come. */
  async deliver(datagrams: readonly Uint8Array[], socket = this.socket): Promise<void> {
    for (const bytes of datagrams) await sendDatagram(socket, bytes, this.network.port);
    this.#markers += 1;
    const message = heartbeat(MARKER, this.#id);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the datagrams were not read in 10 s')), 10_000);
      this.#onMarker = () => {
        clearTimeout(timer);
        resolve();
      };
      const bytes = this.#isSealed ? sealed(message, this.#markers) : plain(message, this.#markers);
      sendDatagram(this.#marker, bytes, this.network.port).catch(reject);
    });
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
  test('is handed on when it is for this node and from one that it knows, once', async () => {
    const n1 = await TestNetwork.open();
    const good = plain(heartbeat(2, 1), 7, 3);
    await n1.deliver([good, good]);
    expect(n1.received).toEqual([heartbeat(2, 1)]);
    expect(n1.told).toContainEqual(expect.objectContaining({ type: 'messageReceived', messageId: '2.3.7', from: 2 }));
    expect(n1.droppedMessages).toEqual(['2.3.7 duplicate']);
    expect(n1.dropped()).toEqual({ duplicate: 1 });
  });

  test('from an earlier incarnation of a node, or for one of this node, is dropped and told', async () => {
    const n1 = await TestNetwork.open({ id: 1001 });
    await n1.deliver([
      plain(heartbeat(2, 1), 1), // for n1 before its disk was wiped
      plain(heartbeat(1002, 1001), 1), // of n2 as it is to be
      plain(heartbeat(2, 1001), 2),
    ]);
    expect(n1.received).toEqual([heartbeat(2, 1001)]);
    n1.network.setPeers(n1.peers.map((peer) => (peer.id === 2 ? { ...peer, id: 1002 } : peer)));
    await n1.deliver([plain(heartbeat(2, 1001), 3), plain(heartbeat(1002, 1001), 2)]);
    expect(n1.received).toEqual([heartbeat(2, 1001), heartbeat(1002, 1001)]);
    expect(n1.droppedMessages).toEqual(['2.1.1 not-for-me', '1002.1.1 unknown-sender', '2.1.3 unknown-sender']);
  });

  test('from a sender that is not known yet is not taken for a copy when it is', async () => {
    const n1 = await TestNetwork.open();
    const late = plain(heartbeat(5, 1), 1);
    await n1.deliver([late]);
    n1.network.setPeers([...n1.peers, { id: 5, address: '127.0.0.1', port: 1 }]);
    await n1.deliver([late]);
    expect(n1.received).toEqual([heartbeat(5, 1)]);
  });

  test('from places where no node is known to be is looked at 16 times a tick; from known ones always', async () => {
    const n1 = await TestNetwork.open();
    const stranger = await openSocket();
    await n1.deliver(Array.from({ length: 20 }, () => new Uint8Array(3)), stranger);
    await n1.deliver(Array.from({ length: 20 }, () => new Uint8Array(3)));
    expect(n1.dropped()).toEqual({ 'too-short': 36, flooded: 4 });
    await n1.deliver(Array.from({ length: 17 }, () => new Uint8Array(3)), stranger);
    expect(n1.dropped()).toEqual({ 'too-short': 52, flooded: 5 });
    expect(n1.network.takeCounters(), 'nothing has changed since').toBeUndefined();
  });
});

describe('where a node is', () => {
  test('is where its latest sealed datagram came from, not one that was overtaken', async () => {
    const n1 = await TestNetwork.open({ datagramSecret: secret });
    const [elsewhere, before] = [await openSocket(), await openSocket()];
    await n1.deliver([sealed(heartbeat(2, 1), 5)], elsewhere);
    expect(n1.network.peers.addressOf(2)?.port).toBe(elsewhere.address().port);
    await n1.deliver([sealed(heartbeat(2, 1), 4)], before);
    expect(n1.received).toHaveLength(2);
    expect(n1.network.peers.addressOf(2)?.port).toBe(elsewhere.address().port);
    await n1.deliver([sealed(heartbeat(2, 1), 5), plain(heartbeat(2, 1), 6)], before);
    expect(n1.network.peers.addressOf(2)?.port, 'neither a copy nor what has no seal').toBe(elsewhere.address().port);
  });

  test('is what the lab says where datagrams have no seal', async () => {
    const n1 = await TestNetwork.open();
    await n1.deliver([plain(heartbeat(2, 1), 1)], await openSocket());
    expect(n1.received).toHaveLength(1);
    expect(n1.network.peers.addressOf(2)?.port).toBe(n1.socket.address().port);
  });
});

describe('what leaves', () => {
  const contentOf = (bytes: Uint8Array) => {
    const decoded = decodeDatagram(bytes, { labDigest });
    return decoded.ok ? decoded : undefined;
  };

  test('is numbered, told and counted; what cannot leave is told by its reason', async () => {
    const n1 = await TestNetwork.open();
    const arrived = nextDatagram(n1.socket, 'the heartbeat', contentOf);
    n1.network.send(heartbeat(1, 2));
    expect(await arrived).toMatchObject({
      header: { sender: 1, receiver: 2, boot: BOOT, counter: 1 }, message: heartbeat(1, 2),
    });
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

  test('goes in fragments when it is long: AppendEntries behind it wait, the rest overtakes', async () => {
    const n1 = await TestNetwork.open();
    // What comes a second time because this machine is slow says nothing.
    const arrived = new Set<string>();
    n1.socket.on('message', (bytes) => {
      const content = contentOf(bytes);
      if (content?.kind === 'message') arrived.add(`${content.message.type} ${content.header.counter}`);
      if (content?.kind === 'fragment') arrived.add(`${content.fragment.message} ${content.fragment.index}`);
    });
    n1.network.send(append(1, 2000));
    n1.network.send(append(2, 10));
    n1.network.send({ ...append(3, 10), to: 2 });
    n1.network.send(heartbeat(1, 2));
    n1.network.send({
      type: 'ForwardedProposal', from: 1, to: 2, term: 0,
      entries: [{ term: 0, index: 0, type: 'command', data: new Uint8Array(3000) }],
    });
    await nextDatagram(n1.socket, 'the heartbeat', (bytes) => contentOf(bytes)?.kind === 'message' || undefined);
    expect([...arrived]).toEqual(['1 0', '1 1', expect.stringMatching('Heartbeat')]);
    const header = { sender: 2, receiver: 1, boot: 1, counter: 1 };
    const word = { boot: BOOT, message: 1, below: 2, bitmap: new Uint8Array() };
    const next = nextDatagram(n1.socket, 'a fragment of the proposal', (bytes) => {
      const content = contentOf(bytes);
      return content?.kind === 'fragment' && content.fragment.message > 1 ? true : undefined;
    });
    await n1.deliver([encodeDatagram(encodeReceivedBody(word), labDigest, header)]);
    await next;
    const behind: unknown = expect.stringMatching('AppendEntries');
    expect([...arrived].slice(3, 5)).toEqual([behind, behind]);

    // Who is not known any longer is given up, with all that waits.
    n1.network.send(append(4, 10));
    n1.network.setPeers([]);
    expect(n1.undelivered.map(({ type }) => type)).toEqual(['ForwardedProposal', 'AppendEntries']);
    expect(n1.droppedMessages).toHaveLength(1);
    expect(n1.droppedMessages[0]).toContain('incomplete');
  });

  test('is read by another one as it was, and pieces that make no message are dropped', async () => {
    const n1 = await TestNetwork.open();
    const n2 = await TestNetwork.open({ id: 2 });
    n1.network.setPeers([{ id: 2, address: '127.0.0.1', port: n2.network.port }]);
    n2.network.setPeers([{ id: 1, address: '127.0.0.1', port: n1.network.port }]);
    n1.network.send(append(1, 200_000));
    await expect.poll(() => n2.received, { timeout: 20_000, interval: 2 }).toEqual([append(1, 200_000)]);
    const body = new Uint8Array(150).fill(0xff);
    const cut = cutOf(body, 100);
    const fragments = [0, 1].map((index) => {
      const { start, end } = rangeOf(cut, index);
      return encodeFragmentBody({ ...cut, message: 50, index, data: body.subarray(start, end) });
    });
    n1.network.setPeers(n1.peers);
    await n1.deliver(fragments.map((fragment, at) => (
      encodeDatagram(fragment, labDigest, { sender: 2, receiver: 1, boot: 9, counter: 60 + at })
    )));
    expect(n1.received).toEqual([]);
    expect(n1.droppedMessages).toEqual(['2.9.50 malformed']);
  });
});
