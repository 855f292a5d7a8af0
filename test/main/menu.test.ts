// The application menu as each system expects it.
import type { MenuItemConstructorOptions } from 'electron';
import { expect, test } from 'vitest';
import type { MenuAction } from '../../src/contract/answers.ts';
import { EXTERNAL_LINKS, isExternalLink } from '../../src/main/externalLinks.ts';
import { menuTemplate } from '../../src/main/menu.ts';

function build(platform: NodeJS.Platform, developerTools = false) {
  const actions: MenuAction[] = [];
  const themes: string[] = [];
  const links: string[] = [];
  const others: string[] = [];
  const template = menuTemplate({
    platform,
    productName: 'Raftlab',
    developerTools,
    theme: 'dark',
    act: (action) => { actions.push(action); },
    setTheme: (theme) => { themes.push(theme); },
    openLink: (address) => { links.push(address); },
    showDataFolder: () => { others.push('data'); },
    showLogs: () => { others.push('logs'); },
    checkForUpdates: () => { others.push('updates'); },
    close: () => { others.push('close'); },
  });
  return { template, items: template.flatMap(itemsBelow), actions, themes, links, others };
}

function itemsBelow(item: MenuItemConstructorOptions): MenuItemConstructorOptions[] {
  const below = Array.isArray(item.submenu) ? item.submenu.flatMap(itemsBelow) : [];
  return [item, ...below];
}

const nameOf = (item: MenuItemConstructorOptions): string => item.label ?? item.role ?? '';
const click = (item: MenuItemConstructorOptions): void => {
  // Electron calls it with the item, the window and the event, none of which these handlers use.
  (item.click as (() => void) | undefined)?.();
};

test('macOS begins with the app’s own menu and has a window menu', () => {
  expect(build('darwin').template.map(nameOf)).toEqual(['Raftlab', '&Lab', '&Edit', '&View', 'windowMenu', 'help']);
});

test.each(['darwin', 'linux', 'win32'] as const)('%s quits by closing the window, which asks first', (platform) => {
  const { items, others } = build(platform);
  const quit = items.filter((item) => /^(?:Quit(?: Raftlab)?|E&xit)$/.test(nameOf(item)));
  expect(quit).toHaveLength(1);
  quit.forEach(click);
  expect(others).toEqual(['close']);
  expect(items.map((item) => item.role), 'Electron’s own would not ask').not.toContain('quit');
});

test('nothing is done, and nobody asked for updates, before an item is chosen', () => {
  const { actions, themes, links, others } = build('darwin');
  expect([...actions, ...themes, ...links, ...others]).toEqual([]);
});

test.each(['linux', 'win32'] as const)('%s has its menus, and “about” under help', (platform) => {
  const { template } = build(platform);
  expect(template.map(nameOf)).toEqual(['&Lab', '&Edit', '&View', 'help']);
  const help = template.at(-1)?.submenu;
  expect(Array.isArray(help) && help.at(-1)?.label).toBe('About Raftlab');
});

test('developer tools and reload are there for developers only', () => {
  const roles = (developerTools: boolean) => build('linux', developerTools).items.map((item) => item.role);
  expect(roles(true)).toEqual(expect.arrayContaining(['toggleDevTools', 'reload']));
  expect(roles(false)).not.toEqual(expect.arrayContaining(['toggleDevTools']));
  expect(roles(false)).not.toEqual(expect.arrayContaining(['reload']));
});

test('the chosen theme is marked, and every item does what it says', () => {
  const { items, actions, themes, links, others } = build('linux');
  expect(items.filter((item) => item.type === 'radio').map((item) => [item.label, item.checked])).toEqual([
    ['As the System', false], ['Light', false], ['Dark', true],
  ]);
  for (const item of items) click(item);
  expect(new Set(actions)).toEqual(new Set<MenuAction>([
    'new-lab', 'open-lab', 'run-scenario', 'add-node', 'add-learner', 'open-seed', 'simulate', 'settings',
    'command-palette', 'scale-up', 'scale-down', 'scale-reset', 'introduction', 'help', 'about', 'network', 'doors',
    'open-recording', 'save-recording', 'export-recording',
  ]));
  expect(themes).toEqual(['system', 'light', 'dark']);
  expect(others).toEqual(['data', 'close', 'logs', 'updates']);
  expect(links).toHaveLength(Object.keys(EXTERNAL_LINKS).length);
  expect(links.every(isExternalLink)).toBe(true);
});

test('no two items claim the same key', () => {
  for (const platform of ['darwin', 'linux', 'win32'] as const) {
    const keys = build(platform, true).items.map((item) => item.accelerator).filter((key) => key !== undefined);
    expect(new Set(keys).size).toBe(keys.length);
  }
});
