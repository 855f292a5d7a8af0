/** Doors in a lab of two machines, and their password on the LAN. */
import { expect, onTestFinished, test } from 'vitest';
import { createLabService } from '../../../src/lan/labService.ts';
import { temporaryFolder, workerUrls } from '../support.ts';
import type { TestLab } from '../support.ts';
import { client, doorOf, OPEN, openDoors, said, startDoorLab } from './support/doors.ts';

test('a node of another machine opens a door there, and only the host says whether doors are open', async () => {
  const lab = await startDoorLab(2);
  await lab.leaderOf();
  const status = await lab.service.execute('lan:open', { address: '127.0.0.1' });
  if (status.mode !== 'host') expect.unreachable('the lab is open to the LAN');
  const quiet = (): void => undefined;
  const desk = await createLabService({
    dataDirectory: temporaryFolder(), workerUrls, log: { info: quiet, warn: quiet, error: quiet }, opensOwnLab: false,
  });
  onTestFinished(() => desk.close());
  const { address, port, code, doorPassword } = status;
  await desk.execute('lan:join', { address, port, code, machineName: 'desk 7', role: 'member' });
  expect(await desk.execute('lan:status', {})).toMatchObject({ doorPassword });
  await desk.execute('lan:bringNode', {});
  await openDoors(lab);
  await lab.until('n3 to be a voter', ({ nodes }) => nodes.some(({ configuration }) => (
    configuration?.voters.includes(3) === true)));
  await said(await client(await doorOf(lab, 'n3')), ['SET', 'colour', 'teal'], '+OK\r\n');
  await said(await client(await doorOf(lab, 'n1')), ['GET', 'colour'], '$4\r\nteal\r\n');

  const { view } = await desk.execute('lab:attach', {});
  const wish = desk.execute('lab:setDoor', { door: { ...view.door, isOpen: false } });
  await expect(wish).rejects.toMatchObject({ code: 'refused' });
});

/** Does something that closes and opens the doors, and waits until they are open again. */
async function openedAgain(lab: TestLab, act: () => Promise<unknown>): Promise<void> {
  const opened = new Promise<void>((resolve) => {
    const stop = lab.service.subscribe((events) => {
      if (events.some(({ type }) => type === 'doorOpened')) {
        stop();
        resolve();
      }
    });
  });
  await act();
  await opened;
}

test('on the LAN a program needs the password of the join code, and a new code changes it', async () => {
  const lab = await startDoorLab(1);
  await openDoors(lab);
  await lab.service.execute('lab:setDoor', { door: { ...OPEN, onLan: true } });
  await said(await client(await doorOf(lab, 'n1')), ['PING'], '+PONG\r\n');
  const passwordOf = async (name: 'lan:status' | 'lan:renewCode'): Promise<string> => {
    const status = await lab.service.execute(name, {});
    return status.mode === 'host' ? status.doorPassword : expect.unreachable('the lab is open to the LAN');
  };
  await openedAgain(lab, () => lab.service.execute('lan:open', { address: '127.0.0.1' }));
  const password = await passwordOf('lan:status');
  expect(password).toMatch(/^[0-9a-z]{20}$/);
  await said(await client(await doorOf(lab, 'n1')), ['GET', 'a'], '-NOAUTH');
  await said(await client(await doorOf(lab, 'n1')), ['AUTH', password.toUpperCase()], '-WRONGPASS');
  const member = await client(await doorOf(lab, 'n1'));
  await said(member, ['AUTH', password], '+OK\r\n');
  await said(member, ['PING'], '+PONG\r\n');

  let next = '';
  await openedAgain(lab, async () => {
    next = await passwordOf('lan:renewCode');
  });
  expect(next).not.toBe(password);
  await member.rest();
  await said(await client(await doorOf(lab, 'n1')), ['AUTH', password], '-WRONGPASS');
  await said(await client(await doorOf(lab, 'n1')), ['AUTH', next], '+OK\r\n');
  expect(JSON.stringify(lab.events)).not.toContain(password);

  await openedAgain(lab, () => lab.service.execute('lan:close', {}));
  await said(await client(await doorOf(lab, 'n1')), ['PING'], '+PONG\r\n');
});
