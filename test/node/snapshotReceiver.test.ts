/** A real node that is sent snapshots by a leader that the test plays: doubled chunks, bad bytes, old ones. */
import { createHash } from 'node:crypto';
import type { Socket } from 'node:dgram';
import { expect, test } from 'vitest';
import { encodeKvEntry, KvStateMachine } from '../../src/kv/index.ts';
import { RaftStorage } from '../../src/node/storage/raftStorage.ts';
import type { Message } from '../../src/raft/types.ts';
import { labDigestOf } from '../../src/wire/crypto.ts';
import { decodeDatagram, encodeDatagram, encodeMessage, encodeSnapshotBody } from '../../src/wire/index.ts';
import type { SnapshotChunk, SnapshotChunkResponse } from '../../src/wire/index.ts';
import { nextDatagram, openSocket, sendDatagram, TestNode } from './support.ts';
import { optionsFor, THREE_VOTERS } from './storage/support.ts';

const labDigest = labDigestOf('lab-a');
const LEADER = 2;
const TERM = 3;
const CHUNK_BYTES = 1000;

let counter = 0;
const header = (): { sender: number; receiver: number; boot: number; counter: number } => {
  counter += 1;
  return { sender: LEADER, receiver: 1, boot: 1, counter };
};

/** A state machine with a session and `keys` keys, as the bytes of its snapshot. */
function stateOf(keys: number): Uint8Array {
  const machine = new KvStateMachine();
  machine.apply(1, encodeKvEntry({ kind: 'register', client: 'c', request: 'r' }));
  for (let at = 1; at <= keys; at += 1) {
    const command = { op: 'put', key: `key ${at}`, value: 'x'.repeat(50) } as const;
    machine.apply(at + 1, encodeKvEntry({
      kind: 'request', client: 'c', session: 1, sequence: at, acknowledgedBelow: at, command,
    }));
  }
  return machine.snapshot();
}

function chunksOf(contents: Uint8Array, lastIncludedIndex: number, sha256?: Uint8Array): readonly SnapshotChunk[] {
  const snapshot = {
    lastIncludedIndex, lastIncludedTerm: 2, configuration: THREE_VOTERS, bytes: contents.length,
    sha256: sha256 ?? createHash('sha256').update(contents).digest(),
  };
  return Array.from({ length: Math.ceil(contents.length / CHUNK_BYTES) }, (_, at) => ({
    type: 'SnapshotChunk', from: LEADER, to: 1, term: TERM, snapshot, offset: at * CHUNK_BYTES,
    data: contents.subarray(at * CHUNK_BYTES, (at + 1) * CHUNK_BYTES),
  }));
}

class Leader {
  readonly socket: Socket;
  readonly node: TestNode;

  private constructor(socket: Socket, node: TestNode) {
    this.socket = socket;
    this.node = node;
  }

  static async start(): Promise<Leader> {
    const socket = await openSocket();
    const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
    return new Leader(socket, await TestNode.start({ peers, pace: 'slow' }));
  }

  async send(...chunks: readonly SnapshotChunk[]): Promise<void> {
    for (const chunk of chunks) {
      await sendDatagram(
        this.socket, encodeDatagram([encodeSnapshotBody(chunk)], labDigest, header()), this.node.port,
      );
    }
  }

  /** The next answer that `accept` takes. */
  answer(accept: (response: SnapshotChunkResponse) => boolean): Promise<SnapshotChunkResponse> {
    return nextDatagram(this.socket, 'an answer to the chunks', (bytes) => {
      const decoded = decodeDatagram(bytes, { labDigest });
      const message = decoded.ok && decoded.kind === 'snapshot' ? decoded.snapshotMessage : undefined;
      return message?.type === 'SnapshotChunkResponse' && accept(message) ? message : undefined;
    });
  }

  /** The next message of Raft of this type. */
  message(type: Message['type']): Promise<Message> {
    return nextDatagram(this.socket, type, (bytes) => {
      const decoded = decodeDatagram(bytes, { labDigest });
      return decoded.ok && decoded.kind === 'message' && decoded.message.type === type ? decoded.message : undefined;
    });
  }
}

