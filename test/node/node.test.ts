/** A node on its real thread, socket and file: what it takes from the network, how it pauses, stops and fails. */
import type { Socket } from 'node:dgram';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bundledWorkers } from '../../src/cli/workers.ts';
import { NodeThread } from '../../src/lab/nodes/nodeThread.ts';
import { SqliteThread } from '../../src/lab/nodes/sqliteThread.ts';
import { PENDING_REQUESTS_MAX } from '../../src/server/clients/clientRequests.ts';
import type { NodeToLab } from '../../src/node/protocol.ts';
import { RaftStorage } from '../../src/node/storage/raftStorage.ts';
import type { Message } from '../../src/raft/types.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { DropReason } from '../../src/trace/events.ts';
import { labDigestOf } from '../../src/wire/crypto.ts';
import { DATAGRAM_BYTES_MAX, decodeDatagram, encodeMessage } from '../../src/wire/index.ts';
import {
  configurationFor, failureOf, nextDatagram, openSocket, sendDatagram, temporaryFolder, TestNode,
} from './support.ts';
import { optionsFor } from './storage/support.ts';

const heartbeat = (from: number, to: number): Message =>
  ({ type: 'Heartbeat', from, to, term: 1, leaderCommit: 0, context: new Uint8Array() });

let counter = 0;

function datagram(message: Message, labId = 'lab-a'): Uint8Array {
  counter += 1;
  return encodeMessage(message, { labDigest: labDigestOf(labId), boot: 1, counter });
}

/** The message of this type in a datagram, if it holds one. */
function messageIn(bytes: Uint8Array, type: string): Message | undefined {
  const decoded = decodeDatagram(bytes, { labDigest: labDigestOf('lab-a') });
  return decoded.ok && decoded.kind === 'message' && decoded.message.type === type ? decoded.message : undefined;
}

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

describe('datagrams that are no message for this node', () => {
  const VERSION_AT = 4;
  const cases: readonly (readonly [DropReason, () => readonly Uint8Array[]])[] = [
    ['too-short', () => [new Uint8Array(3), new Uint8Array(0)]],
    ['too-long', () => [new Uint8Array(DATAGRAM_BYTES_MAX + 1), new Uint8Array(65_507)]],
    ['bad-magic', () => [changed(datagram(heartbeat(2, 1)), 0, 0)]],
    ['other-version', () => [changed(datagram(heartbeat(2, 1)), VERSION_AT, 9)]],
    ['other-lab', () => [datagram(heartbeat(2, 1), 'lab-b')]],
    ['malformed', () => [datagram(heartbeat(2, 1)).slice(0, -1), changed(datagram(heartbeat(2, 1)), 40, 0xff)]],
    ['not-for-me', () => [datagram(heartbeat(2, 1001))]],
    ['unknown-sender', () => [datagram(heartbeat(9, 1))]],
    ['duplicate', () => {
      const twice = datagram(heartbeat(2, 1));
      return [twice, twice];
    }],
  ];

  test('are counted by reason and dropped, and the node goes on', async () => {
    const socket = await openSocket();
    const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
    const node = await TestNode.start({ peers });
    for (const [reason, make] of cases) {
      const datagrams = make();
      for (const bytes of datagrams) {
        await sendDatagram(socket, bytes, node.port);
      }
      const expected = reason === 'duplicate' ? 1 : datagrams.length;
      await node.until(`${reason} to be counted`, () => node.counters.dropped[reason] === expected);
    }
    expect(node.failure).toBeUndefined();
    const dropped = Object.fromEntries(
      cases.map(([reason, make]) => [reason, reason === 'duplicate' ? 1 : make().length]),
    );
    expect(node.counters.dropped).toEqual(dropped);

    // And a good one is answered.
    const answer = nextDatagram(socket, 'the answer', (bytes) => messageIn(bytes, 'HeartbeatResponse'));
    await sendDatagram(socket, datagram({ ...heartbeat(2, 1), term: 50 }), node.port);
    expect(await answer).toMatchObject({ from: 1, to: 2, term: 50 });
  });
});

