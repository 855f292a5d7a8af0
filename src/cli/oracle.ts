/**
 * Holds the core against scripts that others wrote: `npm run oracle -- [DIR…]` runs every `.txt` file under the folders
 * (default: ../shared/oracles/etcd-raft beside the checkout) and prints a line for each. Exits with 1 when one of them
 * differs.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Difference, runFile } from './oracle/runFile.ts';

/** Where the given scripts are, seen from the checkout. */
const DEFAULT_FOLDER = fileURLToPath(new URL('../../../shared/oracles/etcd-raft', import.meta.url));

/** All `.txt` files under a folder, in order of their paths. */
function scriptsUnder(path: string): string[] {
  if (!statSync(path).isDirectory()) {
    return [path];
  }
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.txt'))
    .sort()
    .map((name) => join(path, name));
}

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}

function describe({ line, command, expected, got }: Difference): string {
  return `  line ${line}: ${command}\n  expected:\n${indented(expected)}\n  got:\n${indented(got)}`;
}

/** Runs one file. @returns what differs, as text; undefined when nothing does */
function failureOf(path: string): string | undefined {
  try {
    const { difference } = runFile(path, readFileSync(path, 'utf8'));
    return difference && describe(difference);
  } catch (error) {
    return `  ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  }
}

function main(folders: readonly string[]): number {
  const missing = folders.find((folder) => !existsSync(folder));
  if (missing !== undefined) {
    console.error(`oracle: no such file or folder: ${missing}`);
    return 1;
  }
  let failed = 0;
  const paths = folders.flatMap(scriptsUnder);
  for (const path of paths) {
    const failure = failureOf(path);
    failed += failure === undefined ? 0 : 1;
    console.log(`${failure === undefined ? 'passed' : 'failed'}  ${relative(process.cwd(), path)}`);
    if (failure !== undefined) {
      console.log(failure);
    }
  }
  console.log(`${paths.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

const given = process.argv.slice(2).map((path) => resolve(path));
process.exitCode = main(given.length > 0 ? given : [DEFAULT_FOLDER]);
