/** The running app: the window, the lab beside it, and the wires between the two. */
import { dialog, Menu, nativeTheme, session, shell } from 'electron';
import type { BrowserWindow } from 'electron';
import { join } from 'node:path';
import type { Settings } from '../contract/answers.ts';
import { EVENTS_CHANNEL, LAB_CHANGED_CHANNEL, SIGNAL_CHANNEL, TIME_CHANNEL } from '../contract/channels.ts';
import { createLabService } from '../lan/labService.ts';
import type { LabService } from '../lab/service.ts';
import { appInfo } from './appInfo.ts';
import { EventStream } from '../lab/trace/eventStream.ts';
import { askBeforeClosing } from './closing.ts';
import { HistoryFiles } from './historyFiles.ts';
import { commandHandlers } from './handlers.ts';
import { serveCommands } from './ipc.ts';
import type { Log } from './log.ts';
import { readLicences } from './licences.ts';
import { menuTemplate } from './menu.ts';
import { PAGE_ORIGIN } from './pageFile.ts';
import { yieldToNodes } from './pagePriority.ts';
import type { Product } from './product.ts';
import { servePage } from './protocol.ts';
import { Retried } from './retried.ts';
import { recoverFromCrashes } from './recovery.ts';
import { hardenSession, openExternalLink, setDevelopmentPolicy } from './security.ts';
import { PictureSaver } from './pictureFile.ts';
import type { SaveQuestion } from './pictureFile.ts';
import { ScenarioChooser } from './scenarioFile.ts';
import { SettingsStore } from './settings.ts';
import { SignalQueue } from './signals.ts';
import { tellAboutUpdates } from './updateDialog.ts';
import { openWindow } from './window.ts';
import { workerUrls } from './workers.ts';

export interface AppOptions {
  readonly product: Product;
  /** Everything that the app keeps: settings, labs, log. */
  readonly dataPath: string;
  /** The seed whose run is shown first; null: the lab that was open last. */
  readonly seed: number | null;
  /** Where the page comes from: `app://raftlab`, or the development server's origin. */
  readonly pageOrigin: string;
  readonly pageAddress: string;
  readonly developerTools: boolean;
  readonly visible: boolean;
  readonly log: Log;
  readonly quit: () => void;
  /** Whether the app is ending already, and the window only follows. */
  readonly isQuitting: () => boolean;
}

export interface RunningApp {
  readonly window: BrowserWindow;
  /** The lab service. @throws {LabError} when it could not be opened; the next call tries again. */
  lab(): Promise<LabService>;
  /** Resolves when the window's page has asked for a view, so it is loaded and runs. */
  readonly windowListening: Promise<void>;
  /** Resolves when the page has acknowledged events of the lab, so it shows them. */
  readonly windowFollowing: Promise<void>;
  /** Shows a message in the window; kept until the window listens. */
  notify(level: 'warning' | 'error', message: string): void;
  /** Opens a recording by the system's wish and shows it once the window listens; an error becomes a notice. */
  openRecording(path: string): void;
  /** Stops the nodes cleanly. */
  close(): Promise<void>;
}

/** An event that happens once and that others can wait for. */
class Milestone {
  reach!: () => void;
  readonly reached = new Promise<void>((resolve) => { this.reach = resolve; });
}

/** The folder with main/, preload/ and renderer/, as the bundler wrote them. */
const OUTPUT_PATH = join(import.meta.dirname, '..');

/** Sends to the window's page while there is one. */
function senderTo(window: BrowserWindow): (channel: string, ...payload: unknown[]) => void {
  return (channel, ...payload) => {
    if (window.isDestroyed() || window.webContents.isCrashed()) return;
    window.webContents.send(channel, ...payload);
  };
}

const schedule = (callback: () => void, delayMs: number): (() => void) => {
  const timer = setTimeout(callback, delayMs);
  return () => {
    clearTimeout(timer);
  };
};

function makeWindow(options: AppOptions): BrowserWindow {
  servePage(session.defaultSession, join(OUTPUT_PATH, 'renderer'), options.log);
  hardenSession(session.defaultSession, options.pageOrigin, options.log);
  if (options.pageOrigin !== PAGE_ORIGIN) setDevelopmentPolicy(session.defaultSession, options.pageOrigin);
  return openWindow({
    title: options.product.name,
    address: options.pageAddress,
    preload: join(OUTPUT_PATH, 'preload', 'index.cjs'),
    dataPath: options.dataPath,
    developerTools: options.developerTools,
    visible: options.visible,
    log: options.log,
  });
}

/** Keeps the menu, the system's theme and the window in step with the settings. */
function followSettings(
  window: BrowserWindow,
  settings: SettingsStore,
  signals: SignalQueue,
  options: AppOptions,
): void {
  const { dataPath, developerTools, log, product } = options;
  const setTheme = (theme: Settings['theme']): void => {
    settings.change({ theme }).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : 'The settings could not be saved.';
      signals.tell({ type: 'notice', level: 'warning', message });
    });
  };
  const apply = ({ theme }: Settings): void => {
    nativeTheme.themeSource = theme;
    Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate({
      platform: process.platform,
      productName: product.name,
      developerTools,
      theme,
      act: (action) => { signals.tell({ type: 'menu', action }); },
      setTheme,
      openLink: (address) => { openExternalLink(address, log); },
      showDataFolder: () => { void shell.openPath(dataPath); },
      showLogs: () => { void shell.openPath(join(dataPath, 'logs')); },
      checkForUpdates: () => {
        tellAboutUpdates(window, product, log).catch((error: unknown) => {
          log.warn('the answer about updates could not be shown', error);
        });
      },
      close: () => { window.close(); },
    })));
  };
  apply(settings.current);
  settings.onChanged((changed) => {
    apply(changed);
    signals.tell({ type: 'settingsChanged', settings: changed });
  });
}

