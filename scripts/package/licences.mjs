// The licences of everything that a package ships: the bundled modules, the modules beside them, Electron and SQLite.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { installedVersion, modulesDirectory, projectPath } from '../setup/project.mjs';
import { readStamp } from '../setup/stamp.mjs';

/**
 * @typedef {object} Licence
 * @property {string} name of the part
 * @property {string} version
 * @property {string} licence its SPDX identifier
 * @property {string} text as the part's authors give it
 */

/** Where the bundler writes the list of each bundle (electron.vite.config.ts). */
const BUNDLE_LISTS = ['main', 'preload', 'renderer'].map((name) => projectPath('out', name, '.licences.json'));
/** Packages whose text is in a bundle although they are not modules of it. */
const IN_STYLE_SHEETS = ['tailwindcss', '@fontsource-variable/inter', '@fontsource-variable/jetbrains-mono'];
/** Dependencies of dependencies that build/configuration.mjs leaves out of the package. */
const LEFT_OUT = new Set(['cbor-extract', 'node-addon-api']);

const LICENCE_FILE = /^(?:licen[cs]e|copying)/i;
const RULE = '-'.repeat(80);

const SQLITE = 'SQLite is in the public domain. Its authors write in place of a licence:\n\n'
  + 'May you do good and not evil.\n'
  + 'May you find forgiveness for yourself and forgive others.\n'
  + 'May you share freely, never taking more than you give.';
const CHROMIUM = 'Electron contains Chromium, Node.js, V8, FFmpeg and other parts. Their licences are in the file '
  + 'LICENSES.chromium.html, which lies beside the program (on macOS in the app’s Contents/Resources).';

/** @param {string} name of an installed package */
function ofPackage(name) {
  const directory = join(modulesDirectory, name);
  const { version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((entry) => LICENCE_FILE.test(entry));
  if (typeof license !== 'string' || file === undefined) throw new Error(`The package ${name} states no licence`);
  return { name, version: String(version), licence: license, text: readFileSync(join(directory, file), 'utf8').trim() };
}

/**
 * The packages that are in the app unbundled: package.json's dependencies and their dependencies, without optional
 * ones.
 * @param {string} name
 * @param {Set<string>} found collects the names
 */
function addWithDependencies(name, found) {
  if (found.has(name) || LEFT_OUT.has(name)) return;
  found.add(name);
  const { dependencies = {} } = JSON.parse(readFileSync(join(modulesDirectory, name, 'package.json'), 'utf8'));
  for (const dependency of Object.keys(dependencies)) addWithDependencies(dependency, found);
}

/** What the bundler says is in the bundles. */
function ofBundles() {
  return BUNDLE_LISTS.filter((path) => existsSync(path)).flatMap((path) => {
    /** @type {{ name: string, version: string, identifier?: string, text?: string }[]} */
    const entries = JSON.parse(readFileSync(path, 'utf8'));
    return entries.map(({ name, version, identifier, text }) =>
      // Some packages keep the text only in their repository's top folder.
      (identifier === undefined || text === undefined
        ? ofPackage(name)
        : { name, version, licence: identifier, text }));
  });
}

/**
 * Every part that is shipped, by name, after a build.
 * @returns {Licence[]}
 * @throws {Error} when a part states no licence or lacks its text
 */
export function collectLicences() {
  const { dependencies } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8'));
  /** @type {Set<string>} */
  const beside = new Set();
  for (const name of Object.keys(dependencies)) addWithDependencies(name, beside);
  const electron = ofPackage('electron');
  const all = [
    ...ofBundles(),
    ...[...beside, ...IN_STYLE_SHEETS].map(ofPackage),
    {
      ...electron,
      name: 'Electron',
      version: readStamp()?.electron.version || electron.version,
      text: `${electron.text}\n\n${CHROMIUM}`,
    },
    { name: 'SQLite', version: sqliteVersion(), licence: 'blessing', text: SQLITE },
  ];
  const byName = new Map(all.map((part) => [`${part.name}@${part.version}`, part]));
  return [...byName.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** The version with which better-sqlite3 was built, from its sources. */
function sqliteVersion() {
  const text = readFileSync(join(modulesDirectory, 'better-sqlite3', 'deps', 'download.sh'), 'utf8');
  const digits = /VERSION="(\d)(\d\d)(\d\d)\d\d"/.exec(text);
  if (digits === null) throw new Error(`better-sqlite3 ${installedVersion('better-sqlite3')} does not say its SQLite`);
  return digits.slice(1).map(Number).join('.');
}

/** Writes the list that the app's About shows. */
export function writeLicenceList() {
  writeFileSync(projectPath('out', 'licences.json'), JSON.stringify(collectLicences(), null, 2));
}

/**
 * Writes the same list as text for people who have only the package.
 * @param {string} directory is made when it does not exist
 */
export function writeLicenceText(directory) {
  const parts = collectLicences().map(({ name, version, licence, text }) =>
    `${RULE}\n${name} ${version} (${licence})\n${RULE}\n\n${text}\n`);
  const head = 'Raftlab contains the following parts, under these licences. Raftlab’s own is in LICENCE.txt.\n';
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'THIRD-PARTY.txt'), `${head}\n${parts.join('\n')}`);
  writeFileSync(join(directory, 'LICENCE.txt'), readFileSync(projectPath('LICENSE')));
}
