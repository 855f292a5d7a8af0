/** The door's connections: order, limits, and what is not the protocol. */
import { afterEach, beforeEach, expect, test } from 'vitest';
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
