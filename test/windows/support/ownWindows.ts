/** A Windows of a test's own under Wine: what is put into it or ended in it concerns no other test. */
import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readWindows } from './windows.ts';

/** In a Windows of Wine's: when it was made, beside its registry. It spares a new set-up. */
const MADE_AT = '.update-timestamp';

/**
 * Makes the folder of a Windows with a registry of its own, and links for its drives.
 * @param folder that Wine is to have as WINEPREFIX
 * @param driveC where its drive C: is, relative to `dosdevices` or absolute
 * @returns drive C: of the cached Windows, whose 700 MB of libraries are not worth copying
 */
export function makeOwnWindows(folder: string, driveC?: string): string {
  const cached = readWindows().env['WINEPREFIX'];
  if (cached === undefined) throw new Error('scripts/windows/wine.mjs has named no WINEPREFIX');
  const cachedDriveC = join(cached, 'drive_c');
  const drives = join(folder, 'dosdevices');
  mkdirSync(drives, { recursive: true });
  symlinkSync(driveC ?? cachedDriveC, join(drives, 'c:'));
  symlinkSync('/', join(drives, 'z:'));
  for (const name of readdirSync(cached)) {
    if (name === MADE_AT || name.endsWith('.reg')) copyFileSync(join(cached, name), join(folder, name));
  }
  return cachedDriveC;
}
