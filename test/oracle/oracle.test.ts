/** The core against scripts that nobody on this project wrote; see ../shared/oracles/README.md beside the checkout. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { runFile } from '../../src/cli/oracle/runFile.ts';

const FOLDER = fileURLToPath(new URL('../../../shared/oracles/etcd-raft', import.meta.url));

const scripts = existsSync(FOLDER)
  ? readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.txt'))
  : [];

describe("etcd's data-driven tests, level L2", () => {
  if (scripts.length === 0) {
    it('cannot run: ../shared/oracles/etcd-raft is not beside this checkout', (context) => {
      context.skip('no ../shared/oracles/etcd-raft');
    });
    return;
  }

  it.each(scripts)('%s', (name) => {
    const path = join(FOLDER, name);
    const { caseCount, difference } = runFile(path, readFileSync(path, 'utf8'));
    expect(difference).toBeUndefined();
    expect(caseCount).toBeGreaterThan(0);
  });
});