describe('what a node answers', () => {
  /** Sends a message as n2 and hands over the answer with what raft.db says at the moment when it arrives. */
  async function answerTo(node: TestNode, socket: Socket, message: Message): Promise<{
    readonly answer: Message;
    readonly disk: { readonly term: number; readonly vote: number; readonly lastIndex: number | null };
  }> {
    const database = new Database(join(node.directory, 'raft.db'), { readonly: true });
    const state = database.prepare<[], { term: number; vote: number; lastIndex: number | null }>(
      'SELECT current_term AS term, voted_for AS vote, (SELECT max(idx) FROM log) AS lastIndex FROM hard_state',
    );
    const answered = nextDatagram(socket, `the answer to ${message.type}`, (bytes) => (
      messageIn(bytes, `${message.type}Response`)));
    await sendDatagram(socket, datagram(message), node.port);
    const answer = await answered;
    const disk = state.get() ?? expect.unreachable('hard_state is empty');
    database.close();
    return { answer, disk };
  }

  test('is on disk before the answer leaves: votes, terms and entries', async () => {
    const socket = await openSocket();
    const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
    const node = await TestNode.start({ peers, pace: 'slow' });
    const { answer: vote, disk: afterVote } = await answerTo(node, socket, {
      type: 'RequestVote', from: 2, to: 1, term: 7, lastLogIndex: 0, lastLogTerm: 0, leadershipTransfer: false,
    });
    expect(vote).toMatchObject({ voteGranted: true, term: 7 });
    expect(afterVote).toEqual({ term: 7, vote: 2, lastIndex: null });

    const entry = { index: 1, term: 7, type: 'no-op', data: new Uint8Array() } as const;
    const { answer: append, disk: afterAppend } = await answerTo(node, socket, {
      type: 'AppendEntries', from: 2, to: 1, term: 7,
      prevLogIndex: 0, prevLogTerm: 0, leaderCommit: 0, entries: [entry],
    });
    expect(append).toMatchObject({ matchIndex: 1, rejected: false });
    expect(afterAppend).toEqual({ term: 7, vote: 2, lastIndex: 1 });
  });
});

describe('the socket', () => {
  test('is on the port that the node had before, and on another one when that is taken', async () => {
    const socket = await openSocket();
    const taken = socket.address().port;
    const node = await TestNode.start({ preferredPort: taken });
    expect(node.port).not.toBe(taken);
    const { port } = node;
    await node.thread.terminate();
    expect((await TestNode.start({ preferredPort: port })).port).toBe(port);
  });
});

