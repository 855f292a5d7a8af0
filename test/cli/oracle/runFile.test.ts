/** The oracle's own ability to fail, and the commands that the given scripts use least. */
import { describe, expect, it } from 'vitest';
import { runFile } from '../../../src/cli/oracle/runFile.ts';

const run = (script: string, folder = 'interaction') => runFile(`/${folder}/script.txt`, script).difference;

/** Cases that print nothing. */
const quietly = (...commands: readonly string[]): string =>
  commands.map((command) => `${command}\n----\nok\n\n`).join('');

const CLUSTER = quietly(
  'log-level none',
  'add-nodes 3 voters=(1,2,3) index=10',
  'campaign 1',
  'stabilize',
  'log-level debug',
);

describe('runFile', () => {
  it('finds the first case that differs, and says what was expected and what came', () => {
    const script = `${CLUSTER}raft-state\n----\n1: StateFollower (Voter) Term:1 Lead:1\n`;
    expect(run(script)).toMatchObject({
      line: 21,
      command: 'raft-state',
      expected: '1: StateFollower (Voter) Term:1 Lead:1',
      got: expect.stringContaining('1: StateLeader (Voter) Term:1 Lead:1') as string,
    });
  });

  it('a message that is missing, added or out of order is a difference', () => {
    const script = (messages: string) => `${CLUSTER}propose 1 x\n----\nok\n\nprocess-ready 1\n----\n${messages}\n`;
    const lines = [
      'Ready MustSync=true:',
      'Entries:',
      '1/12 EntryNormal "x"',
      'Messages:',
      '1->2 MsgApp Term:1 Log:1/11 Commit:11 Entries:[1/12 EntryNormal "x"]',
      '1->3 MsgApp Term:1 Log:1/11 Commit:11 Entries:[1/12 EntryNormal "x"]',
    ];
    expect(run(script(lines.join('\n')))).toBeUndefined();
    expect(run(script(lines.slice(0, -1).join('\n')))).toBeDefined();
    expect(run(script([...lines, lines[5]].join('\n')))).toBeDefined();
    expect(run(script([...lines.slice(0, 4), lines[5], lines[4]].join('\n')))).toBeDefined();
  });

  it('does not compare log lines, wherever they stand', () => {
    expect(run(`${CLUSTER}campaign 2\n----\nINFO something\n  DEBUG else\n`)).toBeUndefined();
  });

  it('a command that is not known, or not used rightly, is a difference and no crash', () => {
    expect(run('no-such-command\n----\nok\n')?.got).toBe('unknown command');
    expect(run('raft-log 7\n----\nok\n')?.got).toBe('no node 7');
    expect(run('add-nodes x\n----\nok\n')?.got).toBe('not a number: "x"');
    expect(run('log-level loud\n----\nok\n')?.got).toMatch(/^log levels must be/);
    expect(run('add-nodes 1 voters=(1)\n----\nok\n')?.got).toBe('index must be specified as > 1 due to bootstrap');
    expect(run('vote cfg=(1) votes=(x)\n----\nVoteWon\n', 'quorum/testdata')?.got).toBe('unknown vote: x');
  });

  it('quorum: a joint configuration is told from a majority by cfgj', () => {
    const table = '       idx\nxx>     12    (id=1)\n>        5    (id=2)\nx>       6    (id=3)\n';
    const command = 'committed cfg=(1,2) cfgj=(2,3) idx=(12,5,6)\n----\n';
    expect(run(`${command}${table}5\n`, 'quorum')).toBeUndefined();
    expect(run(`${command}${table}6\n`, 'quorum')).toBeDefined();
    expect(run('committed cfgj=zero\n----\n<empty majority quorum>∞\n', 'quorum')).toBeUndefined();
    const mismatch = 'error: mismatched input (explicit or _) for voters (1 2): [y]';
    expect(run(`vote cfg=(1,2) votes=(y)\n----\n${mismatch}\n`, 'quorum')).toBeUndefined();
  });

  it('confchange: errors are printed in the scripts’ words, and leave the configuration as it was', () => {
    const script = [
      'simple\nv1\n----\nvoters=(1)\n1: StateProbe match=0 next=1\n',
      'leave-joint\n----\ncan\'t leave a non-joint config\n',
      'simple\nu1\n----\nvoters=(1)\n1: StateProbe match=0 next=1\n',
      'enter-joint\nr1 v2\n----\nvoters=(2)&&(1)\n1: StateProbe match=0 next=1\n2: StateProbe match=0 next=3\n',
      'simple\nv3\n----\ncan\'t apply simple config change in joint config\n',
      'leave-joint\nv1\n----\nthis command takes no input\n',
      'simple\nx1\n----\nunknown input: x1\n',
    ];
    expect(run(script.join('\n'), 'confchange')).toBeUndefined();
  });
});
