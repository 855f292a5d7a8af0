/** The app without a window, for machines without a display: the program of the terminal lab in Electron's process. */
import { app } from 'electron';
import { runProgram } from '../cli/terminal/program.ts';
import { workerUrls } from './workers.ts';

/**
 * Runs until it is stopped, and ends the process with the program's exit code. No page, no session, no lock: labs are
 * locked one by one.
 * @param words the command line from `--headless` on
 * @param dataDirectory where the data is unless `words` name another folder
 */
export async function runHeadless(words: readonly string[], dataDirectory: string): Promise<void> {
  // Once Chromium runs, it handles SIGTERM and turns it into a request to quit.
  let isOver = false;
  const quit = new Promise<void>((resolve) => {
    app.on('before-quit', (event) => {
      if (isOver) return;
      event.preventDefault();
      resolve();
    });
  });
  app.dock?.hide();
  await app.whenReady();
  const exitCode = await runProgram(words, { workerUrls, dataDirectory, quit });
  isOver = true;
  app.exit(exitCode);
}
