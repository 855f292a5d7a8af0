/** A node in a sealed lab, and what the network may send it: only who knows the secret is heard. */
import type { Socket } from 'node:dgram';
import { expect, test } from 'vitest';
import type { Message } from '../../src/raft/types.ts';
import type { DropReason } from '../../src/trace/events.ts';
import { DatagramOpener, DatagramSealer, labDigestOf } from '../../src/wire/crypto.ts';
import { decodeDatagram, encodeMessage } from '../../src/wire/index.ts';
import { nextDatagram, openSocket, sendDatagram, TestNode } from './support.ts';

const LAB = 'lab-a';
const labDigest = labDigestOf(LAB);
const secret = Buffer.alloc(32, 1);
const laterSecret = Buffer.alloc(32, 2);

/** Seals as n2, with one counter for all secrets, as a node does. */
class Member {
  #counter = 0;

  heartbeat(by: Uint8Array | undefined, term: number): Uint8Array {
    this.#counter += 1;
    const message: Message = { type: 'Heartbeat', from: 2, to: 1, term, leaderCommit: 0, context: new Uint8Array() };
    const header = { sender: 2, receiver: 1, boot: 1, counter: this.#counter };
    const plain = encodeMessage(message, { labDigest, boot: 1, counter: this.#counter });
    const start = Buffer.alloc(6, this.#counter);
    return by === undefined ? plain : new DatagramSealer(by, LAB, 2, 1, start).seal(plain, header);
  }
}

/** The term of the next HeartbeatResponse that opens with a secret. */
function nextAnswer(socket: Socket, by: Uint8Array): Promise<number> {
  const opener = new DatagramOpener([by], LAB);
  return nextDatagram(socket, 'a HeartbeatResponse that opens', (bytes) => {
    const decoded = decodeDatagram(bytes, { labDigest, opener });
    return decoded.ok && decoded.kind === 'message' && decoded.message.type === 'HeartbeatResponse'
      ? decoded.message.term
      : undefined;
  });
}

test('a node answers what is sealed with the lab\'s secret, and counts everything else', async () => {
  const socket = await openSocket();
  const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
  const node = await TestNode.start({ peers, pace: 'slow', datagramSecret: secret.toString('base64') });
  const member = new Member();
  const good = member.heartbeat(secret, 8);
  const answer = nextAnswer(socket, secret);
  await sendDatagram(socket, good, node.port);
  expect(await answer).toBe(8);

  const flipped = Uint8Array.from(member.heartbeat(secret, 9));
  flipped[60] = (flipped[60] ?? 0) ^ 1;
  const bad: readonly (readonly [DropReason, Uint8Array])[] = [
    ['not-sealed', member.heartbeat(undefined, 9)],
    ['bad-seal', member.heartbeat(laterSecret, 9)],
    ['bad-seal', flipped],
    ['bad-seal', member.heartbeat(secret, 9).subarray(0, -1)],
    ['duplicate', good],
  ];
  for (const [, bytes] of bad) {
    await sendDatagram(socket, bytes, node.port);
  }
  await node.until('all of them to be counted', ({ counters: { dropped } }) =>
    dropped['not-sealed'] === 1 && dropped['bad-seal'] === 3 && dropped.duplicate === 1);

  const next = nextAnswer(socket, secret);
  await sendDatagram(socket, member.heartbeat(secret, 10), node.port);
  expect(await next).toBe(10);
  expect(node.failure).toBeUndefined();
});

test('a new secret is used at once; the old one opens for a while, so that nodes hear of it one by one', async () => {
  const socket = await openSocket();
  const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
  const node = await TestNode.start({ peers, pace: 'slow', datagramSecret: secret.toString('base64') });
  const member = new Member();
  node.thread.post({ type: 'secret', datagramSecret: laterSecret.toString('base64') });
  const first = nextAnswer(socket, laterSecret);
  await sendDatagram(socket, member.heartbeat(secret, 8), node.port);
  expect(await first).toBe(8);
  const second = nextAnswer(socket, laterSecret);
  await sendDatagram(socket, member.heartbeat(laterSecret, 9), node.port);
  expect(await second).toBe(9);
  await node.until('the old secret to be forgotten', () => {
    void sendDatagram(socket, member.heartbeat(secret, 10), node.port);
    return (node.counters.dropped['bad-seal'] ?? 0) > 0;
  });
});
