// Starts the built app in a real Electron with a data folder of its own, and takes its picture.
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { getPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import type { ElectronApplication, Page } from 'playwright-core';
import { beforeAll, onTestFinished } from 'vitest';
import { projectPath } from '../../../scripts/setup/project.mjs';
import type { ExposedBridge } from '../../../src/contract/commands.ts';
import type { LanPort } from '../../lan/namespaces/support/network.ts';
import { testedApp } from './testedApp.ts';

declare global {
  interface Window {
    /** What the preload script puts there. */
    readonly raftlab?: ExposedBridge;
  }
}

const ARTIFACTS_PATH = projectPath('test-artifacts');
const LAUNCH_LIMIT_MS = 60_000;

const makeFolder = (): string => mkdtempSync(join(tmpdir(), 'raftlab-e2e-'));
const removeFolder = (folder: string): void => { rmSync(folder, { recursive: true, force: true }); };

/** An empty data folder that is removed after the test. */
export function dataFolder(): string {
  const folder = makeFolder();
  onTestFinished(() => { removeFolder(folder); });
  return folder;
}

/**
 * One app for all tests of a file, for tests that leave it as they found it. Call it at the file's top.
 * @param switches of Chromium
 */
export function sharedApp(switches: readonly string[] = []): () => TestApp {
  let app: TestApp | null = null;
  beforeAll(async () => {
    const dataPath = makeFolder();
    const opened = await TestApp.open({ dataPath, switches });
    app = opened;
    return async () => {
      await opened.close();
      removeFolder(dataPath);
    };
  });
  return () => {
    if (app === null) throw new Error('the app is there once the tests run');
    return app;
  };
}

/** This process's environment, in another language. */
function environmentIn(language: string): Record<string, string> {
  const kept = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(kept), LANG: language, LANGUAGE: language, LC_ALL: language };
}

/** A program that starts the executable on a host of a test's LAN. */
function executableOn({ command }: LanPort, executable: string): string {
  const folder = makeFolder();
  onTestFinished(() => { removeFolder(folder); });
  const path = join(folder, 'electron');
  const [program, words] = command('env', []);
  const host = JSON.stringify({ command: program, words });
  const quoted = [process.execPath, projectPath('test', 'e2e', 'support', 'electronOnHost.mjs'), host, executable]
    .map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  writeFileSync(path, `#!/bin/sh\nexec setpriv --pdeathsig KILL -- ${quoted.join(' ')} "$@"\n`, { mode: 0o755 });
  return path;
}

export interface LaunchOptions {
  readonly dataPath: string;
  readonly theme?: 'light' | 'dark';
  /** The system's, as in the variable LANG; absent: as it is. */
  readonly language?: string;
  /** The host of a test's LAN that the app runs on; absent: this machine. */
  readonly host?: LanPort;
  /** Chromium's, beside those that the app needs here. */
  readonly switches?: readonly string[];
}

/** The app under test and its window. */
export class TestApp {
  readonly #application: ElectronApplication;
  readonly #dataPath: string;
  readonly page: Page;
  /** What the page complained about: uncaught errors and lines at the level of errors, policy violations among them. */
  readonly complaints: string[] = [];
  #closed = false;

  private constructor(application: ElectronApplication, page: Page, dataPath: string) {
    this.#application = application;
    this.#dataPath = dataPath;
    this.page = page;
    page.on('pageerror', (error) => { this.complaints.push(String(error)); });
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
  }

  /** Starts the app; it is closed when the test is over, if it is still open then. */
  static async launch(options: LaunchOptions): Promise<TestApp> {
    const app = await TestApp.open(options);
    onTestFinished(async ({ task }) => {
      if (task.result?.state === 'fail') await app.screenshot(`failed-${task.name.replaceAll(/\W+/g, '-')}`);
      await app.close();
    });
    return app;
  }

  /** Starts the app and leaves it to the caller to close it. */
  static async open({ dataPath, theme, language, host, switches: more = [] }: LaunchOptions): Promise<TestApp> {
    const { executable, switches } = await testedApp();
    const application = await _electron.launch({
      executablePath: host === undefined ? executable : executableOn(host, executable),
      args: [...switches, ...more, '--data', dataPath],
      timeout: LAUNCH_LIMIT_MS,
      ...(language === undefined ? {} : { env: environmentIn(language) }),
      // The theme is the app's own affair: Playwright would otherwise pretend that the system is light.
      colorScheme: null,
    });
    const app = new TestApp(application, await application.firstWindow(), dataPath);
    if (theme !== undefined) {
      await app.page.waitForFunction(() => window.raftlab !== undefined);
      await app.page.evaluate((chosen) => window.raftlab?.invoke('settings:set', { theme: chosen }), theme);
    }
    return app;
  }

