/** “Check for Updates…”: asks the release host over a session of its own and tells the person in a dialog. */
import { dialog, session, shell } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Log } from './log.ts';
import type { Product } from './product.ts';
import { checkForUpdate, releasePage, updateWords } from './updates.ts';

/** Not the window's session, which may speak to the page's own files only. It lives in memory and stores nothing. */
const SESSION_NAME = 'update-check';

/** Shows what became of the question. Errors end in the log. */
export async function tellAboutUpdates(window: BrowserWindow, product: Product, log: Log): Promise<void> {
  const { version, repository } = product;
  const network = session.fromPartition(SESSION_NAME, { cache: false });
  const answer = await checkForUpdate({
    version, repository, fetch: (address, options) => network.fetch(address, options),
  });
  if (answer.type === 'unreachable') log.warn(`the check for updates failed: ${answer.reason}`);
  if (window.isDestroyed()) return;
  const canOpenPage = answer.type === 'newer' && repository !== null;
  const { response } = await dialog.showMessageBox(window, {
    type: 'info',
    ...updateWords(answer, version),
    buttons: canOpenPage ? ['Open the Release Page', 'Later'] : ['OK'],
    defaultId: 0,
    cancelId: canOpenPage ? 1 : 0,
    noLink: true,
  });
  if (canOpenPage && response === 0) await shell.openExternal(releasePage(repository));
}
