// The .deb, made by Debian's own dpkg-deb from the unpacked app. electron-builder would run fpm, which it downloads and
// which Debian does not package (docs/decisions/0060-deb-by-dpkg.md).
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  createReadStream,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { findProgram, run } from '../setup/command.mjs';
import { projectPath } from '../setup/project.mjs';

/** @import { Product } from '../../build/product.mjs' */

/** Debian's names of architectures. @type {Readonly<Record<string, string>>} */
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
const EXECUTABLE_MODE = 0o755;
const FILE_MODE = 0o644;
/** Setuid root: with it Chromium's sandbox also works where ordinary programs may not make user namespaces. */
const SANDBOX_MODE = 0o4755;
const KIB = 1024;

/**
 * Makes the package.
 * @param {{ product: Product, directory: string, destination: string, compressionLevel: number }} options
 *   `directory`: the unpacked app; `destination`: the folder for the package; `compressionLevel`: zstd's, 1 to 19
 * @returns {Promise<string>} the package's path
 * @throws {Error} where there is no dpkg-deb, or it fails
 */
export async function makeDeb({ product, directory, destination, compressionLevel }) {
  const program = findProgram('dpkg-deb');
  if (program === undefined) throw new Error('There is no dpkg-deb here, which makes the .deb: install dpkg');
  const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8'));
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  const deb = join(destination, `${product.executable}_${version}_${architecture}.deb`);
  const root = mkdtempSync(join(tmpdir(), 'raftlab-deb-'));
  try {
    chmodSync(root, EXECUTABLE_MODE); // A package's top folder is the system's own, which is open to everybody.
    const words = {
      NAME: product.name,
      PACKAGE: product.executable,
      APP_ID: product.appId,
      DIRECTORY: installDirectory(product),
      VERSION: version,
      ARCHITECTURE: architecture,
      DATE: buildDate().toISOString().slice(0, 10),
    };
    layOut(root, directory, product, words);
    await describe(root, words);
    for (const path of pathsBelow(root)) {
      if (!lstatSync(path).isSymbolicLink()) utimesSync(path, buildDate(), buildDate());
    }
    await run(program, ['--root-owner-group', '-Zzstd', `-z${compressionLevel}`, '--build', root, deb], {
      // dpkg-deb stamps the archive's own parts with it, so that one source gives one package, bit for bit.
      env: { ...process.env, SOURCE_DATE_EPOCH: String(Math.floor(buildDate().getTime() / 1000)) },
    });
    return deb;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/**
 * Where the app is installed: /opt is for packages that are not the distribution's own, and what the rpm uses too.
 * @param {Product} product
 */
export function installDirectory(product) {
  return `/opt/${product.name.replaceAll(' ', '-')}`;
}

/** The time that the package's files bear: the release's, which its workflow sets from the commit, else now. */
function buildDate() {
  const epoch = Number(process.env['SOURCE_DATE_EPOCH'] ?? Number.NaN);
  return Number.isFinite(epoch) ? new Date(epoch * 1000) : startedAt;
}
const startedAt = new Date();

/**
 * Puts every file where it will be installed.
 * @param {string} root
 * @param {string} directory the unpacked app
 * @param {Product} product
 * @param {Readonly<Record<string, string>>} words
 */
function layOut(root, directory, product, words) {
  const app = join(root, words['DIRECTORY'] ?? '');
  cpSync(directory, app, { recursive: true });
  for (const path of pathsBelow(root)) {
    const isExecutable = lstatSync(path).isDirectory() || (lstatSync(path).mode & 0o100) !== 0;
    chmodSync(path, isExecutable ? EXECUTABLE_MODE : FILE_MODE);
  }
  chmodSync(join(app, 'chrome-sandbox'), SANDBOX_MODE);
  put(join(app, 'resources', 'apparmor-profile'), fromTemplate('apparmor-profile', words));
  const name = product.executable;
  const share = join(root, 'usr', 'share');
  const icons = join(share, 'icons', 'hicolor');
  put(join(share, 'applications', `${name}.desktop`), fromTemplate('desktop', words));
  put(join(share, 'metainfo', `${product.appId}.metainfo.xml`), fromTemplate('metainfo.xml', words));
  for (const file of readdirSync(projectPath('build', 'icons'))) {
    const size = file.replace('.png', '');
    put(join(icons, size, 'apps', `${name}.png`), readFileSync(projectPath('build', 'icons', file)));
  }
  put(join(icons, 'scalable', 'apps', `${name}.svg`), readFileSync(projectPath('resources', 'icon.svg')));
  put(join(share, 'doc', name, 'copyright'), readFileSync(projectPath('LICENSE')));
  put(join(share, 'doc', name, 'changelog.gz'), gzipSync(readFileSync(projectPath('CHANGELOG.md')), { level: 9 }));
  mkdirSync(join(root, 'usr', 'bin'), { recursive: true });
  symlinkSync(`../..${words['DIRECTORY']}/${name}`, join(root, 'usr', 'bin', name));
}

/**
 * Writes the control files. It comes last, because they count and digest everything else.
 * @param {string} root
 * @param {Readonly<Record<string, string>>} words
 */
async function describe(root, words) {
  const files = pathsBelow(root).filter((path) => lstatSync(path).isFile());
  const sizeKib = files.reduce((sum, path) => sum + Math.ceil(lstatSync(path).size / KIB), 0);
  const sums = [];
  for (const path of files) sums.push(`${await md5(path)}  ${relative(root, path)}\n`);
  const control = join(root, 'DEBIAN');
  put(join(control, 'control'), fromTemplate('control', { ...words, INSTALLED_SIZE_KIB: String(sizeKib) }));
  put(join(control, 'md5sums'), sums.join(''));
  for (const script of ['postinst', 'prerm']) {
    put(join(control, script), fromTemplate(script, words));
    chmodSync(join(control, script), EXECUTABLE_MODE);
  }
}

/** @param {string} path */
async function md5(path) {
  const hash = createHash('md5'); // What `dpkg --verify` compares; it guards against accidents, not against people.
  for await (const chunk of createReadStream(path)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * One of build/linux's files with its words filled in.
 * @param {string} name
 * @param {Readonly<Record<string, string>>} words
 */
function fromTemplate(name, words) {
  return readFileSync(projectPath('build', 'linux', name), 'utf8').replaceAll(/@([A-Z_]+)@/g, (_match, word) => {
    const value = words[word];
    if (value === undefined) throw new Error(`build/linux/${name} names @${word}@, which nobody knows`);
    return value;
  });
}

/**
 * @param {string} path
 * @param {string | Buffer} content
 */
function put(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: FILE_MODE });
}

/**
 * Files and folders below a folder, in an order that does not depend on the disk.
 * @param {string} root
 */
function pathsBelow(root) {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).sort().map((path) => join(root, path));
}
