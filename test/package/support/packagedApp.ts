// Where the packaged app lies that the tests are about, and a twin of it that Playwright can drive.
import { chmodSync, copyFileSync, cpSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setFuses } from '../../../build/fuses.mjs';
import { productFor } from '../../../build/product.mjs';
import { locateElectron } from '../../../scripts/electron/locate.mjs';
import { packagesDirectory } from '../../../scripts/package/packageApp.mjs';
import { projectPath } from '../../../scripts/setup/project.mjs';

/** What the app that has been packaged is called. */
export const product = productFor(locateElectron().kind);

const EXECUTABLE_MODE = 0o755;

/** The folder with the unpacked app. */
export function unpackedApp(): string {
  const name = readdirSync(packagesDirectory).find((entry) => /^linux(?:-\w+)?-unpacked$/.test(entry));
  if (name === undefined) throw new Error('there is no packaged app: run `npm run package:linux`');
  return join(packagesDirectory, name);
}

/** The packaged app's program, as it is shipped. */
export function packagedExecutable(): string {
  return join(unpackedApp(), product.executable);
}

/** The .deb. */
export function debPackage(): string {
  const name = readdirSync(packagesDirectory).find((entry) => entry.endsWith('.deb'));
  if (name === undefined) throw new Error('there is no .deb: run `npm run package:linux`');
  return join(packagesDirectory, name);
}

/** The .rpm; null where none could be made. */
export function rpmPackage(): string | null {
  const name = readdirSync(packagesDirectory).find((entry) => entry.endsWith('.rpm'));
  return name === undefined ? null : join(packagesDirectory, name);
}

let made: Promise<string> | null = null;

/**
 * A twin of the packaged app whose one fuse for `--inspect` is on, because Playwright drives the main process through
 * it. Everything else is the same file: the twin is made of hard links but for the program itself.
 */
export function inspectableApp(): Promise<string> {
  made ??= makeInspectable();
  return made;
}

async function makeInspectable(): Promise<string> {
  const source = unpackedApp();
  const twin = projectPath('test-artifacts', 'inspectable');
  rmSync(twin, { recursive: true, force: true });
  mkdirSync(twin, { recursive: true });
  const executable = join(twin, product.executable);
  for (const entry of readdirSync(source, { withFileTypes: true, recursive: true })) {
    const from = join(entry.parentPath, entry.name);
    const to = join(twin, from.slice(source.length));
    if (entry.isDirectory()) mkdirSync(to, { recursive: true });
    else if (to !== executable) link(from, to);
  }
  copyFileSync(packagedExecutable(), executable);
  chmodSync(executable, EXECUTABLE_MODE);
  await setFuses(executable, { EnableNodeCliInspectArguments: true });
  return executable;
}

function link(from: string, to: string): void {
  if (existsSync(to)) return;
  try {
    linkSync(from, to);
  } catch {
    cpSync(from, to); // Another disk.
  }
}