describe('a paused node', () => {
  test('says nothing until it is resumed, and then answers what has piled up', async () => {
    const socket = await openSocket();
    const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
    const node = await TestNode.start({ peers, pace: 'slow' });
    const terms: number[] = [];
    const answered = nextDatagram(socket, 'the answer in term 9', (bytes) => {
      const response = messageIn(bytes, 'HeartbeatResponse');
      if (response !== undefined) {
        terms.push(response.term);
      }
      return terms.at(-1) === 9 ? true : undefined;
    });
    void node.thread.pause();
    await sendDatagram(socket, datagram({ ...heartbeat(2, 1), term: 8 }), node.port);
    await sendDatagram(socket, datagram({ ...heartbeat(2, 1), term: 9 }), node.port);
    // A question to the thread goes unanswered while it stands still; a running one would answer before its timeout.
    let pageAnswered = false;
    const page = node.thread.kvPage('', 1).then(() => {
      pageAnswered = true;
    });
    const other = await TestNode.start();
    await other.thread.kvPage('', 1);
    expect({ pageAnswered, terms }).toEqual({ pageAnswered: false, terms: [] });
    void node.thread.resume();
    await Promise.all([answered, page]);
  });

  test('sends nothing over a link that was cut while it stood still, nor what it had held back', async () => {
    const socket = await openSocket();
    const received: Uint8Array[] = [];
    socket.on('message', (bytes) => received.push(bytes));
    const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
    // Long enough that several requests for votes are on their way at any moment.
    const slow = { ...NO_FAULTS, delayMs: 1000 };
    const { directory, ...plan } = configurationFor({ peers, faults: { 2: slow, 3: slow } });
    // Paused by the flag alone, so that it stands still where its turn comes, not where it takes what the lab says.
    const isPaused = new Int32Array(new SharedArrayBuffer(4));
    const workerData = { ...plan, directory, pauseFlag: isPaused.buffer };
    const dropped: DropReason[] = [];
    const thread = new NodeThread('n1', (listener) => {
      const worker = new SqliteThread(bundledWorkers().node, { workerData }, {
        onMessage: (messages) => {
          for (const message of messages as readonly NodeToLab[]) listener.onMessage(message);
        },
        onExit: listener.onExit,
      });
      const unused = (): Promise<void> => expect.unreachable('the flag alone pauses here');
      return {
        post: (message) => worker.post([message]),
        pause: unused, resume: unused,
        terminate: () => {
          void worker.terminate();
          return Promise.resolve();
        },
      };
    }, {
      onEvents: (events) => {
        dropped.push(...events.flatMap((event) => (event.type === 'messageDropped' ? [event.reason] : [])));
      },
      onOperations: () => undefined,
      onStarted: () => undefined, onMoved: () => undefined, onFailed: () => undefined, onDied: () => undefined,
    });
    onTestFinished(() => thread.terminate());
    await thread.started;
    await nextDatagram(socket, 'a request for votes', (bytes) => messageIn(bytes, 'PreVote'));
    Atomics.store(isPaused, 0, 1);
    const other = await TestNode.start({ initialVoters: [1] });
    await other.until('its election', (node) => node.of('roleChanged').some(({ role }) => role === 'leader'));
    received.length = 0;
    thread.post({ type: 'faults', faults: { 2: { ...slow, down: true }, 3: { ...slow, down: true } } });
    Atomics.store(isPaused, 0, 0);
    Atomics.notify(isPaused, 0);
    while (!dropped.includes('cut')) await thread.kvPage('', 1);
    await thread.kvPage('', 1);
    expect(received).toEqual([]);
  });

  test('can be terminated where it stands, and lets go of its file and its port', async () => {
    const directory = temporaryFolder();
    for (let round = 1; round <= 5; round += 1) {
      const node = await TestNode.start({ directory });
      void node.thread.pause();
      await node.thread.terminate();
      expect(node.death).toBeUndefined();
    }
    const storage = RaftStorage.open(optionsFor(directory, {
      identity: { labId: 'lab-a', nodeName: 'n1', nodeId: 1, incarnation: 1 },
    }));
    expect(storage.boot).toBe(6);
    storage.close();
  });
});

