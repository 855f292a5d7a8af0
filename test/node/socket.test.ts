/** A node's UDP socket: what it says of the system's errors, and that it never throws once it is bound. */
import { expect, onTestFinished, test } from 'vitest';
import { DatagramSocket } from '../../src/node/net/socket.ts';
import { failureOf, nextDatagram, openSocket, sendDatagram } from './support.ts';

async function bind(port = 0) {
  const received: (readonly [string, string, number])[] = [];
  let failures = 0;
  let onEvent = (): void => undefined;
  const socket = await DatagramSocket.bind({
    address: '127.0.0.1',
    port,
    onDatagram: (bytes, address, from) => {
      received.push([Buffer.from(bytes).toString(), address, from]);
      onEvent();
    },
    onSendFailed: () => {
      failures += 1;
      onEvent();
    },
  });
  onTestFinished(() => socket.close());
  const next = () => new Promise<void>((resolve) => (onEvent = resolve));
  return { socket, received, failures: () => failures, next };
}

test('brings a datagram with where it came from, and sends from where it is heard', async () => {
  const other = await openSocket();
  const { socket, received, next } = await bind();
  const arrived = next();
  await sendDatagram(other, Buffer.from('hello'), socket.port);
  await arrived;
  expect(received).toEqual([['hello', '127.0.0.1', other.address().port]]);
  const answer = nextDatagram(other, 'the answer', (bytes) => Buffer.from(bytes).toString());
  socket.send(Buffer.from('yes'), other.address().port, '127.0.0.1');
  expect(await answer).toBe('yes');
});

test('a port that another program has is refused', async () => {
  const { socket } = await bind();
  expect(await failureOf(bind(socket.port))).toMatchObject({ code: 'EADDRINUSE' });
});

test('what the system refuses is counted, at once or later, and the socket goes on', async () => {
  const other = await openSocket();
  const { socket, failures, next } = await bind();
  socket.send(Buffer.from('x'), 70_000, '127.0.0.1'); // there is no such port
  expect(failures()).toBe(1);
  const refused = next();
  socket.send(new Uint8Array(70_000), other.address().port, '127.0.0.1'); // longer than a datagram can be
  await refused;
  expect(failures()).toBe(2);
  const arrived = nextDatagram(other, 'one that the system takes', () => true);
  socket.send(Buffer.from('x'), other.address().port, '127.0.0.1');
  await arrived;
  expect(failures()).toBe(2);
});

test('once closed it takes and says nothing, however often it is closed', async () => {
  const { socket, failures } = await bind();
  socket.close();
  socket.close();
  socket.send(Buffer.from('x'), 9, '127.0.0.1');
  expect(failures()).toBe(0);
});
