/**
 * The core against scripts: those that nobody on this project wrote (../shared/oracles/README.md beside the checkout),
 * and our own in the same format, for what those do not show.
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runFile } from '../../src/cli/oracle/runFile.ts';
import { scriptsUnder } from '../../src/cli/oracle/scriptFiles.ts';

const GIVEN_FOLDER = fileURLToPath(new URL('../../../shared/oracles/etcd-raft', import.meta.url));
const OWN_FOLDER = fileURLToPath(new URL('scripts', import.meta.url));

/** A test for each file, by its name in the folder. */
function runAll(folder: string): void {
  const names = scriptsUnder(folder).map((path) => ({ path, name: relative(folder, path) }));
  it.each(names)('$name', ({ path }) => {
    const { passedCount, failure } = runFile(path, readFileSync(path, 'utf8'));
    expect(failure).toBeUndefined();
    expect(passedCount).toBeGreaterThan(0);
  });
}

describe("etcd's data-driven tests, level L2", () => {
  if (!existsSync(GIVEN_FOLDER)) {
    it('cannot run: ../shared/oracles/etcd-raft is not beside this checkout', (context) => {
      context.skip('no ../shared/oracles/etcd-raft');
    });
    return;
  }
  runAll(GIVEN_FOLDER);
});

describe('our own scripts', () => {
  runAll(OWN_FOLDER);
});