describe('the end of a node', () => {
  test('that is stopped is clean: the file is whole, without a write-ahead log', async () => {
    const node = await TestNode.start();
    const { directory } = node;
    await node.thread.stop(10_000);
    expect(node.of('nodeStopped')).toHaveLength(1);
    expect(node.death).toBeUndefined();
    expect(existsSync(join(directory, 'raft.db'))).toBe(true);
    expect(existsSync(join(directory, 'raft.db-wal'))).toBe(false);
  });

  test('whose file another one has is told at once', async () => {
    const directory = temporaryFolder();
    await TestNode.start({ directory });
    const second = new TestNode(configurationFor({ directory }));
    expect(await failureOf(second.thread.started)).toMatchObject({ code: 'lab-in-use' });
    await second.thread.exited;
    expect(second.failure?.message).toContain('n1 is already running');
    expect(second.of('nodeFailed')).toMatchObject([{ code: 'lab-in-use' }]);
    expect(second.death).toBeUndefined();
  });

  test('whose file is full is told in words; it stops voting, and what it acknowledged is in the file', async () => {
    const node = await TestNode.start({ initialVoters: [1], databaseBytesMax: 128 * 1024 });
    const value = 'x'.repeat(8 * 1024);
    let acknowledged = 0;
    const full = failureOf((async () => {
      for (let count = 1; count < 1000; count += 1) {
        await node.thread.kv(
          { client: 'c1', command: { op: 'put', key: `k${count}`, value }, timeoutMs: 5000 },
          { code: 'unknown-outcome', message: 'lost' },
        );
        acknowledged = count;
      }
    })());
    await node.until('the node to fail', () => node.failure !== undefined);
    expect(node.failure).toMatchObject({ code: 'disk-full' });
    expect(node.failure?.message).toContain('raft.db has reached its limit of 128 KiB: restart the node');
    await full;
    await node.thread.exited;
    expect(acknowledged).toBeGreaterThan(0);

    const { directory } = node;
    const again = await TestNode.start({ directory, initialVoters: [1], mayCreateDatabase: false });
    await again.until('it to lead again', () => again.of('roleChanged').some(({ role }) => role === 'leader'));
    await again.until('all of it to be applied', () => again.of('applied').some(({ text }) =>
      text.startsWith(`put k${acknowledged} `)));
  });

  test('whose log has lost its end is told as corrupt, and its file is set aside', async () => {
    const socket = await openSocket();
    const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
    const node = await TestNode.start({ peers, pace: 'slow' });
    // A leader tells of no more than what this node has acknowledged to it.
    await sendDatagram(socket, datagram({
      type: 'Heartbeat', from: 2, to: 1, term: 1, leaderCommit: 5, context: new Uint8Array(),
    }), node.port);
    await node.until('the node to fail', () => node.failure !== undefined || node.death !== undefined);
    expect(node.failure).toMatchObject({ code: 'corrupt-file' });
    expect(node.failure?.message).toContain('raft.db of n1 is corrupt (it is older than what n1 has acknowledged: '
      + 'entry 5 is committed, but its log ends at 0) and was set aside as raft.db.corrupt-1');
    await node.thread.exited;
    expect(existsSync(join(node.directory, 'raft.db'))).toBe(false);
    expect(existsSync(join(node.directory, 'raft.db.corrupt-1'))).toBe(true);
  });

  test('that comes without a word is told by the lab\'s side', async () => {
    const node = new TestNode(configurationFor(), new URL('./dyingThread.ts', import.meta.url));
    expect(await failureOf(node.thread.started)).toMatchObject({ code: 'node-failed' });
    await node.thread.exited;
    expect(node.death).toContain('the thread of n1 ended unexpectedly (something that nobody expected)');
  });
});

describe('a node without a leader', () => {
  const ask = (node: TestNode, timeoutMs: number): Promise<unknown> => node.thread.kv(
    { client: 'c1', command: { op: 'put', key: 'a', value: 'b' }, timeoutMs },
    { code: 'internal', message: 'lost' },
  );

  test('says that a command was never sent, and how many nodes it sees', async () => {
    const node = await TestNode.start();
    const error = await failureOf(ask(node, 300));
    expect(error).toMatchObject({ code: 'no-leader' });
    expect(String(error)).toContain(
      'not sent after 0.3 s: n1 has no leader (sees 1 of 3). The command is in no log and never takes effect.',
    );
  });

  test('holds only so many commands, and answers `busy` to more', async () => {
    const node = await TestNode.start();
    const waiting = Array.from({ length: PENDING_REQUESTS_MAX }, () => failureOf(ask(node, 3000)));
    expect(await failureOf(ask(node, 3000))).toMatchObject({ code: 'busy' });
    await node.thread.stop(10_000);
    expect(await Promise.all(waiting)).toHaveLength(PENDING_REQUESTS_MAX);
  });
});
