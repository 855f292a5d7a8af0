// Where things are in the checkout.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodePackageName, parseVersion, REQUIRED_NODE_MAJOR } from './platform.mjs';

/** The checkout's top folder. */
export const projectDirectory = fileURLToPath(new URL('../..', import.meta.url));

/** The folder of the installed packages. */
export const modulesDirectory = join(projectDirectory, 'node_modules');

/** State about this checkout; it is removed together with node_modules. */
export const stateDirectory = join(modulesDirectory, '.raftlab');

/**
 * A file of the checkout.
 * @param {...string} parts path below the top folder
 */
export function projectPath(...parts) {
  return join(projectDirectory, ...parts);
}

/**
 * The Node that runs the tools: the one from npm, or this process's own where npm has none for the platform.
 * @returns {string} path of the executable
 * @throws {Error} when neither is there or recent enough
 */
export function projectNode() {
  const packageName = nodePackageName(process.platform, process.arch);
  if (packageName !== undefined) {
    const executable = join(modulesDirectory, packageName, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(executable)) return executable;
  }
  if (parseVersion(process.version).major >= REQUIRED_NODE_MAJOR) return process.execPath;
  throw new Error(
    `Raftlab's tools need Node ${REQUIRED_NODE_MAJOR}, and this is Node ${process.version}. npm has brought none for ` +
      `${process.platform}-${process.arch}: install Node ${REQUIRED_NODE_MAJOR} and run this again.`,
  );
}

/**
 * The version of an installed package.
 * @param {string} name
 * @returns {string}
 */
export function installedVersion(name) {
  return JSON.parse(readFileSync(join(modulesDirectory, name, 'package.json'), 'utf8')).version;
}
