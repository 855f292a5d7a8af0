/** The application menu, in the order that each system expects. Pure: index.ts gives it to Electron. */
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuAction, Settings } from '../contract/answers.ts';
import { EXTERNAL_LINKS } from './externalLinks.ts';

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  readonly developerTools: boolean;
  readonly theme: Settings['theme'];
  /** Asks the window to do something. */
  readonly act: (action: MenuAction) => void;
  readonly setTheme: (theme: Settings['theme']) => void;
  readonly openLink: (address: string) => void;
  readonly showDataFolder: () => void;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

const applicationMenu: MenuItemConstructorOptions = { role: 'appMenu' };

function labMenu({ act, showDataFolder, platform }: MenuOptions): MenuItemConstructorOptions {
  return {
    label: '&Lab',
    submenu: [
      { label: 'New Lab…', accelerator: 'CmdOrCtrl+N', click: () => { act('new-lab'); } },
      { label: 'Open Lab…', accelerator: 'CmdOrCtrl+O', click: () => { act('open-lab'); } },
      separator,
      { label: 'Show Data Folder', click: showDataFolder },
      separator,
      platform === 'darwin' ? { role: 'close' } : { role: 'quit' },
    ],
  };
}

const editMenu: MenuItemConstructorOptions = {
  label: '&Edit',
  submenu: [
    { role: 'undo' },
    { role: 'redo' },
    separator,
    { role: 'cut' },
    { role: 'copy' },
    { role: 'paste' },
    { role: 'selectAll' },
  ],
};

function themeItem({ theme, setTheme }: MenuOptions, name: Settings['theme']): MenuItemConstructorOptions {
  const labels = { system: 'As the System', light: 'Light', dark: 'Dark' } as const;
  return { label: labels[name], type: 'radio', checked: theme === name, click: () => { setTheme(name); } };
}

function viewMenu(options: MenuOptions): MenuItemConstructorOptions {
  const { act, developerTools } = options;
  return {
    label: '&View',
    submenu: [
      // The page answers this key itself; the menu only shows it.
      {
        label: 'Command Palette…',
        accelerator: 'CmdOrCtrl+K',
        registerAccelerator: false,
        click: () => { act('command-palette'); },
      },
      separator,
      { label: 'Larger', accelerator: 'CmdOrCtrl+Plus', click: () => { act('scale-up'); } },
      // The same key without Shift, where the plus sign shares it with the equals sign.
      { label: 'Larger', accelerator: 'CmdOrCtrl+=', visible: false, click: () => { act('scale-up'); } },
      { label: 'Smaller', accelerator: 'CmdOrCtrl+-', click: () => { act('scale-down'); } },
      { label: 'Actual Size', accelerator: 'CmdOrCtrl+0', click: () => { act('scale-reset'); } },
      separator,
      { label: 'Theme', submenu: (['system', 'light', 'dark'] as const).map((name) => themeItem(options, name)) },
      separator,
      { role: 'togglefullscreen' },
      ...(developerTools ? [separator, { role: 'reload' } as const, { role: 'toggleDevTools' } as const] : []),
    ],
  };
}

function helpMenu({ act, openLink, platform }: MenuOptions): MenuItemConstructorOptions {
  return {
    role: 'help',
    submenu: [
      { label: 'Introduction', click: () => { act('introduction'); } },
      separator,
      { label: 'The Raft Paper', click: () => { openLink(EXTERNAL_LINKS.raftPaper); } },
      { label: 'The Raft Dissertation', click: () => { openLink(EXTERNAL_LINKS.raftDissertation); } },
      { label: 'The Raft Site', click: () => { openLink(EXTERNAL_LINKS.raftSite); } },
      { label: 'SQLite’s Write-Ahead Log', click: () => { openLink(EXTERNAL_LINKS.sqliteWal); } },
      ...(platform === 'darwin' ? [] : [separator, { role: 'about' } as const]),
    ],
  };
}

/** The whole menu. Build it again when the theme changes. */
export function menuTemplate(options: MenuOptions): MenuItemConstructorOptions[] {
  const isMac = options.platform === 'darwin';
  return [
    ...(isMac ? [applicationMenu] : []),
    labMenu(options),
    editMenu,
    viewMenu(options),
    ...(isMac ? [{ role: 'windowMenu' } as const] : []),
    helpMenu(options),
  ];
}
