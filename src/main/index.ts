// Electron's main process: opens the window.
import { app, BrowserWindow } from 'electron';
import { join } from 'node:path';

/** Opens the window on the built page, or on the development server's when electron-vite has started one. */
async function openWindow(): Promise<void> {
  await app.whenReady();
  const window = new BrowserWindow({
    width: 1280,
    height: 800,
    webPreferences: { preload: join(import.meta.dirname, '../preload/index.cjs') },
  });
  const developmentAddress = process.env['ELECTRON_RENDERER_URL'];
  if (developmentAddress === undefined) await window.loadFile(join(import.meta.dirname, '../renderer/index.html'));
  else await window.loadURL(developmentAddress);
}

app.on('window-all-closed', () => {
  app.quit();
});
void openWindow();
