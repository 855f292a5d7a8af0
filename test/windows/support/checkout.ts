/**
 * The checkout as Windows' Node sees it. On Linux it is a folder of links, in which only better-sqlite3 is a copy: the
 * package's own folder holds an addon that set-up may have built for Linux, and the package prefers that one.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { projectDirectory } from '../../../scripts/setup/project.mjs';

const LINKED = ['src', 'out', 'scripts', 'build', 'resources', 'test', 'package.json', 'package-lock.json'];
const COPIED_PACKAGE = 'better-sqlite3';
const COPIED_PARTS = ['lib', 'package.json', 'prebuilds/win32-x64.node'];

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

/** Vitest calls it once, before the tests. */
export default function setUp(project: TestProject): (() => void) | undefined {
  if (process.platform === 'win32') {
    project.provide('windowsCheckout', projectDirectory);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'raftlab-windows-'));
  makeCheckout(folder);
  project.provide('windowsCheckout', folder);
  return () => { rmSync(folder, { recursive: true, force: true }); };
}
