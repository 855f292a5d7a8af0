// The .deb, made by Debian's own dpkg-deb from the unpacked app. electron-builder would run fpm, which it downloads;
// Debian does not package fpm (docs/decisions/0060-deb-by-dpkg.md).
import { createHash } from 'node:crypto';
import { chmodSync, createReadStream, lstatSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from '../setup/command.mjs';
import { findProgram } from '../setup/programs.mjs';
import { buildDate, EXECUTABLE_MODE, fromTemplate, layOut, packageWords, pathsBelow, put } from './linuxLayout.mjs';

/** @import { Product } from '../../build/product.mjs' */

/** Debian's names of architectures. @type {Readonly<Record<string, string>>} */
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };
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
  const words = packageWords(product, ARCHITECTURES[process.arch] ?? process.arch);
  const deb = join(destination, `${product.executable}_${words['VERSION']}_${words['ARCHITECTURE']}.deb`);
  const root = mkdtempSync(join(tmpdir(), 'raftlab-deb-'));
  try {
    chmodSync(root, EXECUTABLE_MODE); // A package's top folder is the system's own, which is open to everybody.
    layOut(root, directory, product, words);
    await describe(root, words);
    for (const path of pathsBelow(root)) {
      if (!lstatSync(path).isSymbolicLink()) utimesSync(path, buildDate(), buildDate());
    }
    await run(program, ['--root-owner-group', '-Zzstd', `-z${compressionLevel}`, '--build', root, deb], {
      // dpkg-deb gives this time to the archive's own parts, so that the same source gives the same package, bit for
      // bit.
      env: { ...process.env, SOURCE_DATE_EPOCH: String(Math.floor(buildDate().getTime() / 1000)) },
    });
    return deb;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/**
 * Writes the control files. This step comes last, because they count and digest everything else.
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
