// Finds programs as each system's shell would, and says how to start them without one.
import { statSync } from 'node:fs';
import { posix, win32 } from 'node:path';
import { batchCall, isBatchFile } from './batch.mjs';

/** Administrators' programs are often left out of an ordinary user's PATH. */
const POSIX_FOLDERS = ['/usr/sbin', '/sbin'];
/** The endings by which Windows knows a program, where the environment does not say. */
const WINDOWS_ENDINGS = '.COM;.EXE;.BAT;.CMD';

/**
 * The system to look at; tests put another one in its place.
 * @typedef {object} System
 * @property {string} [platform] as in `process.platform`
 * @property {Readonly<Record<string, string | undefined>>} [environment] as in `process.env`
 * @property {(path: string) => boolean} [isFile]
 */

/**
 * Finds a program on the PATH.
 * @param {string} name without a folder; on Windows with or without its ending
 * @param {System} [system]
 * @returns {string | undefined} its path
 */
export function findProgram(name, system = {}) {
  const { platform = process.platform, environment = process.env, isFile = isFileHere } = system;
  const isWindows = platform === 'win32';
  const { delimiter, join } = isWindows ? win32 : posix;
  const folders = (variable(environment, 'PATH', platform) ?? '').split(delimiter);
  // Windows would take these as folders of the current drive, where anybody may make them.
  if (!isWindows) folders.push(...POSIX_FOLDERS);
  const names = isWindows ? windowsNames(name, variable(environment, 'PATHEXT', platform)) : [name];
  return folders
    .map((folder) => (isWindows ? folder.replaceAll('"', '') : folder))
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((fileName) => join(folder, fileName)))
    .find((path) => isFile(path));
}

/**
 * The file names that a program may have. The bare name is not among them: npm puts a shell script of that name beside
 * each batch file.
 * @param {string} name
 * @param {string | undefined} pathExtensions the variable PATHEXT
 */
function windowsNames(name, pathExtensions) {
  const endings = (pathExtensions || WINDOWS_ENDINGS).toLowerCase().split(';').filter((ending) => ending !== '');
  return endings.includes(win32.extname(name).toLowerCase()) ? [name] : endings.map((ending) => `${name}${ending}`);
}

/**
 * How a program is started without a shell. Windows' own search knows only .exe and .com.
 * @param {string} command a program's name or path
 * @param {readonly string[]} programArguments
 * @param {NodeJS.ProcessEnv} [environment] what the program will be given
 * @param {System} [system]
 * @returns {{ file: string, fileArguments: readonly string[], options: { windowsVerbatimArguments?: true } }}
 * @throws {Error} when the program is a batch file and an argument cannot be handed to one
 */
export function programCall(command, programArguments, environment = process.env, system = {}) {
  const { platform = process.platform } = system;
  const isName = platform === 'win32' && !/[\\/:]/.test(command);
  const file = (isName ? findProgram(command, { environment, ...system }) : undefined) ?? command;
  if (!isBatchFile(file, platform)) return { file, fileArguments: programArguments, options: {} };
  const call = batchCall(file, programArguments, variable(environment, 'ComSpec', platform));
  return { ...call, options: { windowsVerbatimArguments: true } };
}

/**
 * The environment for a program that should find the project's own tools first.
 * @param {string} node the Node executable that `node` should mean
 * @param {NodeJS.ProcessEnv} [environment]
 * @param {string} [platform] as in `process.platform`
 * @returns {NodeJS.ProcessEnv}
 */
export function environmentWithNode(node, environment = process.env, platform = process.platform) {
  const { delimiter, dirname } = platform === 'win32' ? win32 : posix;
  // Windows calls it Path. A copy of its environment tells the two apart, and would have both.
  const others = Object.entries(environment).filter(([name]) => !isNamed(name, 'PATH', platform));
  const path = [dirname(node), variable(environment, 'PATH', platform) ?? ''].filter((part) => part !== '');
  return { ...Object.fromEntries(others), PATH: path.join(delimiter) };
}

/**
 * A variable's value. On Windows its name may be written in any case.
 * @param {Readonly<Record<string, string | undefined>>} environment
 * @param {string} name
 * @param {string} platform
 */
export function variable(environment, name, platform) {
  return Object.entries(environment).find(([key]) => isNamed(key, name, platform))?.[1];
}

/**
 * @param {string} key
 * @param {string} name
 * @param {string} platform
 */
function isNamed(key, name, platform) {
  return platform === 'win32' ? key.toLowerCase() === name.toLowerCase() : key === name;
}

/** @param {string} path */
export function isFileHere(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
