/** A node whose port strangers flood: it is heard elsewhere by members, and comes back when it is calm. */
import { expect, onTestFinished, test } from 'vitest';
import { Flood } from '../../src/cli/lanBench/flood.ts';
import type { Message } from '../../src/raft/types.ts';
import { DatagramOpener, DatagramSealer, labDigestOf } from '../../src/wire/crypto.ts';
import { decodeDatagram, encodeMessage } from '../../src/wire/index.ts';
import { openSocket, sendDatagram, TestNode } from './support.ts';

const LAB = 'lab-a';
const labDigest = labDigestOf(LAB);
const secret = Buffer.alloc(32, 1);
const PER_SECOND = 20_000;
const sealer = new DatagramSealer(secret, LAB, 2, 1, Buffer.alloc(6, 1));
const opener = new DatagramOpener([secret], LAB);

/** A member's heartbeat, sealed; each with a counter of its own. */
function heartbeat(counter: number): Uint8Array {
  const message: Message = { type: 'Heartbeat', from: 2, to: 1, term: 9, leaderCommit: 0, context: new Uint8Array() };
  const header = { sender: 2, receiver: 1, boot: 1, counter };
  return sealer.seal(encodeMessage(message, { labDigest, boot: 1, counter }), header);
}

/** A node of three, and the socket of the one that leads it. */
async function startNode(changes: { readonly datagramSecret?: string }) {
  const socket = await openSocket();
  const peers = [2, 3].map((id) => ({ id, address: '127.0.0.1', port: socket.address().port }));
  return { socket, node: await TestNode.start({ peers, pace: 'fast', ...changes }) };
}

test('a flooded node is heard by members at another port, not at its own, until the flood has ended', async () => {
  const { socket, node } = await startNode({ datagramSecret: secret.toString('base64') });
  /** The ports from which the member has been answered since. */
  let answeredFrom: number[] = [];
  socket.on('message', (bytes, { port }) => {
    const decoded = decodeDatagram(bytes, { labDigest, opener });
    if (decoded.ok && decoded.kind === 'message' && decoded.message.type === 'HeartbeatResponse') {
      answeredFrom.push(port);
    }
  });
  let counter = 0;
  /** Sends heartbeats until one is answered. */
  const answered = async (port: number): Promise<number> => {
    answeredFrom = [];
    while (answeredFrom.length === 0) {
      counter += 1;
      await sendDatagram(socket, heartbeat(counter), port);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    return answeredFrom[0] ?? 0;
  };
  expect(await answered(node.port)).toBe(node.port);

  const flood = await Flood.start({ ports: [node.port], perSecond: PER_SECOND, headers: [new Uint8Array()] });
  onTestFinished(() => flood.end());
  const away = await node.until('the node to move', () => node.of('nodeMoved').at(0));
  expect(away.reason).toBe('flooded');
  expect(away.port).not.toBe(node.port);
  expect(await answered(away.port), 'it is heard and speaks at the other port').toBe(away.port);

  const sentAtMove = flood.sent;
  await node.until('the flooded port to be closed, and counted', () => flood.sent - sentAtMove > 2 * PER_SECOND);
  const readBefore = node.counters.received;
  const sentBefore = flood.sent;
  await node.until('the flood to go on for a while', () => flood.sent - sentBefore > 5 * PER_SECOND);
  expect(node.counters.received - readBefore, 'most of the flood is not even received')
    .toBeLessThan((flood.sent - sentBefore) / 4);

  await flood.end();
  // A flood that gets no processor for a moment looks calm: then the node has been back before, and left again.
  const back = await node.until('the node to come back', () => {
    const last = node.of('nodeMoved').at(-1);
    return last?.reason === 'calm' && last;
  });
  expect(back.port).toBe(node.port);
  await expect.poll(() => answered(node.port), { timeout: 30_000 }).toBe(node.port);
  expect(node.failure).toBeUndefined();
});

test('a node of which nobody would know where it went stays where it is', async () => {
  const { node } = await startNode({});
  const flood = await Flood.start({ ports: [node.port], perSecond: PER_SECOND, headers: [new Uint8Array()] });
  onTestFinished(() => flood.end());
  await node.until('much of the flood to be seen', ({ counters }) => counters.received > 2 * PER_SECOND);
  expect(node.of('nodeMoved')).toEqual([]);
});
