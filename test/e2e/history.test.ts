// The past of a live lab in the window: back before a crash, steps, a note, a file of it, and LIVE again.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolder, TestApp } from './support/app.ts';
import { LabWindow } from './support/labWindow.ts';

test('a leader that has crashed is seen leading, and a recording of it is saved and opened', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder(), theme: 'light' });
  const lab = new LabWindow(app.page);
  await lab.skipIntroduction();
  await app.resize(1440, 900);
  await lab.byId('pace-fast').click();
  const leader = await lab.untilLeader();
  await lab.ask('put colour teal');
  await lab.byId('history-pane').waitFor();
  await app.screenshot('light-history-live');
  await lab.chooseFor(leader, 'crash');
  const isDown = (name: string, life: string): boolean => name === leader && life === 'crashed';
  await lab.until(`${leader} crashed`, (nodes) => nodes.find(({ name, life }) => isDown(name, life)));
  const others = (await lab.nodes()).flatMap(({ name }) => (name === leader ? [] : [name]));
  await lab.untilLeader(others);

  // To the crash, and one event back: before it.
  await lab.byId(`node-${leader}`).click();
  await lab.byId('past-unit-fault').click();
  await lab.byId('past-back').click();
  await lab.byId('replay').first().waitFor();
  await lab.until('the crash', (nodes) => nodes.find(({ name, life }) => isDown(name, life)));
  await lab.leaveText();
  await app.page.keyboard.press('Shift+ArrowLeft');
  await lab.until(`${leader} leads`, (nodes) => nodes.find(({ name, life, role }) =>
    name === leader && life === 'running' && role === 'leader'));
  expect(await lab.byId('inspector').textContent()).toContain('leader');
  await app.screenshot('light-history-past');

  await app.page.keyboard.press('b');
  await lab.byId('note-text').fill('the last that it did');
  await lab.byId('note-keep').click();
  await lab.byId('note').getByText('the last that it did').waitFor();
  await app.screenshot('light-history-note');
  await app.page.keyboard.press('Escape');
  expect(await lab.ask(`@${others[0]} get colour`)).toMatchObject({ tone: 'ok' });
  await lab.leaveText();
  await app.page.keyboard.press('l');
  await lab.until('the present', (nodes) => nodes.find(({ name, life }) => isDown(name, life)));

  const path = join(dataFolder(), 'tuesday.raftlab');
  await app.answerSaveDialog(path);
  await app.chooseFromMenu('Save Recording…');
  await app.screenshot('light-history-save');
  await lab.byId('save-recording-go').click();
  await expect.poll(() => existsSync(path)).toBe(true);
  await lab.byId('save-recording').waitFor({ state: 'detached' });
  await app.answerOpenDialog(path);
  await app.chooseFromMenu('Open Recording…');
  await lab.byId('lab-name').getByText('tuesday.raftlab').waitFor();
  expect((await lab.ask('get colour')).text).toContain('a recording is shown');
  await app.page.evaluate(() => window.raftlab?.invoke('settings:set', { theme: 'dark' }));
  await app.screenshot('dark-history-file');
  await lab.byId('notes').click();
  await lab.byId('note').getByText('the last that it did').click();
  await lab.until(`${leader} leads`, (nodes) => nodes.find(({ name, role, life }) =>
    name === leader && life === 'running' && role === 'leader'));
  await app.page.keyboard.press('Escape');
  await app.resize(1024, 700);
  await app.screenshot('dark-history-file-small');
  await lab.byId('go-live').click();
  await lab.until('the present', (nodes) => nodes.find(({ name, life }) => isDown(name, life)));
  expect(app.complaints).toEqual([]);
});
