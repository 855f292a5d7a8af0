/** The window: created at once, shown when its page is drawn, in the same place as last time. */
import { BrowserWindow, nativeTheme, screen } from 'electron';
import { join } from 'node:path';
import { JsonFile } from '../lab/files/jsonFile.ts';
import { loadOr } from './keptFile.ts';
import type { Log } from './log.ts';
import { webPreferences } from './webPreferences.ts';
import {
  DEFAULT_WINDOW_STATE, onScreens, WINDOW_HEIGHT_MIN, WINDOW_WIDTH_MIN, windowStateSchema,
} from './windowState.ts';
import type { WindowState } from './windowState.ts';

export interface WindowOptions {
  readonly title: string;
  /** The address of the page. */
  readonly address: string;
  /** The preload script's absolute path. */
  readonly preload: string;
  /** The folder that keeps window.json. */
  readonly dataPath: string;
  readonly developerTools: boolean;
  /** False for the smoke run: the window exists but stays hidden. */
  readonly visible: boolean;
  readonly log: Log;
}

/** The page's own background (renderer/styles/tokens.css, --bg), so that nothing flashes before the page is drawn. */
const BACKGROUND = { light: '#f6f7f8', dark: '#0f1215' } as const;
/** A moving window reports every pixel; its place is saved once it has rested this long. */
const REST_MS = 500;
/** The window is shown after this time even if its page has drawn nothing: a person must see a window. */
const SHOW_AT_LATEST_MS = 5000;

function stateOf(window: BrowserWindow): WindowState {
  const { x, y, width, height } = window.getNormalBounds();
  return { width, height, position: { x, y }, maximised: window.isMaximized() };
}

/** Saves the window's place when it has changed and rests, and when the window closes. */
function rememberPlace(window: BrowserWindow, file: JsonFile<WindowState>, log: Log): void {
  let timer: NodeJS.Timeout | null = null;
  const save = (): void => {
    file.write(stateOf(window)).catch((error: unknown) => {
      log.warn('the place of the window could not be saved', error);
    });
  };
  const saveSoon = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(save, REST_MS);
  };
  window.on('resize', saveSoon);
  window.on('move', saveSoon);
  window.on('maximize', saveSoon);
  window.on('unmaximize', saveSoon);
  window.on('close', () => {
    if (timer !== null) clearTimeout(timer);
    try {
      file.writeNow(stateOf(window));
    } catch (error) {
      log.warn('the place of the window could not be saved', error);
    }
  });
}

function showWhenDrawn(window: BrowserWindow, maximised: boolean): void {
  const show = (): void => {
    clearTimeout(timer);
    if (window.isDestroyed() || window.isVisible()) return;
    if (maximised) window.maximize();
    window.show();
  };
  const timer = setTimeout(show, SHOW_AT_LATEST_MS);
  window.once('ready-to-show', show);
  window.once('closed', () => {
    clearTimeout(timer);
  });
}

/** Opens the window and starts to load its page. */
export function openWindow(options: WindowOptions): BrowserWindow {
  const { log } = options;
  const file = new JsonFile<WindowState>({ path: join(options.dataPath, 'window.json'), schema: windowStateSchema });
  const screens = screen.getAllDisplays().map((display) => display.workArea);
  const state = onScreens(loadOr(DEFAULT_WINDOW_STATE, file, log), screens);
  const window = new BrowserWindow({
    title: options.title,
    width: state.width,
    height: state.height,
    ...state.position,
    minWidth: WINDOW_WIDTH_MIN,
    minHeight: WINDOW_HEIGHT_MIN,
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    // Alt shows the menu; every action is also in the window.
    autoHideMenuBar: true,
    webPreferences: { ...webPreferences(options.preload, options.developerTools) },
  });
  // The page's title is the product's own name; a test build's window says so.
  window.on('page-title-updated', (event) => { event.preventDefault(); });
  rememberPlace(window, file, log);
  if (options.visible) showWhenDrawn(window, state.maximised);
  nativeTheme.on('updated', () => {
    if (window.isDestroyed()) return;
    window.setBackgroundColor(nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light);
  });
  // The events of the contents report why a page did not load (recovery.ts).
  window.loadURL(options.address).catch(() => undefined);
  return window;
}
