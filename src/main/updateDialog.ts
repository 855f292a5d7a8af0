/** “Check for Updates…”: asks the release host in a separate session and shows the answer in a dialog. */
import { dialog, session, shell } from 'electron';
import type { BrowserWindow } from 'electron';
import type { Log } from './log.ts';
import type { Product } from './product.ts';
import { checkForUpdate, releasePage, updateWords } from './updates.ts';

/** Not the window's session, which may only load the page's files. It lives in memory and stores nothing. */
const SESSION_NAME = 'update-check';

/** Shows the result of the check. Errors are logged. */
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
