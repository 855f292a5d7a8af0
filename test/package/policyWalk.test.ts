// A walk through everything that the window can show: the content policy is never broken on the way.
import { expect, test } from 'vitest';
import { dataFolder, TestApp } from '../e2e/support/app.ts';
import { LabWindow } from '../e2e/support/labWindow.ts';
import { product } from './support/packagedApp.ts';

declare global {
  interface Window {
    /** What the policy has refused since the walk began. */
    violations?: string[];
  }
}

/** A command that goes between a look and a click is waited for in vain. */
const CLICK_LIMIT_MS = 5000;

/** The walk needs each view drawn, not finished: two frames are enough for Vue and for the browser. */
const drawn = (lab: LabWindow): Promise<void> => lab.page.evaluate(() => new Promise<void>((resolve) => {
  requestAnimationFrame(() => { requestAnimationFrame(() => { resolve(); }); });
}));

async function openPalette(lab: LabWindow): Promise<void> {
  await lab.leaveText();
  await lab.page.keyboard.press('Control+k');
  await lab.byId('palette').waitFor();
}

/** Leaves whatever a command has opened: a tool, then dialogs and menus, of which one may lie over another. */
async function leave(lab: LabWindow): Promise<void> {
  for (let layer = 0; layer < 3; layer += 1) {
    await lab.page.keyboard.press('Escape');
    if (await lab.page.locator('[role="dialog"], [role="alertdialog"], [role="menu"]').count() === 0) return;
    await drawn(lab);
  }
}

test('the content policy is kept in every view', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder() });
  const lab = new LabWindow(app.page);
  // From the page's first moment on: its own scripts, styles and fonts are under the policy too.
  await lab.page.addInitScript(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      window.violations?.push(`${event.effectiveDirective}: ${event.blockedURI} in ${event.sourceFile}`);
    });
  });
  await lab.page.reload();
  // The walk looks at what is drawn, not at how it moves, and a picture that moves takes the time of the page.
  await lab.page.emulateMedia({ reducedMotion: 'reduce' });
  await lab.skipIntroduction();
  await lab.byId('pace-fast').click();
  const leader = await lab.untilLeader();
  await lab.ask('put colour teal');

  const items = [`About ${product.name}`, 'Keys and Help', 'Settings…', 'New Lab…', 'Open Lab…', 'Introduction'];
  for (const item of items) {
    await app.chooseFromMenu(item);
    await drawn(lab);
    await leave(lab);
  }
  await lab.byId(`node-${leader}`).click();
  const tabs = await lab.page.locator('[data-testid^="tab-"]').all();
  expect(tabs.length).toBeGreaterThan(4);
  for (const tab of tabs) {
    await tab.click();
    await drawn(lab);
  }
  await lab.byId(`node-${leader}`).click({ button: 'right' });
  await lab.byId('node-menu').waitFor();
  await leave(lab);

  await openPalette(lab);
  const commands = await lab.page.locator('[data-testid^="command-"]').evaluateAll((elements) =>
    elements.map((element) => element.getAttribute('data-testid') ?? ''));
  await leave(lab);
  expect(commands.length).toBeGreaterThan(20);
  for (const command of commands) {
    await openPalette(lab);
    const item = lab.byId(command);
    // A command may be gone by now: a node that runs cannot be started.
    if (await item.count() > 0) {
      await item.click({ timeout: CLICK_LIMIT_MS }).catch(async (error: unknown) => {
        if (await item.count() > 0) throw error;
      });
    }
    await drawn(lab);
    await leave(lab);
  }
  expect(await lab.page.evaluate(() => window.violations)).toEqual([]);
  expect(app.complaints.filter((complaint) => /content security policy/i.test(complaint))).toEqual([]);
});
