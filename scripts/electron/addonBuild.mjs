// Builds a native addon with node-gyp in a folder whose path gyp and make can handle, wherever the checkout is.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { makeWorkDirectory } from '../setup/cache.mjs';
import { npm, run } from '../setup/command.mjs';
import { move, removeIfPossible } from '../setup/files.mjs';
import { npmCall } from '../setup/npm.mjs';
import { findProgram } from '../setup/programs.mjs';
import { projectNode } from '../setup/project.mjs';

/** gyp and make split paths at spaces, and interpret quotes, brackets, dollars and similar characters. */
const PLAIN_PATH = /^[\w./@+-]+$/;
/** Windows' paths have a drive and backslashes; its short names for folders have tildes. */
const PLAIN_WINDOWS_PATH = /^[\w./@+:\\~-]+$/;
const HEADERS_FOLDER = 'node';

/**
 * Builds an addon and moves it to its place.
 * @param {{
 *   cacheDirectory: string,
 *   name: string,
 *   prepare: (work: string) => string | Promise<string>,
 *   product: string,
 *   destination: string,
 *   variables?: readonly string[],
 * }} build `prepare` puts the sources into the folder `work` and returns the one with binding.gyp; `product` is what is
 *   built, below that one; `variables` go to gyp
 * @throws {Error} when it cannot be built: no compiler, no Node headers, no folder with a plain path
 */
export async function buildAddon({ cacheDirectory, name, prepare, product, destination, variables = [] }) {
  const work = makePlainDirectory(cacheDirectory, name);
  try {
    const directory = await prepare(work);
    await compile(directory, work, variables);
    mkdirSync(dirname(destination), { recursive: true });
    // The folder may be on another disk, so the result cannot be moved from it in one step.
    const draft = join(dirname(destination), `.${basename(destination)}.${process.pid}`);
    copyFileSync(join(directory, product), draft);
    move(draft, destination);
  } finally {
    removeIfPossible(work);
  }
}

/**
 * A new folder to build in: in the cache, or where its path is not plain, among the temporary files.
 * @param {string} cacheDirectory
 * @param {string} name
 */
function makePlainDirectory(cacheDirectory, name) {
  if (isPlainPath(realPathOf(cacheDirectory))) return makeWorkDirectory(cacheDirectory, name);
  const parent = [tmpdir(), '/tmp', '/var/tmp'].find((path) => existsSync(path) && isPlainPath(realpathSync(path)));
  if (parent === undefined) {
    throw new Error(
      `The compiler's tools cannot work in ${cacheDirectory}, nor in ${tmpdir()}, because of the characters in these ` +
        `paths: set ${process.platform === 'win32' ? 'TEMP' : 'TMPDIR'} to a folder whose path has letters, digits, ` +
        'dots and dashes only.',
    );
  }
  return mkdtempSync(join(realpathSync(parent), `raftlab-${name}-`));
}

/**
 * Whether the compiler's tools can work in a folder.
 * @param {string} path
 * @param {string} [platform] as in `process.platform`
 */
export function isPlainPath(path, platform = process.platform) {
  return (platform === 'win32' ? PLAIN_WINDOWS_PATH : PLAIN_PATH).test(path);
}

/** @param {string} directory */
function realPathOf(directory) {
  mkdirSync(directory, { recursive: true });
  return realpathSync(directory);
}

/**
 * @param {string} directory
 * @param {string} work
 * @param {readonly string[]} variables
 */
async function compile(directory, work, variables) {
  const headers = findNodeHeaders();
  // Without headers here node-gyp downloads them, which works only where the network allows it. Its environment takes
  // precedence over its arguments.
  const env = headers === undefined ? process.env : { ...process.env, npm_config_nodedir: copyHeaders(headers, work) };
  const flags = ['rebuild', '--release', '--jobs=max', '--', ...variables];
  try {
    await run(projectNode(), [await findNodeGyp(), ...flags], { cwd: directory, env });
  } catch (error) {
    if (headers !== undefined) throw error;
    const { message } = /** @type {Error} */ (error);
    throw new Error(`No Node headers (include/node/node_api.h) are here, and fetching them failed: ${message}`, {
      cause: error,
    });
  }
}

/**
 * Copies Node's headers to a plain path; a link is not enough, because node-gyp follows it.
 * @param {string} prefix
 * @param {string} work
 */
function copyHeaders(prefix, work) {
  const copy = join(work, HEADERS_FOLDER);
  const from = join(prefix, 'include', 'node');
  // OpenSSL's headers are thirty times as large as the rest, and no addon here needs them.
  const filter = (/** @type {string} */ path) => path !== join(from, 'openssl');
  cpSync(from, join(copy, 'include', 'node'), { recursive: true, dereference: true, filter });
  return copy;
}

/** The prefix of a Node whose headers are installed; Node-API is the same in all of them. */
function findNodeHeaders() {
  const prefixes = [
    process.env['npm_config_nodedir'],
    join(dirname(projectNode()), '..'),
    join(dirname(process.execPath), '..'),
    '/usr',
    '/usr/local',
  ];
  return prefixes.find((prefix) => prefix !== undefined && existsSync(join(prefix, 'include', 'node', 'node_api.h')));
}

/** node-gyp comes with npm. */
async function findNodeGyp() {
  const script = join('node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const [npmScript] = npmCall().leadingArguments;
  const npmProgram = findProgram('npm');
  const candidates = [
    npmScript === undefined ? '' : join(dirname(npmScript), '..', script),
    npmProgram === undefined ? '' : join(dirname(realpathSync(npmProgram)), '..', script),
    join((await npm(['root', '--global'])).trim(), 'npm', script),
  ];
  const found = candidates.find((path) => path !== '' && existsSync(path));
  if (found === undefined) throw new Error('node-gyp, which comes with npm, was not found beside it');
  return found;
}
