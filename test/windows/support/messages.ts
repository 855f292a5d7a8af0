/** Messages over a TCP connection between two Nodes: each is its length in four bytes and a structured clone. */
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';

const LENGTH_BYTES = 4;

export function sendMessage(socket: Socket, message: unknown): void {
  const body = serialize(message);
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(body.length);
  socket.write(Buffer.concat([length, body]));
}

/** Calls `onMessage` with each message that arrives, in order. */
export function receiveMessages(socket: Socket, onMessage: (message: unknown) => void): void {
  let waiting = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    waiting = Buffer.concat([waiting, bytes]);
    while (waiting.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + waiting.readUInt32BE();
      if (waiting.length < end) return;
      const body = waiting.subarray(LENGTH_BYTES, end);
      waiting = waiting.subarray(end);
      onMessage(deserialize(body));
    }
  });
}
