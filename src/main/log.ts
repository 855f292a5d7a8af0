/** The app's log file, for developers. It never contains keys or values, because they belong to the users. */
import electronLog from 'electron-log/node';
import { join } from 'node:path';

export interface Log {
  info(message: string, detail?: unknown): void;
  warn(message: string, detail?: unknown): void;
  error(message: string, detail?: unknown): void;
}

/** One file of at most this size; the one before it is kept as main.old.log. */
export const LOG_BYTES_MAX = 2 * 1024 * 1024;

/**
 * Opens the log in `directory` (made when it does not exist).
 *
 * @param alsoConsole whether lines go to stderr as well: for development only
 */
export function openLog(directory: string, alsoConsole: boolean): Log {
  const logger = electronLog.create({ logId: 'main' });
  const { file, console: terminal } = logger.transports;
  file.resolvePathFn = () => join(directory, 'main.log');
  file.maxSize = LOG_BYTES_MAX;
  file.level = 'info';
  // The main process also runs the lab: it must not wait for the disk when it logs.
  file.sync = false;
  terminal.level = alsoConsole ? 'info' : false;
  const write = (level: 'info' | 'warn' | 'error') => (message: string, detail?: unknown) => {
    if (detail === undefined) logger[level](message);
    else logger[level](message, detail);
  };
  return { info: write('info'), warn: write('warn'), error: write('error') };
}
