/** The simulator's command line, as a person would start it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../src/cli/sim.ts', import.meta.url));

describe('npm run sim', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'raftlab-sim-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const run = (...options: string[]) =>
    spawnSync(process.execPath, [ENTRY, ...options], { encoding: 'utf8', cwd: folder });

  it('ends with the count of seeds that were clean', () => {
    const { status, stdout } = run('--seeds', '3');
    expect(stdout.trim()).toBe('3 passed, 0 failed');
    expect(status).toBe(0);
  });

  it('tells how to run a failing seed again, and writes its trace as JSON Lines', () => {
    const { status, stdout } = run('--seed', '1', '--rules-off', 'majorityQuorum', '--trace', 'run.jsonl');
    expect(status).toBe(1);
    expect(stdout).toContain('again: npm run sim -- --seed 1 --rules-off majorityQuorum');
    const lines = readFileSync(join(folder, 'run.jsonl'), 'utf8').trim().split('\n');
    const events = lines.map((line): unknown => JSON.parse(line));
    expect(events[0]).toMatchObject({ seq: 1, type: 'nodeStarted', node: 1 });
  });

  it.each([['--seed', 'x'], ['--rules-off', 'gravity'], ['--nodes', '99'], ['--no-such-option']])(
    'says what is wrong with %s %s',
    (...options) => {
      const { status, stderr } = run(...options);
      expect(status).toBe(2);
      expect(stderr).not.toContain('    at ');
    },
  );
});
