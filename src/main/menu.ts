/** The application menu, in the order that each system expects. Pure: index.ts gives it to Electron. */
import type { MenuItemConstructorOptions } from 'electron';
import type { MenuAction, Settings } from '../contract/answers.ts';
import { EXTERNAL_LINKS } from './externalLinks.ts';

export interface MenuOptions {
  readonly platform: NodeJS.Platform;
  readonly productName: string;
  readonly developerTools: boolean;
  readonly theme: Settings['theme'];
  /** Asks the window to do something. */
  readonly act: (action: MenuAction) => void;
  readonly setTheme: (theme: Settings['theme']) => void;
  readonly openLink: (address: string) => void;
  readonly showDataFolder: () => void;
  /** Opens the folder with the app's log files. */
  readonly showLogs: () => void;
  readonly checkForUpdates: () => void;
  /** Closes the window, which asks first where others take part (closing.ts). Electron's own role would not ask. */
  readonly close: () => void;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

const aboutItem = ({ act, productName }: MenuOptions): MenuItemConstructorOptions =>
  ({ label: `About ${productName}`, click: () => { act('about'); } });
const updatesItem = ({ checkForUpdates }: MenuOptions): MenuItemConstructorOptions =>
  ({ label: 'Check for Updates…', click: checkForUpdates });
/** The page answers this key itself; the menu only shows it. */
const settingsItem = ({ act }: MenuOptions): MenuItemConstructorOptions =>
  ({ label: 'Settings…', accelerator: 'CmdOrCtrl+,', registerAccelerator: false, click: () => { act('settings'); } });

/** macOS's first menu, in Apple's order. */
function applicationMenu(options: MenuOptions): MenuItemConstructorOptions {
  return {
    label: options.productName,
    submenu: [
      aboutItem(options),
      updatesItem(options),
      separator,
      settingsItem(options),
      separator,
      { role: 'services' },
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      quitItem(options),
    ],
  };
}

function labMenu(options: MenuOptions): MenuItemConstructorOptions {
  const { act, showDataFolder, platform } = options;
  return {
    label: '&Lab',
    submenu: [
      { label: 'New Lab…', accelerator: 'CmdOrCtrl+N', click: () => { act('new-lab'); } },
      { label: 'Open Lab…', accelerator: 'CmdOrCtrl+O', click: () => { act('open-lab'); } },
      { label: 'Run a Scenario…', click: () => { act('run-scenario'); } },
      separator,
      { label: 'Open Recording…', click: () => { act('open-recording'); } },
      { label: 'Save Recording…', accelerator: 'CmdOrCtrl+S', click: () => { act('save-recording'); } },
      { label: 'Export…', click: () => { act('export-recording'); } },
      separator,
      { label: 'Add Node', click: () => { act('add-node'); } },
      { label: 'Add Learner', click: () => { act('add-learner'); } },
      separator,
      { label: 'Network…', click: () => { act('network'); } },
      { label: 'Doors for Other Programs…', click: () => { act('doors'); } },
      separator,
      { label: 'Open a Seed…', click: () => { act('open-seed'); } },
      { label: 'Continue in the Simulator', click: () => { act('simulate'); } },
      separator,
      { label: 'Show Data Folder', click: showDataFolder },
      separator,
      ...(platform === 'darwin'
        ? [{ role: 'close' } as const]
        : [settingsItem(options), separator, quitItem(options)]),
    ],
  };
}

/** Windows says Exit where the others say Quit, and has no key for it but Alt+F4. */
function quitItem({ platform, productName, close }: MenuOptions): MenuItemConstructorOptions {
  if (platform === 'win32') return { label: 'E&xit', click: close };
  const label = platform === 'darwin' ? `Quit ${productName}` : 'Quit';
  return { label, accelerator: 'CmdOrCtrl+Q', click: close };
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
      // The same key without Shift, on keyboards where plus and equals share a key.
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

function helpMenu(options: MenuOptions): MenuItemConstructorOptions {
  const { act, openLink, showLogs, platform } = options;
  return {
    role: 'help',
    submenu: [
      { label: 'Introduction', click: () => { act('introduction'); } },
      { label: 'Keys and Help', click: () => { act('help'); } },
      separator,
      { label: 'The Raft Paper', click: () => { openLink(EXTERNAL_LINKS.raftPaper); } },
      { label: 'The Raft Dissertation', click: () => { openLink(EXTERNAL_LINKS.raftDissertation); } },
      { label: 'The Raft Site', click: () => { openLink(EXTERNAL_LINKS.raftSite); } },
      { label: 'SQLite’s Write-Ahead Log', click: () => { openLink(EXTERNAL_LINKS.sqliteWal); } },
      separator,
      { label: 'Show Logs', click: showLogs },
      ...(platform === 'darwin' ? [] : [updatesItem(options), separator, aboutItem(options)]),
    ],
  };
}

/** The whole menu. Build it again when the theme changes. */
export function menuTemplate(options: MenuOptions): MenuItemConstructorOptions[] {
  const isMac = options.platform === 'darwin';
  return [
    ...(isMac ? [applicationMenu(options)] : []),
    labMenu(options),
    editMenu,
    viewMenu(options),
    ...(isMac ? [{ role: 'windowMenu' } as const] : []),
    helpMenu(options),
  ];
}
