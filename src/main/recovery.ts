/** Handles a window process that dies or hangs: reports it and reloads the page, while the nodes keep running. */
import { dialog } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Log } from './log.ts';

/** A page that dies more often than this in a minute would die again, so a person decides. */
const RELOADS_A_MINUTE_MAX = 3;
const MINUTE_MS = 60_000;
/** Chromium's code for a load that was replaced by another one. */
const LOAD_ABORTED = -3;

export interface RecoveryOptions {
  readonly log: Log;
  /** The page is gone: nothing can be sent to it until it has loaded again. */
  readonly onGone: () => void;
  /** Tells the window, once it listens again, what happened. */
  readonly onReloaded: (message: string) => void;
  readonly quit: () => void;
}

async function askToGoOn(window: BrowserWindow): Promise<boolean> {
  const { response } = await dialog.showMessageBox(window, {
    type: 'error',
    message: 'The window keeps failing.',
    detail: 'The nodes are still running. Try the window once more, or quit and start Raftlab again.',
    buttons: ['Try Again', 'Quit'],
    defaultId: 0,
    cancelId: 1,
  });
  return response === 0;
}

/** Reloads the page when its process is gone, at most three times a minute, then asks. */
export function recoverFromCrashes(window: BrowserWindow, options: RecoveryOptions): void {
  const { log } = options;
  let crashTimesMs: number[] = [];

  const reload = (): void => {
    options.onReloaded('The window failed and was loaded again. The nodes kept running; nothing was lost.');
    window.webContents.reload();
  };

  window.webContents.on('render-process-gone', (_event, details) => {
    options.onGone();
    if (details.reason === 'clean-exit' || window.isDestroyed()) return;
    log.error(`the window's process is gone: ${details.reason}, exit code ${details.exitCode}`);
    const nowMs = performance.now();
    crashTimesMs = [...crashTimesMs.filter((atMs) => nowMs - atMs < MINUTE_MS), nowMs];
    if (crashTimesMs.length <= RELOADS_A_MINUTE_MAX) {
      reload();
      return;
    }
    crashTimesMs = [];
    askToGoOn(window).then((goOn) => { (goOn ? reload : options.quit)(); }, (error: unknown) => {
      log.error('the question about the failed window could not be asked', error);
      options.quit();
    });
  });
  window.webContents.on('did-fail-load', (_event, code, description, _address, isMainFrame) => {
    if (isMainFrame && code !== LOAD_ABORTED) log.error(`the page of the window did not load: ${code} ${description}`);
  });
  window.webContents.on('unresponsive', () => {
    log.warn('the window does not answer');
  });
}
