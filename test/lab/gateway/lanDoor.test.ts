/** Doors in a lab of two machines, and their password on the LAN. */
import { expect, onTestFinished, test } from 'vitest';
import { createLabService } from '../../../src/lan/labService.ts';
import { startLab, temporaryFolder, workerUrls } from '../support.ts';
import { client, doorOf, openDoors, said } from './support/doors.ts';

test('a node of another machine opens a door there, and only the host says whether doors are open', async () => {
  const lab = await startLab(2);
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