test('chunks become the node\'s state, doubled and overlapping ones too, and Raft acknowledges it', async () => {
  const leader = await Leader.start();
  const chunks = chunksOf(stateOf(100), 120);
  expect(chunks.length).toBeGreaterThan(4);
  const [first, second, third, ...rest] = chunks as [SnapshotChunk, SnapshotChunk, SnapshotChunk, ...SnapshotChunk[]];

  // What is beyond a gap is not kept: the answer says where to go on.
  const gap = leader.answer(({ state }) => state === 'receiving');
  await leader.send(third);
  expect(await gap).toMatchObject({ receivedBytes: 0 });
  const begun = leader.answer(({ receivedBytes }) => receivedBytes === CHUNK_BYTES);
  await leader.send(first);
  await begun;
  const acknowledged = leader.message('AppendEntriesResponse');
  const filled = leader.answer(({ receivedBytes }) => receivedBytes === first.snapshot.bytes);
  const both = Buffer.concat([first.data, second.data]);
  await leader.send({ ...first, data: both }, first, second, third, ...rest);
  await filled;
  expect(await acknowledged).toMatchObject({ matchIndex: 120, rejected: false, term: TERM });

  // Its answer may be lost: whoever asks is told again.
  const installed = leader.answer(({ state }) => state === 'installed');
  await leader.send({ ...first, offset: first.snapshot.bytes, data: new Uint8Array() });
  await installed;
  await leader.node.thread.stop(5000);
  const storage = RaftStorage.open(optionsFor(leader.node.directory, {
    identity: { labId: 'lab-a', nodeName: 'n1', nodeId: 1, incarnation: 1 }, mayCreate: false,
  }));
  expect(storage.snapshots.current).toMatchObject({ lastIncludedIndex: 120, lastIncludedTerm: 2 });
  expect([storage.firstIndex(), storage.hardState.commitIndex]).toEqual([121, 120]);
  storage.close();
});

test('bytes that do not match their checksum are refused, and nothing of them stays', async () => {
  const leader = await Leader.start();
  const contents = stateOf(40);
  const refused = leader.answer(({ state }) => state === 'refused');
  await leader.send(...chunksOf(contents, 50, new Uint8Array(32)));
  await refused;
  await leader.node.until('it to be told', (node) => (
    node.of('snapshotReceiving').some(({ state }) => state === 'refused')
  ));
  expect(leader.node.of('snapshotRestored')).toEqual([]);

  const acknowledged = leader.message('AppendEntriesResponse');
  await leader.send(...chunksOf(contents, 50));
  expect(await acknowledged).toMatchObject({ matchIndex: 50 });
  expect(leader.node.failure).toBeUndefined();
});

test('bytes that are no snapshot are refused although their checksum matches', async () => {
  const leader = await Leader.start();
  const refused = leader.answer(({ state }) => state === 'refused');
  await leader.send(...chunksOf(new Uint8Array(2500).fill(1), 50));
  await refused;
  expect(leader.node.failure).toBeUndefined();
});

test('a snapshot that takes the place of one that was being received is received from its beginning', async () => {
  const leader = await Leader.start();
  const [first] = chunksOf(stateOf(100), 120) as [SnapshotChunk];
  const begun = leader.answer(({ receivedBytes }) => receivedBytes === CHUNK_BYTES);
  await leader.send(first);
  await begun;
  const other = chunksOf(stateOf(60), 70);
  const acknowledged = leader.message('AppendEntriesResponse');
  await leader.send(...other);
  expect(await acknowledged).toMatchObject({ matchIndex: 70 });
});

test('what a node has applied is not received again, and a leader of an earlier term is not heard', async () => {
  const leader = await Leader.start();
  const acknowledged = leader.message('AppendEntriesResponse');
  await leader.send(...chunksOf(stateOf(60), 70));
  await acknowledged;

  const installed = leader.answer(({ state }) => state === 'installed');
  const again = leader.message('AppendEntriesResponse');
  const [older] = chunksOf(stateOf(30), 40) as [SnapshotChunk];
  await leader.send(older);
  await installed;
  expect(await again).toMatchObject({ matchIndex: 70 });

  const [first, second] = chunksOf(stateOf(90), 95) as [SnapshotChunk, SnapshotChunk];
  const answer = leader.answer(({ snapshot }) => snapshot.lastIncludedIndex === 95);
  await leader.send({ ...second, term: TERM - 1 }, first);
  expect(await answer).toMatchObject({ receivedBytes: CHUNK_BYTES });
});

test('a whole InstallSnapshot in a message of Raft is dropped: nothing of it is in the file', async () => {
  const leader = await Leader.start();
  const snapshot = {
    lastIncludedIndex: 70, lastIncludedTerm: 2, configuration: THREE_VOTERS, data: stateOf(10),
  };
  const message = { type: 'InstallSnapshot', from: LEADER, to: 1, term: TERM, snapshot } as const;
  const bytes = encodeMessage(message, { labDigest, boot: 1, counter: header().counter });
  await sendDatagram(leader.socket, bytes, leader.node.port);
  await leader.node.until('it to be counted', (node) => node.counters.dropped.malformed === 1);
  expect(leader.node.failure).toBeUndefined();
});
