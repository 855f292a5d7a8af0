/** A channel over a stream that a test holds in its hands: silence, bounded turns, and what does not fit. */
import { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';
import { Channel } from '../../src/lan/channel/channel.ts';
import type { ChannelEnd } from '../../src/lan/channel/channel.ts';
import { DEPTH_MAX, encodeFrame, FrameError, FrameReader, VALUES_MAX } from '../../src/lan/channel/frames.ts';
import { frameOf, framed } from './rawPeer.ts';

afterEach(() => {
  vi.useRealTimers();
});

class FakeSocket extends Duplex {
  readonly written: Buffer[] = [];

  setNoDelay(): this {
    return this;
  }

  override _read(): void {
    // What arrives is pushed.
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.written.push(chunk);
    done();
  }
}

function channelOver(onMessage: (message: unknown) => void = () => undefined) {
  const socket = new FakeSocket();
  const ends: ChannelEnd[] = [];
  const errors: unknown[] = [];
  const channel = new Channel<unknown, unknown>(socket as unknown as TLSSocket, {
    schema: z.unknown(),
    onMessage,
    onEnd: (end, error) => {
      ends.push(end);
      errors.push(error);
    },
  });
  onTestFinished(() => channel.abort());
  return { socket, channel, ends, errors };
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what has arrived while the process was held up is read before anybody is called silent', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const { socket, ends } = channelOver();
  vi.advanceTimersByTime(4000);
  socket.push(frameOf(['pong', 0, 0])); // it lies there when the late timer goes off
  vi.advanceTimersByTime(7000);
  await nextTurn();
  expect(ends).toEqual([]);
});

test.each([-86_400_000, 1e300, null, undefined, 'noon'])(
  'a clock that says %j costs the clock offset, not the connection', async (theirClockMs) => {
    const { socket, channel, ends } = channelOver();
    socket.push(frameOf(['pong', performance.now(), theirClockMs]));
    await nextTurn();
    expect(ends).toEqual([]);
    expect(channel.roundTripMs).toBeGreaterThanOrEqual(0);
    expect(channel.clockOffsetMs).toBe(0);
  },
);

test('who says nothing for too long is gone', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const { ends } = channelOver();
  vi.advanceTimersByTime(5000);
  await nextTurn();
  expect(ends).toEqual([]);
  vi.advanceTimersByTime(2000);
  await nextTurn();
  expect(ends).toEqual(['silent']);
});

test('whose messages wait for their turn is not silent', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const { socket, ends } = channelOver(() => {
    vi.advanceTimersByTime(100);
  });
  socket.push(frameOf(['message', 1]));
  await nextTurn();
  vi.advanceTimersByTime(7000);
  await nextTurn();
  expect(ends).toEqual([]);
});

test('after a turn that took long the others have theirs, and then everything is taken in order', async () => {
  const taken: unknown[] = [];
  const turns: number[] = [];
  let turn = 0;
  const { socket, ends } = channelOver((message) => {
    taken.push(message);
    turns.push(turn);
    const beganAtMs = performance.now();
    while (performance.now() - beganAtMs < 10);
  });
  const count = setInterval(() => {
    turn += 1;
  }, 1);
  onTestFinished(() => clearInterval(count));
  socket.push(Buffer.concat([1, 2, 3, 4].map((number) => frameOf(['message', number]))));
  await expect.poll(() => taken, { timeout: 90_000 }).toEqual([1, 2, 3, 4]);
  expect(new Set(turns).size).toBe(4);
  expect(ends).toEqual([]);
});

test('the last word is heard even where the connection closes while there is more to read', async () => {
  const taken: unknown[] = [];
  const { socket, ends } = channelOver((message) => {
    taken.push(message);
    const beganAtMs = performance.now();
    while (performance.now() - beganAtMs < 10);
  });
  socket.push(Buffer.concat([1, 2, 3].map((number) => frameOf(['message', number]))));
  await nextTurn();
  socket.destroy();
  await expect.poll(() => ends, { timeout: 90_000 }).toEqual(['ended']);
  expect(taken).toEqual([1, 2, 3]);
});

test('an error in what takes a message ends the channel, and nothing is thrown', async () => {
  const bug = new Error('a bug');
  const { socket, ends, errors } = channelOver(() => {
    throw bug;
  });
  socket.push(frameOf(['message', 1]));
  await expect.poll(() => ends, { timeout: 90_000 }).toEqual(['failed']);
  expect(errors).toEqual([bug]);
});

test('a message that is too long is not sent: it ends the channel, or whoever sends it is told', () => {
  const { channel, ends, socket } = channelOver();
  const long = 'x'.repeat(9 * 1024 * 1024);
  const before = socket.written.length;
  expect(channel.trySend(long)).toBe(false);
  // The other side would not read it.
  expect(channel.trySend(Array.from({ length: VALUES_MAX + 1 }, () => 1))).toBe(false);
  expect(socket.written.length).toBe(before);
  expect(ends).toEqual([]);
  channel.send(long);
  expect(ends).toEqual(['too-long']);
});

test('a frame is nested as deep and has as many values as a message may, and no more', () => {
  const read = (text: string): unknown => {
    const reader = new FrameReader();
    reader.takeLongFrames();
    reader.take(framed(text));
    return reader.next();
  };
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  const many = (values: number): string => `[${Array.from({ length: values }, () => '1').join(',')}]`;
  expect(read(nested(DEPTH_MAX))).toBeDefined();
  expect(() => read(nested(DEPTH_MAX + 1))).toThrow(FrameError);
  expect(read(many(VALUES_MAX))).toBeDefined();
  expect(() => read(many(VALUES_MAX + 1))).toThrow(FrameError);
  // Brackets and commas in a string are text, whatever stands before its quotes.
  const text = JSON.stringify({ ['[{'.repeat(50)]: `\\"${'[{,'.repeat(200)}"\\`, n: [] });
  expect(read(text)).toEqual({ message: JSON.parse(text) as unknown });
});

test('before the other side has said who it is a frame is short', () => {
  const reader = new FrameReader();
  reader.take(frameOf('x'.repeat(4000)));
  expect(reader.next()).toEqual({ message: 'x'.repeat(4000) });
  reader.take(frameOf('x'.repeat(5000)));
  expect(() => reader.next()).toThrow(FrameError);
});

test('frames are read whole and in order, wherever the stream is cut', () => {
  const messages = ['a', { b: 'ü'.repeat(20_000) }, [], null, 'x'.repeat(70_000)];
  const bytes = Buffer.concat(messages.map((message) => encodeFrame(message) ?? Buffer.alloc(0)));
  for (const size of [1, 3, 4, 5, 1000, 16_384, bytes.length]) {
    const reader = new FrameReader();
    reader.takeLongFrames();
    const read: unknown[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      reader.take(bytes.subarray(at, at + size));
      for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
        read.push(frame.message);
      }
    }
    expect(read).toEqual(messages);
  }
});