/** Opens the labs; their events go to the stream, and the window hears when another lab is open, and why. */
async function openLabs(
  options: AppOptions, stream: EventStream, labChanged: (farewell?: string) => void,
): Promise<LabService> {
  const { dataPath, log } = options;
  const service = await createLabService({ dataDirectory: dataPath, workerUrls, log }).catch((error: unknown) => {
    // The window gets the error as the answer to its command and may try again.
    log.error('the labs could not be opened', error);
    throw error;
  });
  service.subscribe((events) => { stream.push(events); });
  service.onLabChanged((farewell) => {
    stream.detach();
    labChanged(farewell);
  });
  return service;
}

/** Opens the window; the lab opens once the page has drawn itself and asks for it. Call it when Electron is ready. */
export function startApp(options: AppOptions): RunningApp {
  const { log, dataPath, pageOrigin } = options;
  const settings = new SettingsStore(dataPath, log);
  // Before the window is made, so that its first background has the right theme.
  nativeTheme.themeSource = settings.current.theme;
  const window = makeWindow(options);
  yieldToNodes(window, log);
  const send = senderTo(window);
  const stream = new EventStream((batch) => { send(EVENTS_CHANNEL, JSON.stringify(batch)); }, schedule);
  const signals = new SignalQueue((signal) => { send(SIGNAL_CHANNEL, signal); });
  followSettings(window, settings, signals, options);
  const notify = (level: 'warning' | 'error', message: string): void => {
    signals.tell({ type: 'notice', level, message });
  };
  let guestCount = (): number => 0;
  // Opened by the window's first command: threads that start beside the page would hold its first picture back.
  const lab = new Retried(async () => {
    const service = await openLabs(options, stream, (farewell) => {
      send(LAB_CHANGED_CHANNEL);
      if (farewell !== undefined) notify('warning', farewell);
    });
    service.onRecordingStopped((problem) => { notify('warning', problem); });
    service.onTime((time) => { send(TIME_CHANNEL, time); });
    guestCount = () => service.guestCount;
    if (options.seed !== null) {
      await service.execute('lab:openSeed', { seed: options.seed }).catch((error: unknown) => {
        notify('error', error instanceof Error ? error.message : String(error));
      });
    }
    return service;
  });
  askBeforeClosing(window, {
    guestCount: () => guestCount(),
    isQuitting: options.isQuitting,
    ask: async (words) => (await dialog.showMessageBox(window, words)).response === words.closeId,
    log,
  });
  const pageGone = (): void => {
    stream.detach();
    signals.pause();
  };
  window.webContents.on('did-start-navigation', (details) => {
    if (details.isMainFrame && !details.isSameDocument) pageGone();
  });
  recoverFromCrashes(window, {
    log, onGone: pageGone, onReloaded: (message) => { notify('warning', message); }, quit: options.quit,
  });

  const scenarios = new ScenarioChooser(async (question) => {
    const { filePaths } = await dialog.showOpenDialog(window, question);
    return filePaths[0] ?? null;
  });
  const askWhereToSave = async (question: SaveQuestion): Promise<string | null> => {
    const { canceled, filePath } = await dialog.showSaveDialog(window, question);
    return canceled || filePath === '' ? null : filePath;
  };
  const historyFiles = new HistoryFiles(async () => (await lab.get()).history, {
    open: async (question) => (await dialog.showOpenDialog(window, question)).filePaths[0] ?? null,
    save: askWhereToSave,
  });
  const pictures = new PictureSaver(askWhereToSave);
  const listening = new Milestone();
  const following = new Milestone();
  serveCommands({
    handlers: commandHandlers({
      lab: () => lab.get(),
      settings,
      stream,
      appInfo: () => appInfo(options.product, dataPath),
      historyFiles,
      chooseScenario: () => scenarios.choose(),
      savePicture: (picture) => pictures.save(picture),
      licences: () => readLicences(join(OUTPUT_PATH, 'licences.json')),
      onWindowListening: () => {
        signals.begin();
        listening.reach();
      },
      onWindowFollowing: () => { following.reach(); },
    }),
    contents: () => (window.isDestroyed() ? null : window.webContents),
    pageOrigin,
    log,
  });

  const openRecording = async (path: string): Promise<void> => {
    // The lab's threads would hold the page's first picture back.
    await listening.reached;
    signals.tell({ type: 'recordingOpened', status: await historyFiles.openPath(path) });
  };
  const close = async (): Promise<void> => {
    const service = await lab.latest?.catch(() => null);
    await service?.close();
  };
  return {
    window,
    lab: () => lab.get(),
    windowListening: listening.reached,
    windowFollowing: following.reached,
    notify,
    openRecording: (path) => {
      openRecording(path).catch((error: unknown) => {
        log.warn('a recording could not be opened', error);
        notify('error', error instanceof Error ? error.message : String(error));
      });
    },
    close,
  };
}
