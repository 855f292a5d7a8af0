// Remembers what an earlier set-up installed, so that the next one can see quickly that there is nothing to do.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { move } from './files.mjs';
import { projectPath, stateDirectory } from './project.mjs';

/** Raised when a set-up installs something else and the stamp's other fields do not show it. */
const SETUP_REVISION = 1;

/**
 * The Electron that the app runs on.
 * @typedef {object} ElectronInstallation
 * @property {'official' | 'stand-in' | 'override' | 'missing'} kind where it is from; `missing`: there is none
 * @property {string} version Electron's own version, empty when missing
 * @property {string} executable its path, empty when missing
 * @property {string} problem why there is none, otherwise empty
 * @property {number} checkedAtMs when it was looked for, in milliseconds since 1970
 */

/**
 * @typedef {object} Stamp
 * @property {string} key what was set up: see {@link stampKey}
 * @property {ElectronInstallation} electron
 * @property {string} sqliteAddon the rebuilt SQLite addon's path, or empty when the package's own one fits
 */

export const stampPath = join(stateDirectory, 'setup.json');

/**
 * The identity of a set-up: any change in it makes an earlier one invalid.
 * @param {{ lockfile: string, platform: string, arch: string, electronOverride: string | undefined }} inputs
 *   `lockfile`: its text; `electronOverride`: the Electron folder that the user chose, if any
 * @returns {string} a short digest
 */
export function stampKey({ lockfile, platform, arch, electronOverride }) {
  const parts = [String(SETUP_REVISION), lockfile, platform, arch, electronOverride ?? ''];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** The identity of the set-up that this checkout needs on this machine now. */
export function currentStampKey() {
  return stampKey({
    lockfile: readFileSync(projectPath('package-lock.json'), 'utf8'),
    platform: process.platform,
    arch: process.arch,
    electronOverride: process.env['ELECTRON_OVERRIDE_DIST_PATH'],
  });
}

/**
 * Reads the stamp of the last set-up.
 * @param {string} [path]
 * @returns {Stamp | undefined} undefined when there is none or it cannot be read
 */
export function readStamp(path = stampPath) {
  try {
    const stamp = JSON.parse(readFileSync(path, 'utf8'));
    return typeof stamp?.key === 'string' && typeof stamp.electron?.kind === 'string' ? stamp : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether the files that a stamp promises are still there.
 * @param {Stamp} stamp
 */
export function isIntact(stamp) {
  if (stamp.electron.kind !== 'missing' && !existsSync(stamp.electron.executable)) return false;
  return stamp.sqliteAddon === '' || existsSync(stamp.sqliteAddon);
}

/**
 * Writes the stamp in one move, so that an interruption leaves the old one or the new one.
 * @param {Stamp} stamp
 * @param {string} [path]
 */
export function writeStamp(stamp, path = stampPath) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(stamp, null, 2)}\n`);
  move(draft, path);
}
