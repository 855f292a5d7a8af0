/** Real nodes and fragments: over sealed datagrams of a LAN's size that get lost, and with a peer that a test plays. */
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { VALUE_BYTES_MAX } from '../../src/kv/commands.ts';
import type { Message, NodeId } from '../../src/raft/types.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { labDigestOf } from '../../src/wire/crypto.ts';
import {
  decodeDatagram, encodeDatagram, encodeFragmentBody, encodeMessage, encodeMessageBody, LAN_DATAGRAM_BYTES_MAX,
} from '../../src/wire/index.ts';
import type { Body, Fragment } from '../../src/wire/index.ts';
import { cutOf, rangeOf } from '../../src/wire/fragments.ts';
import { nextDatagram, openSocket, sendDatagram, TestNode } from './support.ts';

const labDigest = labDigestOf('lab-a');
const SECRET = Buffer.alloc(32, 7).toString('base64');
const FLAGS_AT = 5;
const SEALED = 1;
const LOST = { code: 'internal', message: 'lost' } as const;

/** Three nodes that see each other through relays, which measure what passes. */
async function startThree(datagramBytesMax: number, lossPercent: number): Promise<{
  readonly nodes: readonly TestNode[];
  readonly longestDatagram: () => number;
  readonly datagramsInClear: () => number;
}> {
  const ids = [1, 2, 3];
  const faults = Object.fromEntries(ids.map((id) => [id, { ...NO_FAULTS, lossPercent }]));
  const nodes = await Promise.all(ids.map((id) => (
    TestNode.start({ id, name: `n${id}`, datagramBytesMax, datagramSecret: SECRET, faults, seed: id, pace: 'class' })
  )));
  let longest = 0;
  let inClear = 0;
  const relays = await Promise.all(nodes.map(() => openSocket()));
  for (const [at, node] of nodes.entries()) {
    relays[at]?.on('message', (bytes, { port }) => {
      longest = Math.max(longest, bytes.length);
      inClear += bytes[FLAGS_AT] === SEALED && !bytes.includes('raft raft') ? 0 : 1;
      // From where the receiver knows the sender to be: of strangers it reads few.
      relays[nodes.findIndex((sender) => sender.port === port)]?.send(bytes, node.port, '127.0.0.1');
    });
  }
  const peers = relays.map((relay, at) => ({ id: ids[at] ?? 0, address: '127.0.0.1', port: relay.address().port }));
  for (const [at, node] of nodes.entries()) {
    node.thread.post({ type: 'peers', peers: peers.filter(({ id }) => id !== ids[at]) });
  }
  return { nodes, longestDatagram: () => longest, datagramsInClear: () => inClear };
}

function leaderSeenBy(node: TestNode): NodeId {
  return node.of('leaderChanged').at(-1)?.leader ?? 0;
}

describe('datagrams of a LAN\'s size', () => {
  test('carry 1 MiB from a follower to all nodes, sealed, though 5 % get lost, and the leader stays', async () => {
    const { nodes, longestDatagram, datagramsInClear } = await startThree(LAN_DATAGRAM_BYTES_MAX, 5);
    const [first] = nodes;
    const leader = await first?.until('a leader', (node) => leaderSeenBy(node) || undefined);
    const follower = nodes.find((_, at) => at + 1 !== leader);
    if (follower === undefined) {
      expect.unreachable('everybody leads');
    }
    const value = 'raft '.repeat(VALUE_BYTES_MAX / 5);
    for (const key of ['a', 'b', 'c']) {
      const command = { op: 'put', key, value } as const;
      const answer = await follower.thread.kv({ client: 'c1', command, timeoutMs: 20_000 }, LOST);
      expect(answer.result).toEqual({ type: 'written', previous: null });
    }
    for (const node of nodes) {
      await node.until('the last value to be applied', () => (
        node.of('applied').some(({ text }) => text.startsWith('put c'))));
      const { result } = await node.thread.kv({
        client: 'c1', command: { op: 'get', key: 'c' }, read: 'stale', timeoutMs: 20_000,
      }, LOST);
      expect(result.type === 'value' && result.value === value).toBe(true);
      expect(leaderSeenBy(node)).toBe(leader);
    }
    expect(longestDatagram()).toBeGreaterThan(1000);
    expect(longestDatagram()).toBeLessThanOrEqual(LAN_DATAGRAM_BYTES_MAX);
    expect(datagramsInClear()).toBe(0);
    const sender = nodes[(leader ?? 0) - 1];
    await sender?.until('what was repeated to be counted', ({ counters }) => counters.retransmitted > 10);
    expect(sender?.counters.dropped.loss).toBeGreaterThan(10);
    // A message is one event, however many its fragments are.
    const sent = sender?.of('messageSent').filter(({ bytes }) => bytes > VALUE_BYTES_MAX) ?? [];
    expect(sent.length).toBeGreaterThanOrEqual(6);
    expect(sent.length).toBeLessThan(12);
  });
});

