// Bundles the app into out/, and knows whether the bundle there still matches the sources.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeLicenceList } from '../package/licences.mjs';
import { remove } from '../setup/files.mjs';
import { withLock } from '../setup/lock.mjs';
import { say } from '../setup/progress.mjs';
import { projectDirectory, projectPath, stateDirectory } from '../setup/project.mjs';
import { runTool } from './tools.mjs';

/** All inputs of a build. */
const INPUTS = ['src', 'resources', 'electron.vite.config.ts', 'package.json', 'package-lock.json'];

const outputDirectory = projectPath('out');
const stampFile = join(outputDirectory, '.built-from');

/**
 * A digest of files by name, size and modification time; missing files are left out.
 * @param {readonly string[]} paths files and folders
 * @param {string} root folder that names are relative to
 */
export function digestOfFiles(paths, root) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap(filesBelow).sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function currentDigest() {
  return digestOfFiles(INPUTS.map((input) => projectPath(input)), projectDirectory);
}

function isCurrent() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === currentDigest();
}

/**
 * Builds the app. What the bundler prints goes to standard error, so that a command's own output stays clean.
 * @param {{ onlyWhenChanged: boolean }} options
 * @throws {Error} when the build fails
 */
export async function build({ onlyWhenChanged }) {
  if (onlyWhenChanged && isCurrent()) return;
  const onWait = () => {
    say('Another build is running; waiting for it.');
  };
  await withLock(join(stateDirectory, 'build.lock'), onWait, async () => {
    if (onlyWhenChanged && isCurrent()) return;
    const digest = currentDigest(); // Before the build, so that a change during it makes the next one run again.
    remove(stampFile);
    const exitCode = await runTool('electron-vite', ['build', '--logLevel', 'warn'], { stdio: ['ignore', 2, 2] });
    if (exitCode !== 0) throw new Error(`The build failed with exit code ${exitCode}`);
    writeLicenceList();
    writeFileSync(stampFile, digest);
  });
}
