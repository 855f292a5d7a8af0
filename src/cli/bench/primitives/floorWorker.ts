/** A thread of the floor's probe: a leader that is asked by messages, or a follower that is asked by datagrams. */
import { parentPort, workerData } from 'node:worker_threads';
import { DatagramSocket } from '../../../node/net/socket.ts';
import type { FloorRole } from './floorProbe.ts';
import { CommitProbe } from './primitives.ts';
import { VALUE_BYTES } from '../workload.ts';

const ADDRESS = '127.0.0.1';

// Both ends of this channel are this program's own code.
const { followerPorts } = workerData as FloorRole;
const datagram = Buffer.alloc(VALUE_BYTES);
const commit = await CommitProbe.open();
/** Answers that belong to the write under way; that of the slower follower comes too late to count. */
let write = 0;
let isAnswered = true;

function count(number: number): void {
  if (number === write && !isAnswered) {
    isAnswered = true;
    parentPort?.postMessage('done');
  }
}

const socket: DatagramSocket = await DatagramSocket.bind({
  address: ADDRESS,
  port: 0,
  onDatagram: (bytes, address, port) => {
    if (followerPorts === undefined) {
      commit.commit();
      socket.send(bytes, port, address);
    } else {
      count(Buffer.from(bytes).readUInt32BE(0));
    }
  },
  onSendFailed: () => undefined,
});

parentPort?.on('message', (what: 'close' | 'write') => {
  if (what === 'close') {
    socket.close();
    void commit.close().then(() => parentPort?.close());
    return;
  }
  write += 1;
  isAnswered = false;
  datagram.writeUInt32BE(write, 0);
  for (const port of followerPorts ?? []) socket.send(datagram, port, ADDRESS);
  // What has arrived meanwhile is read afterwards, as by a node.
  commit.commit();
});
parentPort?.postMessage(socket.port);
