/** The nodes come first: the page gets what they leave of the processors. */
import type { BrowserWindow } from 'electron';
import { constants, getPriority, setPriority } from 'node:os';
import type { Log } from './log.ts';

/**
 * Lowers the priority of the page's process each time that a page was loaded, as it may be another process then.
 * Nothing changes where a processor is free. Where all are at work, frames become slower before the cluster does. On
 * Linux a priority belongs to a thread, and this is the page's main thread, which does most of its work.
 */
export function yieldToNodes(window: BrowserWindow, log: Log): void {
  const { PRIORITY_BELOW_NORMAL } = constants.priority;
  window.webContents.on('did-finish-load', () => {
    const processId = window.webContents.getOSProcessId();
    try {
      if (getPriority(processId) < PRIORITY_BELOW_NORMAL) setPriority(processId, PRIORITY_BELOW_NORMAL);
    } catch (error) {
      log.warn('the priority of the window’s page could not be lowered', error);
    }
  });
}
