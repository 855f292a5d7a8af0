// The contents of a Linux package in any format: the app, its menu entry, its icons and its documents, each where the
// system looks for it.
import {
  chmodSync, cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { projectPath } from '../setup/project.mjs';

/** @import { Product } from '../../build/product.mjs' */

export const EXECUTABLE_MODE = 0o755;
const FILE_MODE = 0o644;
/** Setuid root: with it Chromium's sandbox also works where ordinary programs may not make user namespaces. */
const SANDBOX_MODE = 0o4755;

/**
 * The words that build/linux's files leave open.
 * @param {Product} product
 * @param {string} architecture as the package's format calls it
 * @returns {Readonly<Record<string, string>>}
 */
export function packageWords(product, architecture) {
  return {
    NAME: product.name,
    PACKAGE: product.executable,
    APP_ID: product.appId,
    DIRECTORY: installDirectory(product),
    VERSION: JSON.parse(readFileSync(projectPath('package.json'), 'utf8')).version,
    ARCHITECTURE: architecture,
    DATE: buildDate().toISOString().slice(0, 10),
  };
}

/**
 * Where the app is installed: /opt is for packages that are not the distribution's own.
 * @param {Product} product
 */
export function installDirectory(product) {
  return `/opt/${product.name.replaceAll(' ', '-')}`;
}

/** The time of the package's files: the release's, which its workflow sets from the commit, otherwise now. */
export function buildDate() {
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
export function layOut(root, directory, product, words) {
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
  put(join(share, 'mime', 'packages', `${name}.xml`), fromTemplate('mime.xml', words));
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
 * One of build/linux's files with its words filled in.
 * @param {string} name
 * @param {Readonly<Record<string, string>>} words
 */
export function fromTemplate(name, words) {
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
export function put(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content, { mode: FILE_MODE });
}

/**
 * Files and folders below a folder, in an order that is independent of the disk.
 * @param {string} root
 */
export function pathsBelow(root) {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).sort().map((path) => join(root, path));
}
