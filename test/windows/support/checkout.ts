/**
 * The checkout as Windows' Node sees it. On Linux it is a folder of links, in which only better-sqlite3 is a copy: the
 * package's own folder holds an addon that set-up may have built for Linux, and the package prefers that one. Beside
 * them is the terminal lab in one file, because Wine opens a hundred files in seconds.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';
import { projectDirectory } from '../../../scripts/setup/project.mjs';

const LINKED = ['src', 'out', 'scripts', 'build', 'resources', 'test', 'package.json', 'package-lock.json'];
const COPIED_PACKAGE = 'better-sqlite3';
const COPIED_PARTS = ['lib', 'package.json', 'prebuilds/win32-x64.node'];

/** src/cli/lab.ts in one file, as far below the checkout as that, since it finds out/ from there. */
const BUNDLED_LAB = 'bundled/cli/lab.mjs';

function makeCheckout(folder: string): void {
  for (const name of LINKED) symlinkSync(join(projectDirectory, name), join(folder, name));
  const modules = join(projectDirectory, 'node_modules');
  mkdirSync(join(folder, 'node_modules'));
  for (const name of readdirSync(modules)) {
    if (name !== COPIED_PACKAGE) symlinkSync(join(modules, name), join(folder, 'node_modules', name));
  }
  for (const part of COPIED_PARTS) {
    const from = join(modules, COPIED_PACKAGE, part);
    cpSync(from, join(folder, 'node_modules', COPIED_PACKAGE, part), { recursive: true });
  }
}

async function bundleLab(folder: string): Promise<void> {
  await build({
    configFile: false,
    root: projectDirectory,
    logLevel: 'error',
    publicDir: false,
    ssr: { noExternal: true, external: [COPIED_PACKAGE] },
    build: {
      ssr: join(projectDirectory, 'src', 'cli', 'lab.ts'),
      outDir: join(folder, dirname(BUNDLED_LAB)),
      emptyOutDir: false,
      rolldownOptions: { output: { entryFileNames: basename(BUNDLED_LAB), codeSplitting: false } },
    },
  });
}

/** Vitest calls it once, before the tests. */
export default async function setUp(project: TestProject): Promise<(() => void) | undefined> {
  if (process.platform === 'win32') {
    project.provide('windowsCheckout', projectDirectory);
    project.provide('windowsLab', 'src/cli/lab.ts');
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'raftlab-windows-'));
  makeCheckout(folder);
  await bundleLab(folder);
  project.provide('windowsCheckout', folder);
  project.provide('windowsLab', BUNDLED_LAB);
  return () => { rmSync(folder, { recursive: true, force: true }); };
}
