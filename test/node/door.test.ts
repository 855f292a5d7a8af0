/** A node's door as the node tells of it: again with its whole state, and never on the LAN without a password. */
import { expect, test } from 'vitest';
import { TestNode } from './support.ts';

const DOOR = { preferredPort: 0, redirects: false, onLan: false };

test('a node that restates itself tells where its door is', async () => {
  const node = await TestNode.start({ door: DOOR });
  const opened = await node.until('the door', (one) => one.of('doorOpened')[0]);
  node.thread.post({ type: 'restate' });
  const again = await node.until('the door once more', (one) => one.of('doorOpened')[1]);
  expect(again).toMatchObject({ address: '127.0.0.1', port: opened.port });
  const types = node.events.map(({ type }) => type);
  expect(types.lastIndexOf('doorOpened')).toBeGreaterThan(types.lastIndexOf('nodeRestated'));
  expect(types).toContain('nodeRestated');
});

test('a door on the LAN without a password is not opened, and the node runs on', async () => {
  const node = await TestNode.start({ address: '127.0.0.2', door: { ...DOOR, onLan: true } });
  const closed = await node.until('a closed door', (one) => one.of('doorClosed')[0]);
  expect(closed).toMatchObject({ reason: 'failed', message: expect.stringContaining('password') as unknown });
  node.thread.post({ type: 'door', door: { ...DOOR, onLan: true, password: 'secret' } });
  expect(await node.until('the door', (one) => one.of('doorOpened')[0])).toMatchObject({ address: '127.0.0.2' });
});
