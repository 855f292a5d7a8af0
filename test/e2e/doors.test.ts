// A door for other people's programs: opened by the window's switch, found by the port that the window shows.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { sharedApp } from './support/app.ts';
import { seriousViolations } from './support/axe.ts';
import { LabWindow } from './support/labWindow.ts';

const app = sharedApp();

async function answerAt(port: number, question: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(question);
  const [answer] = await once(socket, 'data') as [Buffer];
  socket.destroy();
  return answer.toString();
}

test('the switch opens doors, a program comes in at the port that is shown, and closing them ends that', async () => {
  const lab = new LabWindow(app().page);
  if (await lab.byId('introduction').isVisible()) await lab.skipIntroduction();
  await lab.untilLeader();
  await lab.leaveText();
  await lab.page.keyboard.press('n');
  await lab.byId('show-doors').click();
  await lab.byId('doors-open').click();
  const line = lab.byId('doors').locator('[data-testid=door-n1] code');
  await line.waitFor();
  const port = Number(/^redis-cli -p (\d+)$/.exec(await line.innerText())?.[1]);
  expect(await answerAt(port, 'PING\r\n')).toBe('+PONG\r\n');
  expect.soft(await seriousViolations(lab)).toEqual([]);
  await lab.byId('doors-open').click();
  await line.waitFor({ state: 'detached' });
  await expect(answerAt(port, 'PING\r\n')).rejects.toThrow('ECONNREFUSED');
  expect(app().complaints).toEqual([]);
});
