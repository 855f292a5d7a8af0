/**
 * The core against scripts: those that nobody on this project wrote (outside.ts), and our own in the same format, for
 * what those do not show.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runFile } from '../../src/cli/oracle/runFile.ts';
import { scriptsUnder } from '../../src/cli/oracle/scriptFiles.ts';
import { outsideOracle } from './outside.ts';

const GIVEN_FOLDER = outsideOracle('etcd-raft');
const OWN_FOLDER = fileURLToPath(new URL('scripts', import.meta.url));

/** Where a checkout of etcd-io/raft has its scripts. */
const SCRIPT_FOLDERS = ['quorum/testdata', 'confchange/testdata', 'testdata'];

/** A test for each file, by its name in the folder. */
function runAll(folder: string): void {
  const isCheckout = existsSync(join(folder, 'testdata'));
  const folders = isCheckout ? SCRIPT_FOLDERS.map((name) => join(folder, name)) : [folder];
  const names = folders.flatMap(scriptsUnder).map((path) => ({ path, name: relative(folder, path) }));
  it.each(names)('$name', ({ path }) => {
    const { passedCount, failure } = runFile(path, readFileSync(path, 'utf8'));
    expect(failure).toBeUndefined();
    expect(passedCount).toBeGreaterThan(0);
  });
}

describe("etcd's data-driven tests, level L2", () => {
  if (GIVEN_FOLDER === undefined) {
    it('cannot run: etcd-raft is neither in ../shared/oracles nor where RAFTLAB_ORACLES says', (context) => {
      context.skip('no ../shared/oracles/etcd-raft, and no RAFTLAB_ORACLES');
    });
    return;
  }
  runAll(GIVEN_FOLDER);
});

describe('our own scripts', () => {
  runAll(OWN_FOLDER);
});
