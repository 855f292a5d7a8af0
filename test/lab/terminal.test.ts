/** The lab in a pipe, as a process of its own: commands in, a transcript and an exit code out. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCRIPTED_LAB, SIMULATED_SCRIPTS } from '../cli/simulatedScripts.ts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder } from './support.ts';

const LAB = fileURLToPath(new URL('../../src/cli/lab.ts', import.meta.url));

/** Asks for the status again and again until a node's row in it shows this. */
interface Until {
  readonly node: string;
  readonly shows: RegExp;
}

/** Runs the terminal lab on `commands`; with a signal, which is sent when a leader is known, and once more later. */
async function runLab(
  dataDirectory: string, commands: readonly (string | Until)[] | null, signal?: NodeJS.Signals,
): Promise<{ output: string; errors: string; code: number | null }> {
  return runProgram(['--data', dataDirectory], commands, signal);
}

async function runProgram(
  options: readonly string[], commands: readonly (string | Until)[] | null, signal?: NodeJS.Signals,
): Promise<{ output: string; errors: string; code: number | null }> {
  const child = spawn(process.execPath, [LAB, ...options], { stdio: 'pipe' });
  onTestFinished(() => { child.kill('SIGKILL'); });
  let output = '';
  let errors = '';
  let sent = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    // The second one is of somebody impatient: it comes while the nodes are being stopped.
    const due = output.includes('stopping the nodes') ? 2 : output.includes('became leader') ? 1 : 0;
    if (signal !== undefined && sent < due) {
      sent += 1;
      child.kill(signal);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => { errors += text; });
  /** Enters `status`, and resolves with the node's row in the answer. */
  const rowOf = (node: string): Promise<string> => new Promise((resolve, reject) => {
    const asked = output.split('❯ status\n').length;
    const look = (): void => {
      const row = new RegExp(`^ +${node} .*(?=\n)`, 'm').exec(output.split('❯ status\n')[asked] ?? '')?.[0];
      if (row === undefined) return;
      child.stdout.off('data', look);
      child.off('close', ended);
      resolve(row);
    };
    const ended = (): void => { reject(new Error(`the lab ended before it told of ${node}:\n${output}`)); };
    child.stdout.on('data', look);
    child.on('close', ended);
    child.stdin.write('status\n');
  });
  for (const command of commands ?? []) {
    if (typeof command === 'string') child.stdin.write(`${command}\n`);
    else while (!command.shows.test(await rowOf(command.node)));
  }
  if (commands !== null) child.stdin.end();
  const code = await new Promise<number | null>((resolve) => { child.on('close', resolve); });
  return { output, errors, code };
}

