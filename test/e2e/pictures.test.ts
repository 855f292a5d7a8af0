// The stage's other pictures in the window: the logs side by side, and the space-time diagram.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { dataFolder, TestApp } from './support/app.ts';
import { LabWindow } from './support/labWindow.ts';

test('the stage shows the logs of all nodes, and what happened between them', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder(), theme: 'light' });
  const lab = new LabWindow(app.page);
  await lab.skipIntroduction();
  await app.resize(1440, 900);
  await lab.until('there is a leader', (nodes) => nodes.find(({ role }) => role === 'leader'));

  await lab.byId('view-logs').click();
  await lab.type('put x 3');
  const written = app.page.locator('[data-testid="stage-logs"] [data-state="committed"]', { hasText: 'put x' });
  await expect.poll(() => written.count(), { timeout: 20_000 }).toBe(5);
  await app.screenshot('light-logs');
  await written.first().click();
  await app.page.keyboard.press('ArrowDown');
  expect(await app.page.evaluate(() => document.activeElement?.getAttribute('title'))).toMatch(/^n2, index/);

  await lab.byId('view-space-time').click();
  const canvas = lab.byId('space-time-canvas');
  await canvas.focus();
  await app.page.keyboard.press('ArrowLeft');
  await expect.poll(() => lab.byId('space-time-said').textContent()).toMatch(/n1/);
  await app.screenshot('light-space-time');
  const folder = dataFolder();
  await app.answerSaveDialog(join(folder, 'picture.svg'));
  await lab.byId('export-svg').click();
  await expect.poll(() => existsSync(join(folder, 'picture.svg'))).toBe(true);
  expect(readFileSync(join(folder, 'picture.svg'), 'utf8')).toMatch(/^<svg [^]*<polygon [^]*>n5<\/text>[^]*<\/svg>\n$/);
  await app.answerSaveDialog(join(folder, 'picture.png'));
  await lab.byId('export-png').click();
  await expect.poll(() => existsSync(join(folder, 'picture.png'))).toBe(true);
  expect(readFileSync(join(folder, 'picture.png')).subarray(1, 4).toString()).toBe('PNG');
  await app.resize(1024, 700);
  await app.screenshot('light-space-time-small');
  await app.page.evaluate(() => window.raftlab?.invoke('settings:set', { theme: 'dark' }));
  await app.page.keyboard.press('f');
  await app.screenshot('dark-space-time-alone');
  await app.page.keyboard.press('f');
  await lab.byId('stage').press('v');
  expect(app.complaints).toEqual([]);
});
