// Pictures of the window's main states, kept to be looked at: light and dark, small, usual and on a projector.
import { test } from 'vitest';
import { dataFolder, TestApp } from './support/app.ts';
import { LabWindow } from './support/labWindow.ts';

const SIZES = [
  { name: '1024x700', width: 1024, height: 700, scale: 1 },
  { name: '1440x900', width: 1440, height: 900, scale: 1 },
  { name: '1920x1080-projector', width: 1920, height: 1080, scale: 1.5 },
] as const;

/** Takes one picture for each size. */
async function picture(app: TestApp, name: string): Promise<void> {
  for (const { name: size, width, height, scale } of SIZES) {
    await app.page.evaluate((wanted) => window.raftlab?.invoke('settings:set', { scale: wanted }), scale);
    await app.resize(width, height);
    await app.screenshot(`${name}-${size}`);
  }
}

test.each(['light', 'dark'] as const)('the %s window', async (theme) => {
  const app = await TestApp.launch({ dataPath: dataFolder(), theme });
  const lab = new LabWindow(app.page);
  await lab.byId('introduction').waitFor();
  await picture(app, `${theme}-introduction`);
  await lab.skipIntroduction();

  await lab.byId('pace-fast').click();
  await lab.untilLeader();
  await lab.byId('pace-class').click();
  for (const line of ['put colour teal', 'get colour', 'incr visits', 'put owner ada', 'frobnicate', 'list']) {
    await lab.ask(line);
  }
  const leader = await lab.untilLeader();
  await lab.byId(`node-${leader}`).click();
  await picture(app, `${theme}-live`);

  const nodes = (await lab.nodes()).map((node) => node.name);
  const minority = [leader, await lab.neighbourOf(leader)];
  await lab.partition(minority);
  await lab.type(`@${leader} put colour red`);
  await lab.untilLeader(nodes.filter((name) => !minority.includes(name)));
  await picture(app, `${theme}-partitioned`);

  await lab.heal();
  await lab.chooseFor(leader, 'crash');
  await lab.until(`${leader} crashed`, (shown) => shown.find((node) => node.life === 'crashed'));
  await picture(app, `${theme}-crashed`);
});
