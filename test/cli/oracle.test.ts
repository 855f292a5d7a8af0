/** The oracle's command line, as a person would start it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const ENTRY = fileURLToPath(new URL('../../src/cli/oracle.ts', import.meta.url));

const EMPTY_LOG = 'log is empty: first index=3, last index=2';
const INTERACTION = `add-nodes 1 voters=(1) index=2\n----\nok\n\nraft-log 1\n----\n${EMPTY_LOG}\n`;

describe('npm run oracle', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'raftlab-oracle-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function write(path: string, content: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  function run(...paths: string[]): { status: number | null; lines: string[]; stderr: string } {
    const options = { encoding: 'utf8', cwd: folder } as const;
    const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, ...paths], options);
    return { status, lines: stdout.trimEnd().split('\n'), stderr };
  }

  it('runs every file under a folder, each as its folder says, and ends with the count', () => {
    write('quorum/testdata/vote.txt', 'vote cfg=(1) votes=(y)\n----\nVoteWon\n');
    write('confchange/deep/er/simple.txt', 'simple\nv1\n----\nvoters=(1)\n1: StateProbe match=0 next=1\n');
    write('whatever/log.txt', INTERACTION);
    write('top.txt', INTERACTION.replaceAll('\n', '\r\n'));
    write('comments.txt', '# nothing but this\n');
    write('.hidden.txt', 'nonsense');
    write('notes.md', 'nonsense');
    const { status, lines } = run('.');
    expect(lines).toEqual([
      'passed  comments.txt',
      `passed  ${join('confchange', 'deep', 'er', 'simple.txt')}`,
      `passed  ${join('quorum', 'testdata', 'vote.txt')}`,
      'passed  top.txt',
      `passed  ${join('whatever', 'log.txt')}`,
      '5 passed, 0 failed',
    ]);
    expect(status).toBe(0);
  });

  it('takes single files as well, whatever their names, and none twice', () => {
    write('a.script', INTERACTION);
    write('b.txt', INTERACTION);
    expect(run('a.script', 'b.txt', 'b.txt', '.').lines).toEqual([
      'passed  a.script',
      'passed  b.txt',
      '2 passed, 0 failed',
    ]);
  });

  it.each([
    ['an unknown command', 'fly 1\n----\nok\n', 'bad.txt:1: fly', 'unknown command'],
    ['an unknown option', '# a\n\nadd-nodes 1 wings=2\n----\nok\n', 'bad.txt:3: add-nodes', 'unknown option "wings"'],
    ['a node that there is not', 'campaign 1\n----\nok\n', 'bad.txt:1: campaign', 'no node 1'],
    ['another output', `${INTERACTION}\nraft-state\n----\nnot this\n`, 'bad.txt:9: raft-state', '1: StateFollower'],
    ['no output at all', 'campaign 1\n', 'bad.txt:1: no "----" after the command "campaign"', ''],
    ['a broken list', '\nadd-nodes 1 voters=(1\n----\nok\n', 'bad.txt:2: cannot read the arguments', ''],
  ])('a file with %s fails by name and line, and the others run', (_, content, where, why) => {
    write('bad.txt', content);
    write('good.txt', INTERACTION);
    const { status, lines, stderr } = run('.');
    const output = lines.join('\n');
    expect(output).toContain(`failed  bad.txt\n  ${where}`);
    expect(output).toContain(why);
    expect(lines.slice(-2)).toEqual(['passed  good.txt', '1 passed, 1 failed']);
    expect(stderr).toBe('');
    expect(status).toBe(1);
  });

  it('a folder that is named like a script is a folder, and a link that leads nowhere is passed over', () => {
    write('folder.txt/inside.txt', INTERACTION);
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken.txt'));
    symlinkSync(folder, join(folder, 'loop'));
    expect(run('.').lines).toEqual([`passed  ${join('folder.txt', 'inside.txt')}`, '1 passed, 0 failed']);
  });

  it('says so when there is nothing to run, and fails: that proves nothing', () => {
    const empty = run('.');
    expect(empty.stderr).toMatch(/^oracle: no \.txt file under /);
    expect(empty.lines).toEqual(['0 passed, 0 failed']);
    expect(empty.status).toBe(1);
    const absent = run('absent');
    expect(absent.stderr).toMatch(/^oracle: no such file or folder: .*absent/);
    expect(absent.status).toBe(1);
  });
});
