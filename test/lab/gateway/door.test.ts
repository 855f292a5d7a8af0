/** Doors of real nodes: programs on sockets of their own, through all that can happen to a node and its lab. */
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { DOOR_CLOSED } from '../../../src/trace/door.ts';
import { PAPER_VARIANT } from '../../../src/trace/variant.ts';
import { command, RawClient } from '../../gateway/support/rawClient.ts';
import { openService, temporaryFolder, TestLab } from '../support.ts';
import { client, doorOf, OPEN, openDoors, said, startDoorLab } from './support/doors.ts';

test('what one node is told another can be asked, and a door is where it was before the crash', async () => {
  const lab = await startDoorLab(3);
  await openDoors(lab);
  const doors = await Promise.all(lab.names.map((name) => doorOf(lab, name)));
  expect(new Set(doors.map(({ port }) => port)).size).toBe(3);
  expect(doors.map(({ address }) => address)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  const [first, second] = await Promise.all(doors.slice(0, 2).map(client));
  await said(first ?? expect.unreachable(), ['SET', 'colour', 'teal'], '+OK\r\n');
  await said(second ?? expect.unreachable(), ['GET', 'colour'], '$4\r\nteal\r\n');
  expect(await lab.get('n3', 'colour')).toBe('teal');

  await lab.act('node:crash', 'n1');
  await first?.rest();
  expect(lab.node('n1').door).toBeNull();
  await said(second ?? expect.unreachable(), ['SET', 'colour', 'red'], '+OK\r\n');
  await lab.act('node:restart', 'n1');
  expect(await doorOf(lab, 'n1')).toEqual(doors[0]);
  await said(await client(doors[0] ?? expect.unreachable()), ['GET', 'colour'], '$3\r\nred\r\n');
});

test('a paused node keeps its clients waiting, and answers them when it goes on', async () => {
  const lab = await startDoorLab(3);
  await openDoors(lab);
  const follower = lab.names.find((name) => name !== lab.nodes.find(({ role }) => role === 'leader')?.name) ?? 'n1';
  const program = await client(await doorOf(lab, follower));
  await lab.act('node:pause', follower);
  expect(lab.node(follower).door).not.toBeNull();
  program.send(command('SET', 'a', '1'));
  await lab.put(lab.names.find((name) => name !== follower) ?? 'n1', 'b', '2');
  await lab.act('node:resume', follower);
  expect(await program.read(5)).toBe('+OK\r\n');
});

test('turning the doors off ends the connections', async () => {
  const lab = await startDoorLab(1);
  await openDoors(lab);
  const place = await doorOf(lab, 'n1');
  const program = await client(place);
  await said(program, ['PING'], '+PONG\r\n');
  await lab.service.execute('lab:setDoor', { door: DOOR_CLOSED });
  await program.rest();
  await lab.until('the door to be closed', () => lab.node('n1').door === null);
  await expect(RawClient.open(place)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('a lab as in the paper takes commands through its doors, without sessions', async () => {
  const dataDirectory = temporaryFolder();
  const service = await openService(dataDirectory);
  await service.execute('lab:create', { name: 'Paper', nodeCount: 3, pace: 'fast', variant: PAPER_VARIANT });
  const lab = await TestLab.follow(service, dataDirectory);
  await openDoors(lab);
  const program = await client(await doorOf(lab, 'n1'));
  await said(program, ['SET', 'colour', 'teal'], '+OK\r\n');
  await said(program, ['GET', 'colour'], '$4\r\nteal\r\n');
  const { sessionCount } = await service.execute('node:sessions', { node: 'n1', limit: 10 });
  expect(sessionCount).toBe(0);
  await lab.until('the read to be told as one through the log', ({ events }) => (
    events.some((event) => event.type === 'clientAsked' && event.text === 'get colour log')));
});

test('a follower names the leader’s door to its clients where it is to redirect them', async () => {
  const lab = await startDoorLab(3);
  const leader = await lab.leaderOf();
  await lab.service.execute('lab:setDoor', { door: { ...OPEN, redirects: true } });
  const [{ port }] = [await doorOf(lab, leader), ...await Promise.all(lab.names.map((name) => doorOf(lab, name)))];
  const follower = lab.names.find((name) => name !== leader) ?? 'n1';
  await lab.contents(follower); // the lab has told it of the doors before it asked this
  await said(await client(await doorOf(lab, follower)), ['SET', 'a', '1'], `-MOVED 15495 127.0.0.1:${port}\r\n`);
});

test('a lab that is opened again has its doors open where they were, unless somebody else is there', async () => {
  const dataDirectory = temporaryFolder();
  const lab = await startDoorLab(1, dataDirectory);
  await openDoors(lab);
  const place = await doorOf(lab, 'n1');
  const program = await client(place);
  await lab.service.close();
  await program.rest();

  const again = await openService(dataDirectory);
  const reopened = await TestLab.follow(again, dataDirectory);
  expect(await doorOf(reopened, 'n1')).toEqual(place);
  await again.close();

  const stranger = createServer().listen(place.port, place.address);
  onTestFinished(() => {
    stranger.close();
  });
  await new Promise((resolve) => stranger.once('listening', resolve));
  const third = await TestLab.follow(await openService(dataDirectory), dataDirectory);
  const elsewhere = await doorOf(third, 'n1');
  expect(elsewhere.port).not.toBe(place.port);
  await third.leaderOf();
  await said(await client(elsewhere), ['SET', 'a', '1'], '+OK\r\n');
});
