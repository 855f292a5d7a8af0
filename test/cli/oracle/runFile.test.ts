/** The oracle's own ability to fail, and the commands that the given scripts use least. */
import { describe, expect, it } from 'vitest';
import { runFile } from '../../../src/cli/oracle/runFile.ts';

const run = (script: string, folder = 'interaction') => runFile(`/${folder}/script.txt`, script).failure;

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

  it.each([
    ['no-such-command', 'unknown command'],
    ['raft-log 7', 'no node 7'],
    ['raft-log 0', 'no node 0'],
    ['raft-log', 'the command needs 1 arguments without a value and got 0'],
    ['raft-log 1 2=3', 'unknown option "2": the command takes none'],
    ['add-nodes x', 'not a number: "x"'],
    ['add-nodes 1001', '1001 nodes are more than the 1000 that a script may have'],
    ['add-nodes 1 voters=(1)', 'index must be specified as > 1 due to bootstrap'],
    ['add-nodes 1 prevote=perhaps', 'strconv.ParseBool: parsing "perhaps": invalid syntax'],
    ['add-nodes 1 inflight=0', 'maxInflightMessages must be at least 1'],
    ['log-level loud', 'log levels must be either of [DEBUG INFO WARN ERROR FATAL NONE]'],
    ['deliver-msgs 1 type=MsgNothing', 'unknown message type MsgNothing'],
    ['deliver-msgs 1 drop=(2,1)', "can't both deliver and drop msgs to 1"],
    ['propose 1', 'the command needs 2 arguments without a value and got 1'],
    ['propose 1 a b', 'one proposal at a time: "a" is followed by "b"'],
    ['propose 1 a=b', 'unknown option "a": the command takes none'],
    ['set-randomized-election-timeout 1 timeout=0', 'an election timeout of 0 ticks'],
    ['set-randomized-election-timeout 1', 'the option "timeout" is missing'],
    ['send-snapshot 1', 'the command needs 2 arguments without a value and got 1'],
    ['transfer-leadership to=1', 'the option "from" is missing'],
    ['stabilize 9', 'no node 9'],
  ])('a command that is not known, or not used rightly, is a difference and no crash: %s', (command, why) => {
    expect(run(`${command}\n----\nsomething\n`)).toMatchObject({ line: 1, got: why });
  });

  it.each([
    ['vote cfg=(1) votes=(x)', 'unknown vote: x'],
    ['elect', 'unknown command: elect'],
    ['committed cfg=(1,2) idx=(5,0)', 'cannot use 0 as idx: write _ where nothing was heard'],
    ['committed cfgi=(1)', 'unknown option "cfgi": the command takes cfg, cfgj, idx, votes'],
  ])('so in the other kinds of scripts: %s', (command, why) => {
    expect(run(`${command}\n----\nsomething\n`, 'quorum/testdata')).toMatchObject({ line: 1, got: why });
  });

  it('nodes that never come to rest are given up', () => {
    // Each of the two takes the other for its leader, and hands the proposal on.
    const snapshots = ['send-snapshot 1 2', 'send-snapshot 2 1', 'deliver-msgs 1 2'];
    const setup = quietly('log-level none', 'add-nodes 2 voters=(1,2) index=10', ...snapshots);
    const script = `${setup}${quietly('propose 1 x', 'stabilize')}`;
    expect(run(script)).toMatchObject({
      command: 'stabilize',
      got: 'the nodes have not come to rest in 10000 rounds',
    });
  });

  it('counts the cases that passed before the difference', () => {
    const script = `${quietly('add-nodes 1 voters=(1) index=2', 'campaign 1')}raft-state\n----\nx\n`;
    expect(runFile('/interaction/script.txt', script).passedCount).toBe(2);
    expect(runFile('/interaction/script.txt', '# nothing\n')).toEqual({ passedCount: 0, failure: undefined });
  });

  it('tells the kind of a script from the nearest folder with a known name, on Windows too', () => {
    const vote = 'vote cfg=(1) votes=(y)\n----\nVoteWon\n';
    expect(runFile('C:\\data\\quorum\\testdata\\a.txt', vote).failure).toBeUndefined();
    expect(runFile('/quorum/interaction/a.txt', vote).failure).toMatchObject({ got: 'unknown command' });
    expect(runFile('/elsewhere/quorum.txt', vote).failure).toMatchObject({ got: 'unknown command' });
  });

  it('quorum: a joint configuration is told from a majority by cfgj', () => {
    const table = '       idx\nxx>     12    (id=1)\n>        5    (id=2)\nx>       6    (id=3)\n';
    const command = 'committed cfg=(1,2) cfgj=(2,3) idx=(12,5,6)\n----\n';
    expect(run(`${command}${table}5\n`, 'quorum')).toBeUndefined();
    expect(run(`${command}${table}6\n`, 'quorum')).toBeDefined();
    expect(run('committed cfgj=zero\n----\n<empty majority quorum>∞\n', 'quorum')).toBeUndefined();
    const mismatch = 'error: mismatched input (explicit or _) for voters map[1:{} 2:{}]: [2]';
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
