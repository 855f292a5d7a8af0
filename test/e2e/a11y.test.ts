// Accessibility of the real window, checked by axe in its main states, light and dark.
import { expect, test } from 'vitest';
import { dataFolder, TestApp } from './support/app.ts';
import { seriousViolations } from './support/axe.ts';
import { LabWindow } from './support/labWindow.ts';

test.each(['light', 'dark'] as const)('nothing serious in the %s window', async (theme) => {
  const app = await TestApp.launch({ dataPath: dataFolder(), theme });
  const lab = new LabWindow(app.page);
  await lab.byId('introduction').waitFor();
  expect.soft(await seriousViolations(lab)).toEqual([]);
  await lab.skipIntroduction();
  await lab.byId('pace-fast').click();

  const leader = await lab.untilLeader();
  await lab.ask('put colour teal');
  await lab.ask('nonsense');
  await lab.byId(`node-${leader}`).click();
  expect.soft(await seriousViolations(lab)).toEqual([]);

  for (const tab of ['log', 'kv', 'disk', 'datagrams']) {
    await lab.byId(`tab-${tab}`).click();
    expect.soft(await seriousViolations(lab)).toEqual([]);
  }

  await lab.byId(`node-${leader}`).click({ button: 'right' });
  await lab.byId('node-menu').waitFor();
  expect.soft(await seriousViolations(lab)).toEqual([]);
  await lab.page.keyboard.press('Escape');

  await lab.chooseFor(leader, 'crash');
  await lab.untilLeader();
  expect.soft(await seriousViolations(lab)).toEqual([]);

  await lab.leaveText();
  await lab.page.keyboard.press('Control+k');
  await lab.byId('palette').waitFor();
  expect.soft(await seriousViolations(lab)).toEqual([]);
  await lab.page.keyboard.press('Escape');
  expect(app.complaints).toEqual([]);
});
