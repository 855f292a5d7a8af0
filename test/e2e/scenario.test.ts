// A scenario in the window: chosen from the menu, read by main, run line by line.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectPath } from '../../scripts/setup/project.mjs';
import { dataFolder, TestApp } from './support/app.ts';
import { LabWindow } from './support/labWindow.ts';

const MENU = 'Run a Scenario…';

test('a scenario is chosen from the menu, stepped, and run to its end', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder(), theme: 'light' });
  const lab = new LabWindow(app.page);
  await lab.skipIntroduction();
  await app.resize(1024, 700);

  const bad = join(dataFolder(), 'bad.lab');
  writeFileSync(bad, 'lab nodes 99\n  fly n1\n');
  await app.answerOpenDialog(bad);
  await app.chooseFromMenu(MENU);
  await lab.byId('scenario-problems').getByText('Line 2, column 3').waitFor();
  await app.screenshot('light-scenario-bad');

  await app.answerOpenDialog(projectPath('examples', 'scenarios', 'partition-writes.lab'));
  await lab.byId('scenario-choose').click();
  await lab.byId('scenario-next').click();
  await lab.byId('scenario').getByText('until somebody leads within 10s').waitFor();
  await lab.byId('scenario-next').click();
  await lab.byId('scenario').getByText('passed at').first().waitFor();
  await app.screenshot('light-scenario-stepped');
  await lab.byId('scenario-go-on').click();
  await expect.poll(() => lab.byId('scenario-summary').textContent(), { timeout: 60_000 }).toBe('7 passed');
  await lab.until('the stage shows where it led', (nodes) =>
    nodes.find(({ role, commit }) => role === 'leader' && commit > 3));
  await app.screenshot('light-scenario-over');
  await app.page.evaluate(() => window.raftlab?.invoke('settings:set', { theme: 'dark' }));
  await app.screenshot('dark-scenario-over');
  expect(app.complaints).toEqual([]);
});
