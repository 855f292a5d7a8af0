/** The door of a lab on a real network socket: who gets in, who is told what, and who has to wait. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { randomBytes } from 'node:crypto';
import type { TLSSocket } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';
import { Channel } from '../../src/lan/channel/channel.ts';
import type { ChannelEnd } from '../../src/lan/channel/channel.ts';
import { HANDSHAKES_PER_ADDRESS_MAX } from '../../src/lan/host/connectionLimiter.ts';
import { WrongCodes } from '../../src/lan/host/wrongCodes.ts';
import { Door, HANDSHAKE_LIMIT_MS, knock, KnockError } from '../../src/lan/channel/tls.ts';

const KEY = randomBytes(32);
const textSchema = z.strictObject({ text: z.string() });
type Text = z.output<typeof textSchema>;

async function openDoor(key: () => Uint8Array | undefined = () => KEY) {
  const wrongCodes: string[] = [];
  const sockets: TLSSocket[] = [];
  const waiting: ((socket: TLSSocket) => void)[] = [];
  const door = await Door.open({
    address: '127.0.0.1',
    port: 0,
    key,
    onSocket: (socket) => {
      socket.on('error', () => undefined);
      const next = waiting.shift();
      if (next === undefined) {
        sockets.push(socket);
      } else {
        next(socket);
      }
    },
    onWrongCode: (address) => {
      wrongCodes.push(address);
    },
  });
  onTestFinished(() => {
    door.close();
    sockets.forEach((socket) => socket.destroy());
  });
  const nextSocket = (): Promise<TLSSocket> => new Promise((resolve) => {
    const socket = sockets.shift();
    if (socket === undefined) {
      waiting.push(resolve);
    } else {
      resolve(socket);
    }
  });
  return { door, wrongCodes, nextSocket };
}

async function failureOf(promise: Promise<TLSSocket>): Promise<string> {
  const error: unknown = await promise.then((socket) => {
    socket.destroy();
    return 'let in';
  }, (reason: unknown) => reason);
  return error instanceof KnockError ? error.failure : String(error);
}

test('who knows the code talks both ways, and each side hears that the other has closed', async () => {
  const { door, nextSocket } = await openDoor();
  const inside = await knock('127.0.0.1', door.port, KEY);
  const answered = new Promise<string>((resolve) => {
    const member = new Channel<Text, Text>(inside, {
      schema: textSchema, onMessage: ({ text }) => resolve(text), onEnd: () => undefined,
    });
    member.send({ text: 'good morning' });
  });
  const socket = await nextSocket();
  const ended = new Promise<ChannelEnd>((resolve) => {
    const host: Channel<Text, Text> = new Channel<Text, Text>(socket, {
      schema: textSchema, onMessage: ({ text }) => host.send({ text: `${text}, too` }), onEnd: resolve,
    });
  });
  expect(await answered).toBe('good morning, too');
  inside.end();
  expect(await ended).toBe('ended');
});

test('what is no message of the protocol ends the channel', async () => {
  for (const bytes of [
    Buffer.from([0, 0, 0, 2, 0x7b, 0x7d]), Buffer.from([0xff, 0xff, 0xff, 0xff]), Buffer.from([0, 0, 0, 0]),
    Buffer.from([0, 0, 0, 3, 0xff, 0xfe, 0xfd]), Buffer.from('\0\0\0\x0f["message", {}]'),
  ]) {
    const { door, nextSocket } = await openDoor();
    const stranger = await knock('127.0.0.1', door.port, KEY);
    stranger.on('error', () => undefined);
    const socket = await nextSocket();
    const ended = new Promise<ChannelEnd>((resolve) => new Channel<Text, Text>(socket, {
      schema: textSchema, onMessage: () => expect.unreachable('this is no message'), onEnd: resolve,
    }));
    stranger.write(bytes);
    expect(await ended).toBe('malformed');
  }
});

test('a wrong code is told as one and counted; the right one is let in also from that address', async () => {
  const { door, wrongCodes } = await openDoor();
  for (let tried = 1; tried <= 12; tried += 1) {
    expect(await failureOf(knock('127.0.0.1', door.port, randomBytes(32)))).toBe('wrong-code');
  }
  await expect.poll(() => wrongCodes.length, { timeout: 90_000 }).toBe(12);
  expect(await failureOf(knock('127.0.0.1', door.port, KEY))).toBe('let in');
});

test('wrong codes are listed by address, and few of them become events', () => {
  const codes = new WrongCodes();
  const told = Array.from({ length: 10 }, (_, at) => codes.take('10.0.0.7', at, 5000 + at))
    .filter(({ isTold }) => isTold).map(({ tries }) => tries);
  expect(told).toEqual([1, 2, 4, 8]);
  expect(codes.list).toEqual([{ address: '10.0.0.7', tries: 10, atMs: 5009 }]);
  // A minute without a try: a new count. The wall clock may be set meanwhile.
  expect(codes.take('10.0.0.7', 9 + 60_000, 1)).toEqual({ tries: 11, isTold: false });
  expect(codes.take('10.0.0.7', 9 + 120_001, 2)).toEqual({ tries: 1, isTold: true });
  const others = Array.from({ length: 100 }, (_, at) => codes.take(`10.0.1.${at}`, 130_000, 3));
  expect(others.filter(({ isTold }) => isTold)).toHaveLength(29);
  expect(codes.list).toHaveLength(20);
  expect(codes.list.at(-1)?.address).toBe('10.0.1.99');
  expect(codes.take('10.0.2.1', 9 + 180_002, 4).isTold).toBe(true);
});

test('while joining is closed nobody comes in', async () => {
  const { door } = await openDoor(() => undefined);
  expect(await failureOf(knock('127.0.0.1', door.port, KEY))).not.toBe('let in');
});

test('silent connections from many addresses keep nobody out, and end', async () => {
  const { door } = await openDoor();
  const idle = Array.from({ length: 40 }, (_, at) => connect({
    port: door.port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (at % 10)}`,
  }));
  onTestFinished(() => idle.forEach((socket) => socket.destroy()));
  let ended = 0;
  for (const socket of idle) {
    socket.on('error', () => undefined);
    socket.on('close', () => {
      ended += 1;
    });
  }
  await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  for (let joined = 0; joined < 10; joined += 1) {
    expect(await failureOf(knock('127.0.0.1', door.port, KEY))).toBe('let in');
  }
  // Those that had to give way at once, the others when their time is over.
  expect(HANDSHAKE_LIMIT_MS).toBe(5000);
  await expect.poll(() => ended, { timeout: 60_000 }).toBe(idle.length); // Node itself would wait for two minutes
  await expect.poll(() => door.held, { timeout: 90_000 }).toBe(0);
});

test('of one address, who says nothing gives way to the next, and who has begun to speak does not', async () => {
  const { door } = await openDoor();
  const open = async (): Promise<Socket> => {
    const socket = connect(door.port, '127.0.0.1');
    socket.on('error', () => undefined);
    onTestFinished(() => {
      socket.destroy();
    });
    await new Promise((resolve) => socket.once('connect', resolve));
    return socket;
  };
  const talking = [await open(), await open()];
  for (const socket of talking) {
    // The head of a TLS record whose rest does not come.
    await new Promise((resolve) => socket.write(Buffer.from([22, 3, 1, 1, 0]), resolve));
  }
  const silent = await open();
  const ended = new Promise<string>((resolve) => {
    silent.once('close', () => resolve('silent'));
    talking.forEach((socket) => socket.once('close', () => resolve('talking')));
  });
  await open();
  expect(await failureOf(knock('127.0.0.1', door.port, KEY))).toBe('let in');
  expect(await ended).toBe('silent');
});

test('more connections opened and closed than are ever open leave nothing behind', async () => {
  const { door } = await openDoor();
  for (let opened = 0; opened < 65; opened += 1) {
    const socket = connect(door.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    if (opened % 2 === 0) {
      socket.destroy();
    } else {
      socket.resetAndDestroy();
    }
  }
  expect(await failureOf(knock('127.0.0.1', door.port, KEY))).toBe('let in');
  await expect.poll(() => door.held, { timeout: 90_000 }).toBe(0);
});

test('machines that are in do not count as handshakes', async () => {
  const { door } = await openDoor();
  for (let entered = 0; entered <= HANDSHAKES_PER_ADDRESS_MAX; entered += 1) {
    const socket = await knock('127.0.0.1', door.port, KEY);
    onTestFinished(() => {
      socket.destroy();
    });
  }
});

test('where nobody listens the failure says so', async () => {
  const { door } = await openDoor();
  const { port } = door;
  door.close();
  expect(await failureOf(knock('127.0.0.1', port, KEY))).toBe('refused');
});
