// From the bundled app in out/ to what people install, in dist/.
import { chmodSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { build as electronBuilder } from 'electron-builder';
import { configuration } from '../../build/configuration.mjs';
import { remove } from '../setup/files.mjs';
import { formatSize, step } from '../setup/progress.mjs';
import { projectDirectory, projectPath } from '../setup/project.mjs';
import { readStamp } from '../setup/stamp.mjs';
import { makeDeb } from './deb.mjs';
import { writeLicenceText } from './licences.mjs';
import { canMakeRpm, makeRpm } from './rpm.mjs';

/** @import { Product } from '../../build/product.mjs' */
/** @import { ElectronInstallation } from '../setup/stamp.mjs' */

/** Where packages are put. */
export const packagesDirectory = projectPath('dist');

/** zstd's levels for the .deb: a release is compressed for minutes, any other package for seconds. */
const RELEASE_COMPRESSION = 19;
const QUICK_COMPRESSION = 3;

/**
 * @typedef {object} PackageOptions
 * @property {Product} product
 * @property {ElectronInstallation} electron
 * @property {boolean} isRelease all formats of this system; otherwise, on Linux, an unpacked folder and a .deb
 * @property {string | undefined} repository `OWNER/NAME` on GitHub
 */

/**
 * Packages the app for the system that this runs on.
 * @param {PackageOptions} options
 * @returns {Promise<string[]>} the packages, as paths below the checkout with their sizes
 */
export async function packageApp({ product, electron, isRelease, repository }) {
  remove(packagesDirectory);
  mkdirSync(packagesDirectory, { recursive: true });
  writeLicenceText(join(packagesDirectory, 'licences'));
  const isDownloaded = isRelease && process.platform !== 'linux'; // Windows and macOS ship for two architectures.
  const config = configuration({
    product,
    electronVersion: electron.version,
    electronDist: isDownloaded ? undefined : dirname(electron.executable),
    sqliteAddon: readStamp()?.sqliteAddon ?? '',
    repository,
  });
  // An architecture given here would override those of each target.
  const architectures = isDownloaded ? {} : { [process.arch]: true };
  await step('Packaging the app', () => electronBuilder({
    projectDir: projectDirectory,
    config,
    publish: 'never',
    ...architectures,
    ...(isRelease ? {} : { dir: true }),
  }));
  if (process.platform === 'linux') await finishLinux(product, isRelease);
  return packages();
}

/**
 * The .deb, and the .rpm: a release must have it; otherwise it is made where the machine has rpmbuild.
 * @param {Product} product
 * @param {boolean} isRelease
 */
async function finishLinux(product, isRelease) {
  const unpacked = readdirSync(packagesDirectory).find((name) => /^linux(?:-\w+)?-unpacked$/.test(name));
  if (unpacked === undefined) throw new Error('electron-builder has left no unpacked app in dist/');
  const directory = join(packagesDirectory, unpacked);
  chmodSync(directory, 0o755);
  const compressionLevel = isRelease ? RELEASE_COMPRESSION : QUICK_COMPRESSION;
  const inputs = { product, directory, destination: packagesDirectory, compressionLevel };
  await step('Making the .deb', async (note) => {
    note(formatSize(statSync(await makeDeb(inputs)).size));
  });
  if (!isRelease && !canMakeRpm()) return;
  await step('Making the .rpm', async (note) => {
    note(formatSize(statSync(await makeRpm(inputs)).size));
  });
}

/** The packages for people in dist/, with sizes. */
function packages() {
  return readdirSync(packagesDirectory)
    .map((name) => join(packagesDirectory, name))
    .filter((path) => statSync(path).isFile() && !/\.(?:ya?ml|blockmap)$/.test(path))
    .map((path) => `${relative(projectDirectory, path)} (${formatSize(statSync(path).size)})`);
}
