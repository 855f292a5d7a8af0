// better-sqlite3 for an older Electron: its own prebuilt addon needs Node-API 10; with a small patch it can be built
// for 9.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../setup/command.mjs';
import { move, remove } from '../setup/files.mjs';
import { formatSize, step } from '../setup/progress.mjs';
import { installedVersion, modulesDirectory } from '../setup/project.mjs';
import { ensureSystemPackages, missingProgramPackages } from '../setup/systemLibraries.mjs';
import { buildAddon } from './addonBuild.mjs';

/** The Node-API version that better-sqlite3's prebuilt addons are built for. */
export const PREBUILT_NODE_API = 10;
const BUILT_NODE_API = 9;
const PATCHED_VERSION = '13.2.0';

const patchPath = fileURLToPath(new URL(`./better-sqlite3-${PATCHED_VERSION}-node-api-9.patch`, import.meta.url));
const packageDirectory = join(modulesDirectory, 'better-sqlite3');
/** better-sqlite3 prefers an addon here over its prebuilt ones. It also loads in newer Nodes. */
const installedAddon = join(packageDirectory, 'build', 'Release', 'better_sqlite3.node');

/**
 * Puts an addon for Node-API 9 in place, from the cache or by building it.
 * @param {string} cacheDirectory
 * @returns {Promise<string>} the addon's path in node_modules
 * @throws {Error} when it cannot be built: no compiler, no Node headers, another better-sqlite3
 */
export async function ensureOlderAddon(cacheDirectory) {
  const version = installedVersion('better-sqlite3');
  if (version !== PATCHED_VERSION) {
    throw new Error(`The patch in scripts/electron is for better-sqlite3 ${PATCHED_VERSION}, not for ${version}`);
  }
  const patchDigest = createHash('sha256').update(readFileSync(patchPath)).digest('hex').slice(0, 8);
  const target = `node-api-${BUILT_NODE_API}-${process.platform}-${process.arch}`;
  const cached = join(cacheDirectory, `better-sqlite3-${version}-${target}-${patchDigest}.node`);
  if (!existsSync(cached)) {
    const label = `Building better-sqlite3 ${version} for Node-API ${BUILT_NODE_API}`;
    await step(label, (note) => build(cacheDirectory, cached, note));
  }
  mkdirSync(dirname(installedAddon), { recursive: true });
  const draft = `${installedAddon}.${process.pid}`;
  copyFileSync(cached, draft);
  move(draft, installedAddon);
  return installedAddon;
}

/** Removes a rebuilt addon, so that the package's own one is used. */
export function removeOlderAddon() {
  remove(join(packageDirectory, 'build'));
}

/**
 * @param {string} cacheDirectory
 * @param {string} destination
 * @param {(detail: string) => void} note
 */
async function build(cacheDirectory, destination, note) {
  const tools = { patch: 'patch', 'g++': 'g++', make: 'make', python3: 'python3' };
  await ensureSystemPackages(missingProgramPackages(tools), 'Building better-sqlite3 needs');
  await buildAddon({
    cacheDirectory,
    name: 'better-sqlite3',
    prepare: patchedSources,
    product: join('build', 'Release', 'better_sqlite3.node'),
    destination,
    variables: ['-Dforce_build=1'],
  });
  note(formatSize(statSync(destination).size));
}

/** @param {string} work */
async function patchedSources(work) {
  const copy = join(work, 'better-sqlite3');
  cpSync(packageDirectory, copy, { recursive: true });
  remove(join(copy, 'build'));
  cpSync(join(modulesDirectory, 'node-addon-api'), join(work, 'node_modules', 'node-addon-api'), { recursive: true });
  await run('patch', ['--forward', '--silent', '-p0', `--input=${patchPath}`], { cwd: copy });
  askForNodeApi(join(copy, 'binding.gyp'));
  return copy;
}

/** @param {string} bindingPath */
function askForNodeApi(bindingPath) {
  const before = readFileSync(bindingPath, 'utf8');
  const after = before.replaceAll(`NAPI_VERSION=${PREBUILT_NODE_API}`, `NAPI_VERSION=${BUILT_NODE_API}`);
  if (after === before) throw new Error(`${bindingPath} does not set NAPI_VERSION=${PREBUILT_NODE_API}`);
  writeFileSync(bindingPath, after);
}
