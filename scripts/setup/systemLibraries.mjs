// What Electron needs from a Linux system beyond npm: shared libraries, and a display server where there is no display.
import { existsSync, readFileSync } from 'node:fs';
import { run } from './command.mjs';
import { isRoot } from './platform.mjs';
import { findProgram } from './programs.mjs';
import { say, step } from './progress.mjs';

/**
 * Debian's package for each shared library that Electron loads. Newer releases add `t64` to some of the names.
 * @type {Readonly<Record<string, string>>}
 */
const LIBRARY_PACKAGES = {
  'libgtk-3.so.0': 'libgtk-3-0',
  'libnss3.so': 'libnss3',
  'libasound.so.2': 'libasound2',
  'libgbm.so.1': 'libgbm1',
  'libXss.so.1': 'libxss1',
  'libXtst.so.6': 'libxtst6',
  'libnotify.so.4': 'libnotify4',
  'libsecret-1.so.0': 'libsecret-1-0',
  'libatspi.so.0': 'libatspi2.0-0',
  'libdrm.so.2': 'libdrm2',
  'libxkbcommon.so.0': 'libxkbcommon0',
  'libxshmfence.so.1': 'libxshmfence1',
  'libcups.so.2': 'libcups2',
};

/** Another apt may be running: these flags wait for it. */
const APT_LOCK_FLAGS = ['--option', 'DPkg::Lock::Timeout=300'];

/** The loader's index of every library that it can find. */
const LIBRARY_INDEX_PATH = '/etc/ld.so.cache';

/**
 * The Debian packages for libraries that an index does not name.
 * @param {string} libraryIndex the text of the loader's index
 * @returns {string[]}
 */
export function missingLibraryPackages(libraryIndex) {
  return Object.entries(LIBRARY_PACKAGES)
    .filter(([library]) => !libraryIndex.includes(`${library}\0`))
    .map(([, packageName]) => packageName);
}

/**
 * The name under which this release offers a package: Debian 13 and Ubuntu 24.04 renamed some to `NAMEt64`.
 * @param {string} packageName
 * @param {ReadonlySet<string>} available
 */
export function availableName(packageName, available) {
  return available.has(`${packageName}t64`) ? `${packageName}t64` : packageName;
}

/** The Debian packages that are missing on this machine; none on systems without that loader index. */
export function missingSystemPackages() {
  if (process.platform !== 'linux' || !existsSync(LIBRARY_INDEX_PATH)) return [];
  const missing = missingLibraryPackages(readFileSync(LIBRARY_INDEX_PATH, 'latin1'));
  const hasDisplay = Boolean(process.env['DISPLAY'] ?? process.env['WAYLAND_DISPLAY']);
  if (!hasDisplay && findProgram('Xvfb') === undefined) missing.push('xvfb');
  return missing;
}

/**
 * The Debian packages for programs that are not on the PATH.
 * @param {Readonly<Record<string, string>>} programs the package for each program
 * @returns {string[]}
 */
export function missingProgramPackages(programs) {
  const missing = Object.entries(programs).filter(([program]) => findProgram(program) === undefined);
  return [...new Set(missing.map(([, packageName]) => packageName))];
}

/**
 * Installs Debian packages when this is root on Debian or Ubuntu; otherwise says what to run.
 * @param {readonly string[]} packages
 * @param {string} purpose what they are for, as in "Electron needs …"
 * @returns {Promise<boolean>} whether they are there now
 */
export async function ensureSystemPackages(packages, purpose) {
  if (packages.length === 0) return true;
  if (findProgram('apt-get') === undefined) {
    say(`  ${purpose} system packages that are missing here. Debian calls them: ${packages.join(' ')}`);
    return false;
  }
  const names = await namesHere(packages);
  if (!isRoot()) {
    say(`  ${purpose} system packages that are missing here. Install them with:`);
    say(`    sudo apt-get update && sudo apt-get install --yes --no-install-recommends ${names.join(' ')}`);
    return false;
  }
  await step(`Installing system packages (${names.join(' ')})`, async (note) => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    note('apt-get update');
    await run('apt-get', [...APT_LOCK_FLAGS, 'update', '--quiet'], { env });
    const namesAfterUpdate = await namesHere(packages);
    note('apt-get install');
    const install = ['install', '--yes', '--quiet', '--no-install-recommends'];
    await run('apt-get', [...APT_LOCK_FLAGS, ...install, ...namesAfterUpdate], { env });
    note(`${namesAfterUpdate.length} packages`);
  });
  return true;
}

/** @param {readonly string[]} packages */
async function namesHere(packages) {
  const known = await run('apt-cache', ['pkgnames']).catch(() => '');
  const available = new Set(known.split('\n'));
  return packages.map((packageName) => availableName(packageName, available));
}
