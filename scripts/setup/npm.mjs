// Finds npm: the one that started this script, otherwise the one on the PATH.
import { posix, win32 } from 'node:path';
import { findProgram, isFileHere } from './programs.mjs';

/** @import { System } from './programs.mjs' */

/** npm is a script for Node; where it can be found, nothing else has to start it: no batch file, no shell. */
const SCRIPT_NAME = 'npm-cli.js';

/**
 * How npm is started.
 * @param {System & { execPath?: string }} [system] `execPath`: the Node that runs this
 * @returns {{ command: string, leadingArguments: readonly string[] }}
 */
export function npmCall(system = {}) {
  const { platform = process.platform, environment = process.env, isFile = isFileHere } = system;
  const { execPath = process.execPath } = system;
  const started = environment['npm_execpath'];
  // Another package manager puts itself there, and does not understand npm's arguments.
  if (started !== undefined && baseName(started, platform) === SCRIPT_NAME && isFile(started)) {
    // npm's own Node, not the one inside node_modules, which npm may be about to replace.
    return { command: environment['npm_node_execpath'] ?? execPath, leadingArguments: [started] };
  }
  return (platform === 'win32' ? besideBatchFile({ ...system, isFile }, execPath) : undefined)
    ?? { command: 'npm', leadingArguments: [] };
}

/**
 * The script that npm.cmd would run, with the Node that it would run it by.
 * @param {System & { isFile: (path: string) => boolean }} system
 * @param {string} execPath
 */
function besideBatchFile(system, execPath) {
  const batch = findProgram('npm', system);
  const folders = [...(batch === undefined ? [] : [win32.dirname(batch)]), win32.dirname(execPath)];
  const folder = folders.find((path) => system.isFile(scriptIn(path)));
  if (folder === undefined) return undefined;
  const node = win32.join(folder, 'node.exe');
  return { command: system.isFile(node) ? node : execPath, leadingArguments: [scriptIn(folder)] };
}

/** @param {string} folder */
function scriptIn(folder) {
  return win32.join(folder, 'node_modules', 'npm', 'bin', SCRIPT_NAME);
}

/**
 * @param {string} path
 * @param {string} platform
 */
function baseName(path, platform) {
  return (platform === 'win32' ? win32 : posix).basename(path);
}
