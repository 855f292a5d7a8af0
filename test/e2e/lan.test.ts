// Two real windows, one cluster: a lab is opened to the network, another app joins it by its code and brings a node.
import { expect, test } from 'vitest';
import { dataFolder, TestApp } from './support/app.ts';
import { LabWindow } from './support/labWindow.ts';

async function launch(theme: 'light' | 'dark'): Promise<{ app: TestApp; lab: LabWindow }> {
  const app = await TestApp.launch({ dataPath: dataFolder(), theme });
  const lab = new LabWindow(app.page);
  await lab.byId('introduction').waitFor();
  await lab.skipIntroduction();
  await app.resize(1024, 700);
  return { app, lab };
}

test('a lab is opened, another window joins it and brings a node, and the wall tells of it', async (context) => {
  const host = await launch('light');
  await host.lab.byId('network-button').click();
  await host.lab.byId('lan-open-form').waitFor();
  await host.lab.byId('lan-open').or(host.lab.byId('lan-no-interface')).first().waitFor();
  await host.app.screenshot('lan-open');
  if (await host.lab.byId('lan-no-interface').isVisible()) context.skip('this machine has no network interface');
  await host.lab.byId('lan-open').click();
  await host.lab.byId('lan-host').waitFor();
  const code = await host.lab.byId('lan-code-shown').locator('[aria-hidden]').innerText();
  const address = await host.lab.byId('lan-address-shown').innerText();
  const port = await host.lab.byId('lan-port-shown').innerText();

  const guest = await launch('dark');
  await guest.lab.byId('network-button').click();
  await guest.lab.byId('lan-way-join').click();
  await guest.lab.byId('lan-address').fill(address);
  await guest.lab.byId('lan-port').fill(port);
  await guest.lab.byId('lan-code').fill(code);
  await guest.lab.byId('lan-machine-name').fill('Desk 7');
  await guest.lab.byId('lan-test').click();
  await guest.lab.byId('lan-test-result').waitFor();
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
  await guest.app.screenshot('lan-joined-window');
  await guest.app.close();
  await host.lab.until('n6 to be away', (shown) => shown.find(({ life }) => life === 'away'));
  await host.lab.byId('node-n6').click();
  await host.app.screenshot('lan-away');
});
