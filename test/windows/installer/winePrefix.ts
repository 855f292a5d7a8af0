// A Windows of the test's own, made from the one in the cache: what is put into it or ended in it harms nobody.
import { mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run } from '../../../scripts/setup/command.mjs';
import { makeOwnWindows } from '../support/ownWindows.ts';

export interface WinePrefix {
  /** Where Linux finds a file of drive C:. */
  unixPath(windowsPath: string): string;
  /**
   * Runs a program to its end.
   * @param path of a file of Linux
   * @throws {CommandError} when it cannot be started or exits with another code than 0
   */
  run(path: string): Promise<void>;
  /** Waits until every program has ended, also what nobody waits for: an uninstaller goes on in a copy of itself. */
  untilAllEnded(): Promise<void>;
  /** Ends whatever still runs in it. */
  stop(): Promise<void>;
}

/**
 * What Wine starts: netsh from its file, not Wine's own; no Mono, no Gecko; nothing that would put the app's shortcuts
 * into the menu of the person who tests; no services and no desktop, which take most of the time and are not needed.
 */
const OVERRIDES = 'netsh.exe=n;mscoree=;mshtml=;winemenubuilder.exe=d;services.exe=d;explorer.exe=d';

/** A folder of the same shape with links to the files. */
function linkFolder(source: string, target: string): void {
  mkdirSync(target);
  for (const entry of readdirSync(source, { withFileTypes: true })) {
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) linkFolder(from, to);
    else symlinkSync(from, to);
  }
}

/**
 * Makes a Windows for 64-bit programs.
 * @param folder that does not exist yet
 */
export function makeWinePrefix(folder: string): WinePrefix {
  const env = {
    ...process.env,
    WINEPREFIX: folder,
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    WINEDLLOVERRIDES: OVERRIDES,
  };
  // The installer writes there: its own drive C:, with links to what is on the cached one.
  linkFolder(makeOwnWindows(folder, '../drive_c'), join(folder, 'drive_c'));

  const unixPath = (windowsPath: string): string =>
    join(folder, 'drive_c', windowsPath.replace(/^C:\\/, '').replaceAll('\\', '/'));
  const untilAllEnded = async (): Promise<void> => {
    await run('wineserver', ['--wait'], { env });
  };

  return {
    unixPath,
    run: async (path) => {
      await run('wine', [path], { env });
    },
    untilAllEnded,
    stop: async () => {
      await run('wineserver', ['--kill'], { env }).catch((error: unknown) => {
        // It fails when nothing runs.
        if (!(error instanceof CommandError)) throw error;
      });
      await untilAllEnded();
    },
  };
}