  /** How many windows the app has. */
  windowCount(): Promise<number> {
    return this.#application.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length);
  }

  /** The least width and height that the system lets the window have. */
  minimumSize(): Promise<number[] | undefined> {
    return this.#application.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getMinimumSize());
  }

  /** Ends the page's process the hard way and waits until the page has loaded again. */
  async crashPage(): Promise<void> {
    await this.#application.evaluate(async ({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      const loadedAgain = new Promise<void>((resolve) => {
        contents?.once('render-process-gone', () => contents.once('did-finish-load', () => { resolve(); }));
      });
      contents?.forcefullyCrashRenderer();
      await loadedAgain;
    });
  }

  /**
   * Looks at the page, frame by frame, until a condition (JavaScript) holds. It goes through the main process, because
   * `page` does not survive a crash of its process.
   */
  async untilInPage(condition: string): Promise<void> {
    await this.#application.evaluate(async ({ BrowserWindow }, text) => {
      await BrowserWindow.getAllWindows()[0]?.webContents.executeJavaScript(`new Promise((resolve) => {
        const look = () => (${text} ? resolve() : requestAnimationFrame(look));
        look();
      })`);
    }, condition);
  }

  /** Throws an error in the main process that nobody catches. */
  async plantBug(message: string): Promise<void> {
    await this.#application.evaluate((_electron, text) => {
      setImmediate(() => { throw new Error(text); });
    }, message);
  }

  /** Opens a second window with our own page and bridge, and answers what it hears to a command. */
  replyToForeignWindow(): Promise<unknown> {
    return this.#application.evaluate(async ({ app, BrowserWindow }) => {
      const ours = BrowserWindow.getAllWindows()[0];
      const preload = `${app.getAppPath()}/out/preload/index.cjs`;
      const other = new BrowserWindow({ show: false, webPreferences: { preload } });
      try {
        await other.loadURL(ours?.webContents.getURL() ?? '');
        return await other.webContents.executeJavaScript("window.raftlab.invoke('app:info', {})") as unknown;
      } finally {
        other.destroy();
      }
    });
  }

  /** Opens a window that allows webviews, as a bug of ours might, and puts one with our own page into it. */
  async tryWebview(): Promise<void> {
    await this.#application.evaluate(async ({ BrowserWindow }) => {
      const ours = BrowserWindow.getAllWindows()[0];
      const address = ours?.webContents.getURL() ?? '';
      const other = new BrowserWindow({ show: false, webPreferences: { webviewTag: true } });
      const tried = new Promise<void>((resolve) => {
        // Heard after the app's own listeners, which have said by then whether it may.
        other.webContents.on('will-attach-webview', () => { resolve(); });
      });
      try {
        await other.loadURL(address);
        await other.webContents.executeJavaScript(`{
          const view = document.createElement('webview');
          view.src = ${JSON.stringify(address)};
          document.body.append(view);
        }`);
        await tried;
      } finally {
        other.destroy();
      }
    });
  }

  /** Loads an address in a window with a session of its own, which has none of the app's session's walls. */
  async tryToLoad(address: string): Promise<void> {
    await this.#application.evaluate(async ({ BrowserWindow }, target) => {
      const other = new BrowserWindow({ show: false, webPreferences: { partition: 'without-walls' } });
      await other.loadURL(target).catch(() => undefined);
      other.destroy();
    }, address);
  }

  /** Asks for an address as the app's main process could. @returns whether it came */
  fetchFromMain(address: string): Promise<boolean> {
    return this.#application.evaluate(({ session }, target) =>
      session.fromPartition('without-walls').fetch(target).then(() => true, () => false), address);
  }

  /** Has the page download a file. @returns what the app made of it, and whether a file is being written */
  async tryDownload(): Promise<'refused' | 'taken'> {
    const outcome = this.#application.evaluate(({ session }) => new Promise<'refused' | 'taken'>((resolve) => {
      // Heard after the app's own listener, which has said by then whether it may.
      session.defaultSession.once('will-download', (event, item) => {
        if (!event.defaultPrevented) item.cancel();
        resolve(event.defaultPrevented ? 'refused' : 'taken');
      });
    }));
    await this.page.evaluate(() => {
      const link = document.createElement('a');
      link.href = 'app://raftlab/index.html';
      link.download = 'page.html';
      link.click();
    });
    return outcome;
  }

  /** The priority of the page's process, as the operating system counts it. */
  async pagePriority(): Promise<number> {
    const processId = await this.#application.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId());
    if (processId === undefined) throw new Error('there is no window');
    return getPriority(processId);
  }

  /** Asks for the developer tools as a bug of ours might, and tells whether they came. */
  opensDeveloperTools(): Promise<boolean> {
    return this.#application.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents;
      contents?.openDevTools();
      return contents?.isDevToolsOpened() ?? true;
    });
  }

  /** The labels and roles of all items of the application menu. */
  menuLabels(): Promise<string[]> {
    return this.#application.evaluate(({ Menu }) => {
      type Item = Electron.MenuItem;
      const below = (items: readonly Item[]): string[] =>
        items.flatMap((item) => [item.label, item.role ?? '', ...below(item.submenu?.items ?? [])]);
      return below(Menu.getApplicationMenu()?.items ?? []);
    });
  }

  /** Chooses an item of the application menu by its label. */
  async chooseFromMenu(label: string): Promise<void> {
    await this.#application.evaluate(({ Menu }, wanted) => {
      type Item = Electron.MenuItem;
      const below = (items: readonly Item[]): Item[] =>
        items.flatMap((item) => [item, ...below(item.submenu?.items ?? [])]);
      const item = below(Menu.getApplicationMenu()?.items ?? []).find((candidate) => candidate.label === wanted);
      if (item === undefined) throw new Error(`the menu has no ${wanted}`);
      const click: unknown = item.click; // Electron's types know no more of it than that it is a function
      (click as () => void)();
    }, label);
  }

  /** Chooses this file in every dialog for a file from now on. */
  async answerOpenDialog(path: string): Promise<void> {
    await this.#application.evaluate(({ dialog }, filePath) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [filePath] });
    }, path);
  }

  /** Chooses this place in every dialog for a place from now on. */
  async answerSaveDialog(path: string): Promise<void> {
    await this.#application.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath });
    }, path);
  }

  /**
   * Makes the page this large, in device-independent pixels. Where no window manager runs, Electron keeps one pixel off
   * the screen's full size.
   */
  async resize(width: number, height: number): Promise<void> {
    await this.#application.evaluate(({ BrowserWindow }, size) => {
      const window = BrowserWindow.getAllWindows()[0];
      window?.setContentSize(size.width, size.height);
    }, { width, height });
    await this.page.waitForFunction((size) =>
      Math.abs(size.width - innerWidth) <= 1 && Math.abs(size.height - innerHeight) <= 1, { width, height });
  }

  /** Keeps a picture of the window as test-artifacts/NAME.png. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(ARTIFACTS_PATH, { recursive: true });
    await this.page.screenshot({ path: join(ARTIFACTS_PATH, `${name}.png`) });
  }

  /** Everything in the app's log. */
  wholeLog(): string {
    const path = join(this.#dataPath, 'logs', 'main.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** What the app's log holds of warnings and errors. */
  loggedProblems(): string[] {
    return this.wholeLog().split('\n').filter((line) => /\[(?:warn|error)\]/.test(line));
  }

  /** Presses the window's close button and answers the question that comes. @returns the question */
  closeAndAnswer(button: string): Promise<string> {
    return this.#application.evaluate(({ BrowserWindow, dialog }, wanted) => new Promise<string>((resolve) => {
      const { showMessageBox } = dialog;
      dialog.showMessageBox = (...given: readonly unknown[]) => {
        dialog.showMessageBox = showMessageBox;
        const { message, detail, buttons } = given.at(-1) as Electron.MessageBoxOptions;
        resolve(`${message} ${detail}`);
        return Promise.resolve({ response: buttons?.indexOf(wanted) ?? -1, checkboxChecked: false });
      };
      BrowserWindow.getAllWindows()[0]?.close();
    }), button);
  }

  /** Closes the window with its own button, as a person would, and waits until the process has ended. */
  async closeWindow(): Promise<void> {
    const ended = once(this.#application.process(), 'exit');
    this.#closed = true;
    await this.#application.evaluate(({ BrowserWindow }) => {
      // After the answer to this very call, which the end of the process would otherwise cut off.
      setImmediate(() => { BrowserWindow.getAllWindows()[0]?.close(); });
    });
    await ended;
  }

  /** Quits the app, if it still runs, and waits until the process has ended. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#application.close();
  }
}