describe('a node', () => {
  const entry = { index: 1, term: 7, type: 'command', data: new Uint8Array(5000) } as const;
  const append: Message = {
    type: 'AppendEntries', from: 2, to: 1, term: 7, prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 0, entries: [entry],
  };
  const body = encodeMessageBody(append);
  const NUMBER = 500;

  function fragmentOf(index: number, changes: Partial<Fragment> = {}): Body {
    const cut = cutOf(body, 1000, crc32);
    const { start, end } = rangeOf(cut, index);
    return encodeFragmentBody({ ...cut, message: NUMBER, index, data: body.subarray(start, end), ...changes });
  }

  test('puts a message together, says what it lacks, and counts what makes no sense', async () => {
    const socket = await openSocket();
    const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
    const node = await TestNode.start({ peers, pace: 'slow' });
    let counter = 0;
    const send = async (datagramBody: Body): Promise<void> => {
      counter += 1;
      const header = { sender: 2, receiver: 1, boot: 1, counter };
      await sendDatagram(socket, encodeDatagram(datagramBody, labDigest, header), node.port);
    };
    const nextWord = (): Promise<unknown> => nextDatagram(socket, 'the word of what has arrived', (bytes) => {
      const decoded = decodeDatagram(bytes, { labDigest });
      return decoded.ok && decoded.kind === 'received' && decoded.received.bitmap.length > 0
        ? decoded.received
        : undefined;
    });
    const word = nextWord();
    await send(fragmentOf(0));
    await send(fragmentOf(3));
    expect(await word).toEqual({ boot: 1, message: NUMBER, below: 1, bitmap: Uint8Array.of(0b100) });

    await send(fragmentOf(3));
    await node.until('the second copy to be counted', ({ counters }) => counters.dropped.duplicate === 1);
    await send(fragmentOf(2, { checksum: 1 }));
    await send(fragmentOf(2, { index: 9 }));
    await node.until('the false ones to be counted', ({ counters }) => counters.dropped.malformed === 2);

    const answer = nextDatagram(socket, 'the answer to the message that came in fragments', (bytes) => {
      const decoded = decodeDatagram(bytes, { labDigest });
      return decoded.ok && decoded.kind === 'message' && decoded.message.type === 'AppendEntriesResponse'
        ? decoded.message
        : undefined;
    });
    for (const index of [5, 4, 2, 1]) {
      await send(fragmentOf(index));
    }
    expect(await answer).toMatchObject({ term: 7, matchIndex: 1, rejected: false });
    await node.until('the message in the trace', () => node.of('messageReceived').some(({ messageId, bytes }) => (
      messageId === `2.1.${NUMBER}` && bytes > 5000)));

    // A message that was begun and is followed by a later one is told as lost.
    await send(fragmentOf(0, { message: NUMBER + 1 }));
    await send(fragmentOf(0, { message: NUMBER + 2 }));
    await node.until('the unfinished message to be counted', ({ counters }) => counters.dropped.incomplete === 1);
    expect(node.of('messageDropped')).toContainEqual(
      expect.objectContaining({ messageId: `2.1.${NUMBER + 1}`, from: 2, to: 1, reason: 'incomplete' }),
    );
    expect(node.failure).toBeUndefined();
  });

  test('sends heartbeats on while a large message is under way', async () => {
    const socket = await openSocket();
    const peers = [{ id: 2, address: '127.0.0.1', port: socket.address().port }];
    const node = await TestNode.start({ peers, initialVoters: [1, 2], datagramBytesMax: 1200, pace: 'class' });
    let counter = 0;
    const answer = (message: Message): void => {
      counter += 1;
      socket.send(encodeMessage(message, { labDigest, boot: 1, counter }), node.port, '127.0.0.1');
    };
    let heartbeats = 0;
    let fragments = 0;
    // It votes for n1 and answers heartbeats, and says nothing of the fragments that come.
    const done = nextDatagram(socket, 'heartbeats beside the fragments', (bytes) => {
      const decoded = decodeDatagram(bytes, { labDigest });
      if (decoded.ok && decoded.kind === 'fragment') {
        fragments += 1;
      } else if (decoded.ok && decoded.kind === 'message') {
        const { message } = decoded;
        const head = { from: 2, to: 1, term: message.term };
        if (message.type === 'PreVote' || message.type === 'RequestVote') {
          answer({ ...head, type: `${message.type}Response`, voteGranted: true, commitIndex: 0, commitTerm: 0 });
        } else if (message.type === 'Heartbeat') {
          heartbeats += fragments > 0 ? 1 : 0;
          answer({ ...head, type: 'HeartbeatResponse', context: message.context });
        } else if (message.type === 'AppendEntries') {
          const matchIndex = message.prevLogIndex + message.entries.length;
          answer({ ...head, type: 'AppendEntriesResponse', rejected: false, matchIndex });
        }
      }
      return heartbeats > 6 ? true : undefined;
    });
    await node.until('n1 to lead', () => node.of('roleChanged').some(({ role }) => role === 'leader'));
    const command = { op: 'put', key: 'k', value: 'v'.repeat(VALUE_BYTES_MAX) } as const;
    const asked = node.thread.kv({ client: 'c1', command, timeoutMs: 60_000 }, LOST).catch(() => undefined);
    await done;
    expect(node.of('roleChanged').filter(({ role }) => role === 'leader'), 'one term of office').toHaveLength(1);
    await node.thread.stop(10_000);
    await asked;
  });
});
