/**
 * Checks the core against scripts that others wrote: `npm run oracle -- [PATH…]` runs the given files and every `.txt`
 * file under the given folders (default: ../shared/oracles/etcd-raft beside the checkout) and prints a line for each.
 * Exits with 1 when one of them differs or cannot be run, or when there are none.
 */
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runFile } from './oracle/runFile.ts';
import { scriptsUnder } from './oracle/scriptFiles.ts';

/** Where the given scripts are, seen from the checkout. */
const DEFAULT_FOLDER = fileURLToPath(new URL('../../../shared/oracles/etcd-raft', import.meta.url));

function indented(text: string): string {
  return text.replace(/^/gm, '    ');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Runs one file.
 * @param name the file's name in the answer
 * @returns what is wrong, as text that begins with the file's name and line; undefined when nothing is wrong
 */
function failureOf(path: string, name: string): string | undefined {
  try {
    const { failure } = runFile(path, readFileSync(path, 'utf8'));
    if (failure === undefined) {
      return undefined;
    }
    if (failure.kind === 'unreadable') {
      return `  ${name}:${failure.line}: ${failure.reason}`;
    }
    const { line, command, expected, got } = failure;
    return `  ${name}:${line}: ${command}\n  expected:\n${indented(expected)}\n  got:\n${indented(got)}`;
  } catch (error) {
    return `  ${name}: cannot be run: ${messageOf(error)}`;
  }
}

function main(roots: readonly string[]): number {
  let paths: readonly string[];
  try {
    paths = [...new Set(roots.flatMap(scriptsUnder))];
  } catch (error) {
    console.error(`oracle: ${messageOf(error)}`);
    return 1;
  }
  let failed = 0;
  for (const path of paths) {
    const name = relative(process.cwd(), path);
    const failure = failureOf(path, name);
    failed += failure === undefined ? 0 : 1;
    console.log(`${failure === undefined ? 'passed' : 'failed'}  ${name}`);
    if (failure !== undefined) {
      console.log(failure);
    }
  }
  if (paths.length === 0) {
    console.error(`oracle: no .txt file under ${roots.join(', ')}`);
  }
  console.log(`${paths.length - failed} passed, ${failed} failed`);
  return paths.length > 0 && failed === 0 ? 0 : 1;
}

const given = process.argv.slice(2).map((path) => resolve(path));
process.exitCode = main(given.length > 0 ? given : [DEFAULT_FOLDER]);
