// The .rpm, made by rpmbuild from the unpacked app, where there is an rpmbuild: Debian has one too.
import { lstatSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { run } from '../setup/command.mjs';
import { findProgram } from '../setup/programs.mjs';
import { buildDate, fromTemplate, layOut, packageWords, pathsBelow } from './linuxLayout.mjs';

/** @import { Product } from '../../build/product.mjs' */

/** rpm's names of architectures. @type {Readonly<Record<string, string>>} */
const ARCHITECTURES = { x64: 'x86_64', arm64: 'aarch64' };

/** Whether this machine can make one. */
export const canMakeRpm = () => findProgram('rpmbuild') !== undefined;

/**
 * Makes the package.
 * @param {{ product: Product, directory: string, destination: string, compressionLevel: number }} options
 *   as for the .deb
 * @returns {Promise<string>} the package's path
 * @throws {Error} where there is no rpmbuild, or it fails
 */
export async function makeRpm({ product, directory, destination, compressionLevel }) {
  const program = findProgram('rpmbuild');
  if (program === undefined) throw new Error('There is no rpmbuild here, which makes the .rpm: install rpm');
  const words = packageWords(product, ARCHITECTURES[process.arch] ?? process.arch);
  const work = mkdtempSync(join(tmpdir(), 'raftlab-rpm-'));
  try {
    const root = join(work, 'root');
    layOut(root, directory, product, words);
    const spec = join(work, 'spec');
    const files = join(work, 'files');
    writeFileSync(files, ownedPaths(root, words['DIRECTORY'] ?? '').join('\n'));
    writeFileSync(spec, fromTemplate('spec', { ...words, ROOT: root, FILES: files }));
    await run(program, [
      '-bb', '--quiet', '--target', words['ARCHITECTURE'] ?? '', '--define', `_topdir ${work}`,
      '--define', `_rpmdir ${join(work, 'packages')}`, '--define', `_binary_payload w${compressionLevel}.zstdio`, spec,
    ], {
      // The same source gives the same package: rpm takes the times of its parts from here.
      env: { ...process.env, SOURCE_DATE_EPOCH: String(Math.floor(buildDate().getTime() / 1000)) },
    });
    const made = pathsBelow(join(work, 'packages')).find((path) => path.endsWith('.rpm'));
    if (made === undefined) throw new Error(`rpmbuild has made no package: ${readdirSync(work).join(', ')}`);
    const rpm = join(destination, basename(made));
    await run('mv', [made, rpm]); // The destination may be on another disk.
    return rpm;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * The package's list of files. It includes only the package's own folders: the others belong to the system.
 * @param {string} root
 * @param {string} appDirectory
 */
function ownedPaths(root, appDirectory) {
  return pathsBelow(root).flatMap((path) => {
    const installed = `/${relative(root, path)}`;
    if (!lstatSync(path).isDirectory()) return [`"${installed}"`];
    const isOwn = installed.startsWith(appDirectory) || installed.startsWith('/usr/share/doc/');
    return isOwn ? [`%dir "${installed}"`] : [];
  });
}
