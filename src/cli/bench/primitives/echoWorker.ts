/** A thread that sends every datagram back to where it came from, for the round-trip probe. */
import { createSocket } from 'node:dgram';
import { parentPort } from 'node:worker_threads';

const socket = createSocket('udp4');
socket.on('message', (bytes, { port, address }) => socket.send(bytes, port, address));
socket.bind(0, '127.0.0.1', () => parentPort?.postMessage(socket.address().port));