describe('the terminal lab in a pipe', () => {
  it('opens doors when it is asked to, and says where they are', async () => {
    const options = ['--data', temporaryFolder(), '--create', 'Doors', '--nodes', '2', '--pace', 'fast'];
    const { output, errors, code } = await runProgram([...options, '--resp', '--json'], ['door redirect', 'door off']);
    expect([errors, code]).toEqual(['', 0]);
    const told = output.trim().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(told.find(({ type }) => type === 'ready')).toMatchObject({
      door: { isOpen: true, redirects: false, onLan: false },
      nodes: [1, 2].map(() => ({ respAddress: '127.0.0.1', respPort: expect.any(Number) as unknown })),
    });
    const answers = told.filter(({ type }) => type === 'answer').map(({ text }) => text);
    expect(answers).toEqual([expect.stringContaining('redirect clients to the leader'), 'all doors are closed']);
  });

  it('writes, survives the crash of its leader, and keeps its data for the next run', async () => {
    const folder = temporaryFolder();
    const first = await runLab(folder, [
      'pace fast', 'put colour "deep sea"', 'crash leader', '# a remark', '', '@leader incr visits',
      '@leader get colour', 'status', 'quit', 'put never "reached"',
    ]);
    expect([first.errors, first.code]).toEqual(['', 0]);
    expect(first.output).toMatch(/^\* n\d became leader of term \d+ with 3 of 5 votes/m);
    expect(first.output).toMatch(/❯ put colour "deep sea"\n {2}ok {2}index \d+ · term \d+ · n1/);
    expect(first.output).toMatch(/❯ crash leader\n {2}crashed n\d/);
    expect(first.output).toMatch(/❯ @leader get colour\n {2}"deep sea"/);
    expect(first.output).toMatch(/n\d +✕ crashed/);
    expect(first.output).not.toContain('never');

    const second = await runLab(folder, ['use leader', 'get visits', 'list']);
    expect(second.output).toMatch(/❯ list\n {2}colour "deep sea"\n {2}visits "1"/);
    expect([second.errors, second.code]).toEqual(['', 0]);
  });

  it('says in a sentence when its folder cannot be used', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { output, errors, code } = await runLab(file, []);
    expect(errors).toMatch(/^The folder .* cannot be used \(.+\)\. Free it, or start Raftlab with --data [^\n]*\n$/);
    expect([output, code]).toEqual(['', 1]);
  });

  it('changes the membership, hands over, and reads in every way', async () => {
    const { output, errors, code } = await runLab(temporaryFolder(), [
      'pace fast', 'put colour red', 'add learner', { node: 'n6', shows: /◌ learner/ }, 'promote n6', 'remove n1',
      'get colour', 'replace n2', 'lease on', 'get colour lease', 'get colour stale', 'get colour log',
      'list "" read-index', 'sessions', 'transfer n3', 'transfer n4', 'crash leader', 'add', { node: 'n7', shows: /[◆●]/ },
    ]);
    expect(errors).toBe('');
    expect(output).toMatch(/❯ add learner\n {2}n6 is a learner\. 5 voters, 3 make a majority: 2 may fail/);
    expect(output).toMatch(/n6 +◌ learner/);
    expect(output).toMatch(/❯ promote n6\n {2}n6 is a voter\. 6 voters, 4 make a majority: 2 may fail/);
    expect(output).toMatch(/❯ remove n1\n {2}n1 has left, its disk is deleted\. 5 voters/);
    expect(output).toMatch(/n2 ❯ get colour\n {2}"red" {2}read index \d+ · confirmed by a round.* · n2/);
    expect(output).toMatch(/❯ replace n2\n {2}n7 has taken the place of n2/);
    expect(output).toMatch(/n3 ❯ get colour stale\n {2}"red" {2}stale: as of index \d+.* · n3/);
    expect(output).toMatch(/❯ sessions\n {2}\d+ of at most 4096 sessions/);
    expect(output).toMatch(/❯ transfer n4\n {2}n4 leads {2}term \d+/);
    expect(output).toMatch(/❯ crash leader\n {2}crashed n4/);
    expect(output).toMatch(/❯ add\n {2}n8 is a voter/);
    expect(output).toMatch(/n7 +[◆●]/);
    expect([0, 1]).toContain(code); // 1 when n3 led already
  });

  it('says what it does not understand, goes on, and exits with 1', async () => {
    const { output, errors, code } = await runLab(temporaryFolder(), ['frobnicate', 'put a', 'crash n9', 'help cas']);
    expect(output).toContain('! there is no command "frobnicate": help lists the commands');
    expect(output).toContain('! the value is missing: put KEY VALUE');
    expect(output).toContain('! there is no node n9 in this lab');
    expect(output).toContain('cas KEY EXPECTED VALUE');
    expect([errors, code]).toEqual(['', 1]);
  });

  it.skipIf(process.platform === 'win32').each(
    ['SIGTERM', 'SIGINT'] as const,
  )('stops cleanly on %s, also when it comes twice (not on Windows: it sends no signals)', async (signal) => {
    const folder = temporaryFolder();
    const { output, errors, code } = await runLab(folder, null, signal);
    expect(output).toContain('stopping the nodes');
    expect([errors, code]).toEqual(['', 0]);
    expect((await runLab(folder, ['status'])).code, 'the lab was let go of').toBe(0);
  });
});

describe('a simulated lab in a pipe', () => {
  it.each(['crash', 'time'] as const)('%s: prints from its thread what it prints without one', async (name) => {
    const { seed, nodeCount, pace } = SCRIPTED_LAB;
    const { output, errors } = await runProgram(
      ['--simulated', '--seed', String(seed), '--nodes', String(nodeCount), '--pace', pace], SIMULATED_SCRIPTS[name],
    );
    expect(errors).toBe('');
    await expect(output).toMatchFileSnapshot(`../fixtures/transcripts/${name}.txt`);
  });
});
