/** The door's connections: order, limits, and what is not the protocol. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLIENTS_MAX } from '../../src/gateway/commands/limits.ts';
import type { Door } from '../../src/gateway/door.ts';
import { command, openDoor, RawClient } from './support/rawClient.ts';
import { ScriptedNode } from './support/scriptedNode.ts';

let node: ScriptedNode;
let door: Door;
let client: RawClient;

beforeEach(async () => {
  node = new ScriptedNode();
  door = await openDoor(node);
  client = await RawClient.open(door);
});

afterEach(() => {
  client.close();
  door.close();
});

async function exchange(sent: string, expected: string): Promise<void> {
  client.send(sent);
  expect(await client.read(expected.length)).toBe(expected);
}

test('writes and reads a key', async () => {
  await exchange(command('PING'), '+PONG\r\n');
  await exchange(command('SET', 'colour', 'teal') + command('get', 'colour'), '+OK\r\n$4\r\nteal\r\n');
  await exchange('GET nothing\r\n', '$-1\r\n');
  expect(node.asked[0]?.client).toMatch(/^resp-n1-[0-9a-f]{8}-1$/);
});

test('asks for neighbours of one kind together, and answers in order', async () => {
  node.holds = true;
  client.send(command('SET', 'a', '1') + command('INCR', 'a') + command('GET', 'a') + command('GET', 'b')
    + command('SET', 'b', '2') + command('PING'));
  await expect.poll(() => node.asked.length).toBe(2); // the writes
  node.release('backwards'); // what is answered first waits for its turn
  await expect.poll(() => node.asked.length).toBe(4); // the reads
  node.release('backwards');
  await expect.poll(() => node.asked.length).toBe(5);
  node.release();
  const expected = '+OK\r\n:1\r\n$1\r\n1\r\n$-1\r\n+OK\r\n+PONG\r\n'; // INCR took effect first: it was let go first
  expect(await client.read(expected.length)).toBe(expected);
  expect(node.asked.map(({ command: { op } }) => op)).toEqual(['put', 'incr', 'get', 'get', 'put']);
});

test('does not join a command to a run that began in an earlier turn', async () => {
  node.holds = true;
  client.send(command('SET', 'a', '1'));
  await expect.poll(() => node.asked.length).toBe(1);
  client.send(command('SET', 'a', '2') + command('PING'));
  await settled();
  expect(node.asked).toHaveLength(1);
  node.release();
  await expect.poll(() => node.asked.length).toBe(2);
});

test('has a bounded number of commands under way, and goes on', async () => {
  node.holds = true;
  client.send(command('INCR', 'n').repeat(1000));
  await expect.poll(() => node.asked.length).toBe(128);
  await settled();
  expect(node.asked).toHaveLength(128);
  node.holds = false;
  node.release();
  const replies = Array.from({ length: 1000 }, (_, at) => `:${at + 1}\r\n`).join('');
  expect(await client.read(replies.length)).toBe(replies);
});

test('never asks the node for more than it takes, and all connections get their turn', async () => {
  node.holds = true;
  const clients = await Promise.all(Array.from({ length: 6 }, () => RawClient.open(door)));
  for (const each of clients) {
    each.send(command('INCR', 'n').repeat(128));
  }
  await expect.poll(() => node.asked.length).toBe(512);
  await settled();
  expect(node.asked).toHaveLength(512);
  node.holds = false;
  node.release();
  for (const each of clients) {
    expect((await each.read(128 * 4)).startsWith(':')).toBe(true);
    each.close();
  }
});

test('stops asking for a client that does not read', async () => {
  await exchange(command('SET', 'large', 'x'.repeat(131_072)), '+OK\r\n');
  client.socket.pause();
  client.send(command('GET', 'large').repeat(300));
  let before = -1;
  await expect.poll(() => {
    const isStill = node.asked.length === before;
    before = node.asked.length;
    return isStill;
  }, { interval: 200 }).toBe(true);
  expect(node.asked.length).toBeLessThan(250);
  client.socket.resume();
  const length = 300 * `$131072\r\n${'x'.repeat(131_072)}\r\n`.length;
  expect(await client.read(length)).toHaveLength(length);
});

test('closes a MONITOR client that does not read', async () => {
  const monitor = await RawClient.open(door);
  monitor.send(command('MONITOR'));
  await monitor.read(5);
  monitor.socket.pause();
  for (let index = 1; index < 100_000 && node.watcherCount > 0; index += 1) {
    node.tell({ index, term: 7, client: null, text: `put ${'k'.repeat(500)} "v"` });
    if (index % 1000 === 0) {
      await settled();
    }
  }
  expect(node.watcherCount).toBe(0);
  monitor.socket.resume();
  expect(await monitor.rest()).toMatch(/-ERR this MONITOR client reads too slowly: the connection ends\r\n$/);
});

test.each([
  ['GET / HTTP/1.1\r\nHost: localhost\r\n\r\n', ''],
  ['POST / HTTP/1.1\r\n\r\nSET a b\r\n', ''],
  ['Host: localhost\r\n', ''],
  ['*1\r\n$4\r\nPING\r\n*2\r\n*1\r\n', "+PONG\r\n-ERR Protocol error: expected '$', got '*'\r\n"],
  ['*1025\r\n', '-ERR Protocol error: invalid multibulk length\r\n'],
  ['*2\r\n$3\r\nGET\r\n$1073741824\r\n', '-ERR Protocol error: invalid bulk length\r\n'],
  // A TLS client says hello without the end of a line, and waits.
  ['\u0016\u0003\u0001\u0002',
    '-ERR Protocol error: this is TLS, which the door does not speak: connect without it\r\n'],
])('closes on %j', async (sent, expected) => {
  client.send(sent);
  expect(await client.rest()).toBe(expected);
  expect(node.asked).toEqual([]);
});

test('takes a value that begins like a line of HTTP', async () => {
  const page = 'HTTP/1.1 200 OK';
  await exchange(command('SET', 'page', page) + command('GET', 'page'), `+OK\r\n$15\r\n${page}\r\n`);
});

test('keeps no place for a client that has left in a WAIT', async () => {
  client.send(command('SET', 'a', '1'));
  await client.read(5);
  client.socket.end(command('WAIT', '9', '60000'));
  expect(await client.rest()).toBe(':1\r\n');
  await expect.poll(() => door.clients.size).toBe(0);
});

test('answers everything after the client has said its last word', async () => {
  client.socket.end(command('SET', 'a', '1') + command('GET', 'a') + command('QUIT') + command('SET', 'a', '2'));
  expect(await client.rest()).toBe('+OK\r\n$1\r\n1\r\n+OK\r\n');
  expect(node.asked).toHaveLength(2);
});

test('ends the connection of a client that leaves its replies, and not that of one that is idle', async () => {
  const strict = await openDoor(node, { patienceMs: 50 });
  const [idle, lazy] = [await RawClient.open(strict), await RawClient.open(strict)];
  lazy.socket.pause();
  const value = 'v'.repeat(1024 * 1024);
  lazy.send(command('SET', 'long', value) + command('GET', 'long').repeat(100));
  await expect.poll(() => strict.clients.size, { timeout: 10_000 }).toBe(1);
  idle.send('PING\r\n');
  expect(await idle.read(7)).toBe('+PONG\r\n');
  lazy.close();
  idle.close();
  strict.close();
});

test('ends the connection of a client that does not say the password', async () => {
  const strict = await openDoor(node, { patienceMs: 300, password: 'sesame' });
  const [member, stranger] = [await RawClient.open(strict), await RawClient.open(strict)];
  member.send(command('AUTH', 'sesame'));
  expect(await member.read(5)).toBe('+OK\r\n');
  expect(await stranger.rest()).toMatch(/^-NOAUTH the password was not said in time/);
  member.send('PING\r\n');
  expect(await member.read(7)).toBe('+PONG\r\n');
  member.close();
  strict.close();
});

test('takes a limited number of clients', async () => {
  const clients = await Promise.all(Array.from({ length: CLIENTS_MAX - 1 }, () => RawClient.open(door)));
  await expect.poll(() => door.clients.size).toBe(CLIENTS_MAX);
  const oneMore = await RawClient.open(door);
  expect(await oneMore.rest()).toBe('-ERR max number of clients reached\r\n');
  clients[0]?.close();
  await expect.poll(() => door.clients.size).toBe(CLIENTS_MAX - 1);
  const another = await RawClient.open(door);
  another.send('PING\r\n');
  expect(await another.read(7)).toBe('+PONG\r\n');
  for (const each of [...clients, another]) {
    each.close();
  }
});

test('opens another port where one is taken, and never that of Redis', async () => {
  const second = await openDoor(node, { preferredPort: door.port });
  const third = await openDoor(node, { preferredPort: 6379 });
  expect([door.port, 0, 6379]).not.toContain(second.port);
  expect([door.port, 0, 6379]).not.toContain(third.port);
  second.close();
  third.close();
  await expect(openDoor(node, { address: '192.0.2.1' })).rejects.toThrow(/cannot be opened on 192\.0\.2\.1/);
});

test('closes with all its connections', async () => {
  door.close();
  expect(await client.rest()).toBe('');
});

/** Everything that was sent until now has been read by the door. */
async function settled(): Promise<void> {
  const other = await RawClient.open(door);
  other.send('PING\r\n');
  await other.read(7);
  other.close();
}
