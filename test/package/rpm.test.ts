// The .rpm: installed into a folder that stands for a system, checked, and removed again.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installDirectory } from '../../scripts/package/linuxLayout.mjs';
import { run } from '../../scripts/setup/command.mjs';
import { findProgram } from '../../scripts/setup/programs.mjs';
import { isRoot } from '../../scripts/setup/platform.mjs';
import { debPackage, product, rpmPackage } from './support/packagedApp.ts';

/** Why this machine cannot try it; null where it can. */
function problem(): string | null {
  if (rpmPackage() === null) return 'none was made: there is no rpmbuild (Debian: apt-get install rpm)';
  if (!isRoot()) return 'only root may install a package';
  return findProgram('rpm') === undefined ? 'there is no rpm' : null;
}
const obstacle = problem();
const rpm = rpmPackage() ?? '';
const PACKAGE = product.executable;

let system = '';
/** rpm on the stand-in system. Its libraries are the host's, which rpm there knows nothing of: `--nodeps`. */
const onSystem = (...programArguments: readonly string[]) => run('rpm', ['--root', system, ...programArguments]);

/** The files and links in the stand-in system, but for rpm's own database. */
const installed = () => readdirSync(system, { recursive: true, withFileTypes: true })
  .filter((entry) => !entry.isDirectory())
  .map((entry) => join(entry.parentPath, entry.name).slice(system.length))
  .filter((path) => !path.includes('rpmdb')).sort();

beforeAll(() => {
  if (obstacle !== null) process.stderr.write(`\nNOT TESTED: the .rpm, because ${obstacle}.\n\n`);
  system = mkdtempSync(join(tmpdir(), 'raftlab-rpm-system-'));
});
afterAll(() => { rmSync(system, { recursive: true, force: true }); });

test.skipIf(obstacle !== null)('it asks for libraries by name, and runs no script', async () => {
  const query = (format: string) => run('rpm', ['--query', '--package', '--queryformat', format, rpm]);
  expect(await query('%{NAME} %{LICENSE}')).toBe(`${PACKAGE} MIT`);
  expect(await run('rpm', ['--query', '--package', '--scripts', rpm])).toBe('');
  const needs = (await query('[%{REQUIRENAME}\n]')).split('\n');
  expect(needs).toEqual(expect.arrayContaining(['libgtk-3.so.0()(64bit)', 'libnss3.so()(64bit)']));
});

test.skipIf(obstacle !== null)('it installs the same files as the .deb, each as it was packed', async () => {
  await onSystem('--nodeps', '--nosignature', '--install', rpm);
  // A line for each file that is not as the package has it; what it needs of the host is not asked.
  expect(await onSystem('--verify', '--nodeps', PACKAGE)).toBe('');
  const inDeb = (await run('dpkg-deb', ['--contents', debPackage()])).trim().split('\n')
    .filter((line) => !line.startsWith('d')).map((line) => / \.(\/.*?)(?: -> .*)?$/.exec(line)?.[1] ?? line);
  expect(installed()).toEqual(inDeb.sort());
  expect(statSync(join(system, installDirectory(product), 'chrome-sandbox')).mode & 0o7777).toBe(0o4755);
});

test.skipIf(obstacle !== null)('removed, it leaves nothing', async () => {
  await onSystem('--erase', PACKAGE);
  expect(installed()).toEqual([]);
  expect(readdirSync(join(system, 'opt'))).toEqual([]);
});
