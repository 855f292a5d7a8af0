// Two real windows on two hosts of a LAN, one cluster: a lab is opened, another app joins it by its code and brings a
// node, a cable is pulled and plugged in again, the host gets another address.
import { expect, onTestFinished, test } from 'vitest';
import { TestLan } from '../lan/namespaces/support/network.ts';
import type { LanPort } from '../lan/namespaces/support/network.ts';
import { dataFolder, TestApp } from './support/app.ts';
import { LabWindow } from './support/labWindow.ts';

const HOST = 0;
const GUEST = 1;
const LIMIT_MS = 60_000;

async function launch(
  theme: 'light' | 'dark', host: LanPort | undefined,
): Promise<{ app: TestApp; lab: LabWindow }> {
  const app = await TestApp.launch({ dataPath: dataFolder(), theme, ...(host === undefined ? {} : { host }) });
  const lab = new LabWindow(app.page);
  await lab.byId('introduction').waitFor();
  await lab.skipIntroduction();
  await app.resize(1024, 700);
  return { app, lab };
}

test('a lab is opened, another window joins it, and a pulled cable is a partition that heals', async (context) => {
  const lan = await TestLan.open(2);
  onTestFinished(() => { lan.close(); });
  const portOf = (position: number): LanPort | undefined => (lan.problem === null ? lan.hosts[position] : undefined);
  const host = await launch('light', portOf(HOST));
  await host.lab.byId('network-button').click();
  await host.lab.byId('lan-open-form').waitFor();
  await host.lab.byId('lan-open').or(host.lab.byId('lan-no-interface')).first().waitFor();
  await host.app.screenshot('lan-open');
  if (await host.lab.byId('lan-no-interface').isVisible()) context.skip('this machine has no network interface');
  await host.lab.byId('lan-open').click();
  await host.lab.byId('lan-host').waitFor();
  const code = await host.lab.byId('lan-code-shown').locator('[aria-hidden]').innerText();
  const address = await host.lab.byId('lan-address-shown').innerText();

  const guest = await launch('dark', portOf(GUEST));
  await guest.lab.byId('network-button').click();
  await guest.lab.byId('lan-way-join').click();
  await guest.lab.byId('lan-join-form').getByText(address).first().click();
  expect(await guest.lab.byId('lan-address').inputValue(), 'the lab was heard, and chosen').toBe(address);
  await guest.lab.byId('lan-code').fill(code);
  await guest.lab.byId('lan-machine-name').fill('Desk 7');
  await guest.lab.byId('lan-test').click();
  const found = await guest.lab.byId('lan-test-result').innerText();
  expect(found).toContain('This machine can join.');
  expect(found).toContain('datagrams (UDP) pass both ways');
  await guest.app.screenshot('lan-join');
  await guest.lab.byId('lan-join').click();
  await guest.lab.byId('lan-joined').waitFor();
  await guest.lab.byId('lan-bring').click();
  await guest.lab.byId('lan-own-nodes').getByText('n6').waitFor();
  await guest.app.screenshot('lan-joined');

  await host.lab.byId('lan-wall').getByText('n6', { exact: true }).waitFor();
  await host.app.screenshot('lan-host');
  expect(await host.lab.byId('lan-wall').innerText()).toContain('Desk 7');
  await guest.app.page.keyboard.press('Escape');
  await host.app.page.keyboard.press('Escape');
  for (const { lab } of [host, guest]) await lab.untilConverged();
  await guest.app.screenshot('lan-joined-window');

  if (lan.problem === null) {
    lan.pullCable(GUEST);
    await host.lab.until('n6 to be away', (shown) => shown.find(({ name, life }) => name === 'n6' && life === 'away'));
    expect(await host.lab.ask('put cut "by a cable"')).toMatchObject({ tone: 'ok' });
    await guest.lab.byId('lan-strip').getByText('not connected').waitFor({ timeout: LIMIT_MS });
    await guest.app.screenshot('lan-cut');
    lan.plugInCable(GUEST);
    await guest.lab.byId('lan-strip').getByText('· connected').waitFor({ timeout: LIMIT_MS });
    const moved = lan.moveHost(HOST, 88);
    await host.app.page.getByText(`at another address now: ${moved}.`).first().waitFor({ timeout: LIMIT_MS });
    await host.app.screenshot('lan-moved');
    await guest.lab.byId('strip-machines').click();
    await guest.lab.byId('lan-wall').getByText(moved, { exact: true }).waitFor({ timeout: LIMIT_MS });
    await guest.app.page.keyboard.press('Escape');
    await guest.lab.byId('lan-strip').getByText('· connected').waitFor({ timeout: LIMIT_MS });
    for (const { lab } of [host, guest]) await lab.untilConverged();
    expect((await guest.lab.ask('@n6 get cut')).text).toContain('by a cable');
  }

  expect(await host.app.closeAndAnswer('Keep It Open')).toContain('1 other machine takes part in this lab.');
  await guest.app.close();
  await host.lab.until('n6 to be away', (shown) => shown.find(({ life }) => life === 'away'));
  await host.lab.byId('node-n6').click();
  await host.app.screenshot('lan-away');
}, 240_000);
