/** The preferences of every window: the page is only a browser page. */
import type { WebPreferences } from 'electron';

/**
 * Several of these are Electron's defaults. They are written out because the window's security depends on them and a
 * test reads them (Electron security checklist, items 2 to 4, 6 and 8 to 11).
 *
 * @param preload the absolute path of the preload script
 * @param developerTools false in a packaged app
 */
export function webPreferences(preload: string, developerTools: boolean): Readonly<WebPreferences> {
  return Object.freeze({
    preload,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    sandbox: true,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    // The spelling checker downloads its dictionaries from a public server.
    spellcheck: false,
    devTools: developerTools,
  } satisfies WebPreferences);
}
