// Determines with which Electron the app starts, and how, for the scripts and the end-to-end tests.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isRoot } from '../setup/platform.mjs';
import { readStamp } from '../setup/stamp.mjs';

/** Ubuntu since 24.04 does not let ordinary programs make the namespaces that Chromium's sandbox is built on. */
const NAMESPACE_SWITCH_PATH = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
const SETUID_BIT = 0o4000;

/**
 * The Electron that the set-up installed.
 * @returns {import('../setup/stamp.mjs').ElectronInstallation} never of the kind `missing`
 * @throws {Error} when there is none, with the reason
 */
export function locateElectron() {
  const stamp = readStamp();
  if (stamp === undefined) throw new Error('Electron has not been set up: run `npm run setup`');
  if (stamp.electron.kind === 'missing') throw new Error(`There is no Electron: ${stamp.electron.problem}`);
  return stamp.electron;
}

/**
 * Why Chromium's sandbox cannot work for an executable here.
 * @param {string} executable Electron's
 * @returns {string | undefined} undefined where it can
 */
export function sandboxProblem(executable) {
  if (process.platform !== 'linux') return undefined;
  if (isRoot()) return 'Chromium has no sandbox for root';
  const helper = join(dirname(executable), 'chrome-sandbox');
  const isRestricted = existsSync(NAMESPACE_SWITCH_PATH) && readFileSync(NAMESPACE_SWITCH_PATH, 'utf8').trim() === '1';
  if (!isRestricted || (existsSync(helper) && (statSync(helper).mode & SETUID_BIT) !== 0)) return undefined;
  return (
    'this system keeps Chromium from making its sandbox; to let it: ' +
    `sudo chown root:root '${helper}' && sudo chmod 4755 '${helper}'`
  );
}

/**
 * The switches with which Electron starts on this machine, to be put before the app's path.
 * @param {string} executable Electron's
 * @returns {string[]}
 */
export function electronSwitches(executable) {
  return sandboxProblem(executable) === undefined ? [] : ['--no-sandbox'];
}
