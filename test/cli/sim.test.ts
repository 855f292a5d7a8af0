/** The simulator's command line, as a person would start it. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRequest } from '../../src/cli/sim/options.ts';
import { writeTrace } from '../../src/cli/sim/traceFile.ts';
import { openRecordingFile } from '../../src/lab/recording/openRecordingFile.ts';

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

  it.each(['--help', '-h'])('lists its options when asked by %s', (option) => {
    const { status, stdout, stderr } = run(option);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('--rules-off NAME');
  });

  it('ends with the count of seeds that were clean', () => {
    const { status, stdout } = run('--seeds', '3');
    expect(stdout.trim()).toBe('3 passed, 0 failed');
    expect(status).toBe(0);
  });

  it('tells how to run a failing seed again, and writes its trace as JSON Lines', () => {
    const { status, stdout } = run('--seed', '2', '--rules-off', 'majorityQuorum', '--trace', 'run.jsonl');
    expect(status).toBe(1);
    expect(stdout).toContain('again: npm run sim -- --seed 2 --rules-off majorityQuorum');
    const lines = readFileSync(join(folder, 'run.jsonl'), 'utf8').trim().split('\n');
    const events = lines.map((line): unknown => JSON.parse(line));
    expect(events[0]).toMatchObject({ seq: 1, type: 'labOpened', name: 'Simulated: seed 2' });
    expect(events.at(-1)).toMatchObject({ type: 'safetyViolated' });
  });

  it('writes the trace of a seed that is clean when asked for it', () => {
    const { status, stdout } = run('--seed', '1', '--ticks', '20', '--nodes', '3', '--trace', 'clean.jsonl');
    expect(status).toBe(0);
    expect(stdout).toContain('trace: clean.jsonl');
    expect(readFileSync(join(folder, 'clean.jsonl'), 'utf8')).toContain('"nodes":["n1","n2","n3"]');
  });

  it('writes a recording that opens', async () => {
    const file = join(folder, 'run.raftlab');
    const request = readRequest(['--seed', '1', '--nodes', '3', '--trace', file]);
    if (request === undefined) throw new Error('the options ask for help');
    writeTrace({ ...request.options, seed: 1 }, file);
    const recording = await openRecordingFile(file, 'run');
    expect(recording.status()).toMatchObject({ labName: 'Simulated: seed 1', fromSeq: 1, problem: null });
    expect(recording.status().eventCount).toBeGreaterThan(10_000); // more than are held in memory
    recording.close();
  });

  it('says when a trace cannot be written, and how to run the seed again all the same', () => {
    const { status, stdout } = run('--seed', '2', '--rules-off', 'majorityQuorum', '--trace', 'no/such/folder');
    expect(status).toBe(1);
    expect(stdout).toContain('again: npm run sim -- --seed 2 --rules-off majorityQuorum');
    expect(stdout).toMatch(/could not be written: ENOENT/);
  });

  it('tells of the failing seeds from the lowest on, whatever thread was first', () => {
    const { status, stdout } = run('--seeds', '8', '--rules-off', 'majorityQuorum', '--ticks', '100');
    const failed = [...stdout.matchAll(/^seed (\d+)/gm)].map(([, seed]) => Number(seed));
    expect(status).toBe(1);
    expect(failed.length).toBeGreaterThan(1);
    expect(failed).toEqual([...failed].sort((a, b) => a - b));
    expect(stdout).toContain(`${failed.length} failed`);
    const traces = [...stdout.matchAll(/^ {2}trace: (.+)$/gm)].map(([, file]) => file);
    expect(traces).toEqual(failed.slice(0, 5).map((seed) => join('test-artifacts', `sim-${seed}.jsonl`)));
    expect(traces.every((file) => existsSync(join(folder, file ?? '')))).toBe(true);
  });

  it('ends when it is interrupted, with what it has found so far', async () => {
    const child = spawn(process.execPath, [ENTRY, '--seeds', '1000000', '--ticks', '20'], { cwd: folder });
    let output = '';
    child.stdout.on('data', (data) => (output += String(data)));
    const ended = once(child, 'close'); // not 'exit': by then not all of the output need be here
    await once(child.stderr, 'data'); // the first seed is done
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(output).toMatch(/\d+ passed, 0 failed\ninterrupted: \d+ of 1000000 seeds were not run/);
  });

  it.each([['--seed x'], ['--rules-off gravity'], ['--nodes 99'], ['--no-such-option'], ['--seed 1 --seeds 2']])(
    'says what is wrong with %s',
    (options) => {
      const { status, stderr } = run(...options.split(' '));
      expect(status).toBe(2);
      expect(stderr).not.toContain('    at ');
    },
  );
});
