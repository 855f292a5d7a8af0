/** The only file that touches ipcMain: every command passes the sender check, then dispatch. */
import { ipcMain } from 'electron';
import type { WebContents } from 'electron';
import { COMMAND_CHANNEL } from '../contract/channels.ts';
import { dispatch } from './dispatch.ts';
import type { CommandHandlers } from './dispatch.ts';
import type { Log } from './log.ts';
import { isTrustedSender } from './sender.ts';

export interface CommandServer {
  readonly handlers: CommandHandlers;
  /** The window's contents, or null while there is no window. */
  readonly contents: () => WebContents | null;
  /** For example `app://raftlab`. */
  readonly pageOrigin: string;
  readonly log: Log;
}

/** Starts to answer the window's commands. */
export function serveCommands({ handlers, contents, pageOrigin, log }: CommandServer): void {
  ipcMain.handle(COMMAND_CHANNEL, (event, name: unknown, input: unknown) => {
    if (!isTrustedSender(event.senderFrame, contents()?.mainFrame ?? null, pageOrigin)) {
      log.warn('a command was refused: it did not come from the window');
      return {
        ok: false,
        error: { code: 'forbidden-sender', message: 'Only the Raftlab window may send commands.' },
      };
    }
    return dispatch(name, input, handlers, log);
  });
}
