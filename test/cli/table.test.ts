/** The table of the nodes, and fitting text into a terminal's columns. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { answerLines } from '../../src/cli/terminal/answerLines.ts';
import { promptFor } from '../../src/cli/terminal/prompt.ts';
import { statusOf } from '../../src/cli/terminal/status.ts';
import { COLOURED, PLAIN, styleFor } from '../../src/cli/terminal/style.ts';
import { clusterTable } from '../../src/cli/terminal/table.ts';
import { fit, padStart, widthOf, wrap } from '../../src/cli/terminal/width.ts';
import type { NodeName } from '../../src/trace/names.ts';
import { variantOf } from '../../src/trace/variant.ts';
import { entries, faults, started, Trace } from '../trace/events.ts';

/** Three nodes: n3 leads term 2, n1 follows it with a log that is not all committed, n2 is crashed. */
function smallCluster(): Trace {
  const trace = new Trace();
  trace.add(0, { type: 'labOpened', labId: 'x', name: 'Small', pace: 'fast', nodes: ['n1', 'n2', 'n3'] });
  const hardState = { currentTerm: 2, votedFor: 3, commitIndex: 2 };
  trace.add(1, started(1, { hardState, lastIndex: 4, tail: [...entries(1, 1, 2), ...entries(2, 3, 4)] }));
  trace.add(1, { type: 'leaderChanged', leader: 3, term: 2 });
  trace.add(1, { type: 'electionTimerStarted', timeoutMs: 200 });
  trace.add(3, started(3, { hardState, lastIndex: 40, tail: entries(2, 36, 37, 38, 39, 40) }));
  trace.add(3, { type: 'commitAdvanced', commitIndex: 40, previousCommitIndex: 2 });
  trace.add(3, {
    type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 2, leader: 3,
    votes: [1, 3], voterCount: 3, reason: '',
  });
  trace.add(2, { type: 'nodeCrashed' });
  return trace;
}

function cut(trace: Trace, ...links: readonly (readonly [NodeName, NodeName])[]): void {
  for (const [from, to] of links) trace.add(0, { type: 'linkChanged', from, to, faults: faults({ down: true }) });
}

describe('clusterTable', () => {
  it('shows who leads, what is committed, and how much of the election timer is left', () => {
    const { view } = smallCluster();
    const timer = view.nodes['n1']?.electionTimer?.startedAtMs ?? 0;
    expect(clusterTable(view, PLAIN, timer + 100)).toEqual([
      ' Small · 3 nodes · fast pace · n3 leads term 2',
      ' node  role             term  leader  commit  last  log, [not committed]',
      ' n1     ● follower           2  n3           2     4  1 1 [2 2]           ▮▮▮▯▯',
      ' n2     ✕ crashed            –  –            –     –',
      ' n3     ◆ leader             2  n3          40    40  …2 2 2 2 2',
    ]);
  });

  it('says of a log without entries whether a snapshot covers them', () => {
    const trace = smallCluster();
    trace.add(3, { type: 'logCompacted', firstIndex: 41 });
    const lines = clusterTable(trace.view, PLAIN, 0);
    expect(lines[4]).toBe(' n3     ◆ leader             2  n3          40    40  compacted to 40');
  });

  it('shows learners, a joint configuration while it lasts, snapshots and whether leases are allowed', () => {
    const trace = smallCluster();
    const configuration = {
      voters: [2, 3], votersOutgoing: [2, 3, 4], learners: [1], learnersNext: [], autoLeave: true,
    };
    trace.add(3, { type: 'configurationChanged', configuration });
    trace.add(0, { type: 'nodeAdded', name: 'n5', incarnation: 2 });
    trace.add(1005, started(1005));
    trace.add(3, { type: 'snapshotTaken', lastIncludedIndex: 30, lastIncludedTerm: 2, bytes: 10, durationMs: 1 });
    trace.add(0, { type: 'leaseReadsChanged', enabled: true });
    const [title, , first, , , fifth, ...rest] = clusterTable(trace.view, PLAIN, 0);
    expect(title).toBe(' Small · 4 nodes · fast pace · n3 leads term 2 · lease reads');
    expect(first).toMatch(/^ n1 {5}◌ learner /);
    expect(fifth).toMatch(/^ n5′2 {3}◌ no member /);
    expect(rest).toEqual([' joint configuration: n2 n3 n4 and n2 n3 must both agree', ' snapshots: n3 up to 30']);
  });

  it('says which Raft the lab runs where it is not Raftlab’s, above the nodes and in the prompt', () => {
    const trace = smallCluster();
    expect(promptFor('n1', trace.view)).toBe('n1 ❯ ');
    trace.add(0, { type: 'variantChanged', variant: variantOf('paper') });
    expect(clusterTable(trace.view, PLAIN, 0)[1]).toBe(' runs as in the paper');
    expect(promptFor('n1', trace.view)).toBe('n1 paper ❯ ');
    trace.add(0, { type: 'variantChanged', variant: variantOf('raftlab', ['majorityQuorum']) });
    expect(clusterTable(trace.view, PLAIN, 0)[1])
      .toBe(' ! unsafe, without majorityQuorum: half of the servers decide, not a majority (Raft §5.1)');
    expect(promptFor('n1', trace.view)).toBe('n1 unsafe ❯ ');
    expect(statusOf(trace.view).variant.rulesOff).toEqual(['majorityQuorum']);
  });

  it('says what is wrong with the network, each thing once', () => {
    const trace = smallCluster();
    cut(trace, ['n1', 'n2'], ['n2', 'n1'], ['n1', 'n3'], ['n3', 'n1']);
    trace.add(0, { type: 'linkChanged', from: 'n2', to: 'n3', faults: faults({ lossPercent: 10 }) });
    expect(clusterTable(trace.view, PLAIN, 0).slice(5)).toEqual([
      ' partition n1 | n2 n3',
      ' links n2 → n3 10 % lost',
    ]);
  });

  it('lists nodes by their numbers, and of a log only what fits, the latest last', () => {
    const trace = new Trace();
    trace.add(0, { type: 'labOpened', labId: 'x', name: 'Many', pace: 'slow', nodes: ['n10', 'n9', 'n1'] });
    const tail = entries(3, ...Array.from({ length: 12 }, (_, at) => at + 1))
      .map((entry) => ({ ...entry, term: entry.index }));
    const hardState = { currentTerm: 12, votedFor: 0, commitIndex: 0 };
    trace.add(1, started(1, { hardState, lastIndex: 12, tail }));
    trace.add(9, started(9, { lastIndex: 2, tail: entries(1, 1, 2), hardState: { ...hardState, commitIndex: 2 } }));
    trace.add(10, started(10, { lastIndex: 8, tail: tail.slice(0, 8), hardState: { ...hardState, commitIndex: 8 } }));
    expect(clusterTable(trace.view, PLAIN, 0)).toEqual([
      ' Many · 3 nodes · slow pace · no leader',
      ' node  role             term  leader  commit  last  log, [not committed]',
      ' n1     ● follower          12  –            0    12  …[5 6 7 8 9 10 11 12]',
      ' n9     ● follower          12  –            2     2  1 1',
      ' n10    ● follower          12  –            8     8  1 2 3 4 5 6 7 8',
    ]);
  });

  it('shows where programs connect, for each address', () => {
    const trace = smallCluster();
    trace.add(1, { type: 'doorOpened', address: '127.0.0.1', port: 7001 });
    expect(clusterTable(trace.view, PLAIN, 0)).toHaveLength(5);
    trace.add(0, { type: 'doorChanged', door: { isOpen: true, redirects: false, onLan: false } });
    trace.add(3, { type: 'doorOpened', address: '127.0.0.1', port: 7003 });
    expect(clusterTable(trace.view, PLAIN, 0).slice(5)).toEqual([' doors at 127.0.0.1: n1 7001 · n3 7003']);
    trace.add(3, { type: 'doorOpened', address: '10.0.0.3', port: 7003 });
    trace.add(0, { type: 'doorChanged', door: { isOpen: true, redirects: true, onLan: true } });
    expect(clusterTable(trace.view, PLAIN, 0).slice(5)).toEqual([
      ' doors at 127.0.0.1, which redirect: n1 7001', ' doors at 10.0.0.3, which redirect: n3 7003',
    ]);
  });

  it('shows of the election timer what is left, whatever the clock says, and only while the node runs', () => {
    const { view } = smallCluster();
    const n1 = view.nodes['n1'];
    if (n1 === undefined || n1.electionTimer === null) throw new Error('no timer');
    const { startedAtMs } = n1.electionTimer;
    const barAt = (nowMs: number): string => /[▮▯]*$/.exec(clusterTable(view, PLAIN, nowMs)[2] ?? '')?.[0] ?? '';
    expect([startedAtMs - 500, startedAtMs + 100, startedAtMs + 900].map(barAt)).toEqual(['▮▮▮▮▮', '▮▮▮▯▯', '▯▯▯▯▯']);
    n1.life = 'paused';
    expect(barAt(startedAtMs)).toBe('');
    expect(clusterTable(view, PLAIN, 0)[2], 'it follows nobody now').toContain('‖ paused             2  –  ');
  });

  it('counts those as voters that leave a joint configuration, and believes a node where nobody leads', () => {
    const trace = smallCluster();
    const configuration = { voters: [3], votersOutgoing: [1, 3], learners: [], learnersNext: [], autoLeave: true };
    trace.add(3, { type: 'configurationChanged', configuration });
    expect(clusterTable(trace.view, PLAIN, 0)[2]).toContain('● follower');
    trace.add(1, { type: 'configurationChanged', configuration: { ...configuration, votersOutgoing: [] } });
    expect(clusterTable(trace.view, PLAIN, 0)[2], 'the leader’s is the newest').toContain('● follower');
    trace.add(3, { type: 'nodeCrashed' });
    expect(clusterTable(trace.view, PLAIN, 0)[2]).toContain('◌ no member');
  });

  it('forgets a partition with the last node of its one side', () => {
    const trace = smallCluster();
    trace.add(0, { type: 'partitioned', groups: [['n1'], ['n2', 'n3']] });
    cut(trace, ['n1', 'n2'], ['n2', 'n1'], ['n1', 'n3'], ['n3', 'n1']);
    trace.add(0, { type: 'nodeRemoved', name: 'n1' });
    expect(clusterTable(trace.view, PLAIN, 0).join('\n')).not.toContain('partition');
  });

  it('names every snapshot, other faults of a link between two sides, and a link that is cut within one', () => {
    const trace = smallCluster();
    trace.add(1, { type: 'snapshotTaken', lastIncludedIndex: 1, lastIncludedTerm: 1, bytes: 10, durationMs: 1 });
    cut(trace, ['n2', 'n1'], ['n3', 'n1'], ['n2', 'n3']);
    trace.add(0, { type: 'linkChanged', from: 'n1', to: 'n2', faults: faults({ down: true, lossPercent: 5 }) });
    trace.add(0, { type: 'linkChanged', from: 'n1', to: 'n3', faults: faults({ down: true, delayMs: 5 }) });
    expect(clusterTable(trace.view, PLAIN, 0).slice(5)).toEqual([
      ' snapshots: n1 up to 1', ' partition n1 | n2 n3', ' links n2 → n3 cut · n1 → n2 5 % lost · n1 → n3 5 ms late',
    ]);
  });

  it('shows the last three broken guarantees', () => {
    const trace = smallCluster();
    for (const message of ['one', 'two', 'three', 'four']) {
      trace.add(0, {
        type: 'safetyViolated', check: 'Election Safety', section: '', statement: '', message, nodes: [], seenAtSeq: 1,
      });
    }
    expect(clusterTable(trace.view, PLAIN, 0).slice(-3).map((line) => line.split(': ')[1]))
      .toEqual(['two', 'three', 'four']);
  });

  it('shows a broken guarantee', () => {
    const trace = smallCluster();
    const violated = {
      check: 'Election Safety', section: 'Raft §5.2', statement: '', message: 'two leaders', nodes: [], seenAtSeq: 1,
    };
    trace.add(0, { type: 'safetyViolated', ...violated });
    expect(clusterTable(trace.view, PLAIN, 0).at(-1)).toBe(' ! Election Safety is broken: two leaders');
  });

  it('fits into 80 columns', () => {
    const trace = smallCluster();
    const tail = entries(9, ...Array.from({ length: 40 }, (_, at) => at + 1));
    trace.add(1002, started(1002, { lastIndex: 40, tail }));
    trace.add(1002, { type: 'electionTimerStarted', timeoutMs: 200 });
    for (const line of clusterTable(trace.view, PLAIN, 0)) expect(widthOf(line)).toBeLessThan(80);
  });

  it('is as wide in colour as without', () => {
    const { view } = smallCluster();
    expect(clusterTable(view, COLOURED, 0).map(widthOf)).toEqual(clusterTable(view, PLAIN, 0).map(widthOf));
  });
});

describe('styleFor', () => {
  it('colours terminals that want it', () => {
    expect(styleFor({ isTTY: true }, {})).toBe(COLOURED);
    expect(styleFor({ isTTY: true }, { NO_COLOR: '1' })).toBe(PLAIN);
    expect(styleFor({ isTTY: true }, { TERM: 'dumb' })).toBe(PLAIN);
    expect(styleFor({}, {})).toBe(PLAIN);
  });
});

describe('widths', () => {
  it('counts columns, not characters', () => {
    expect(widthOf(COLOURED.bold('abc'))).toBe(3);
    expect(widthOf('日本')).toBe(4);
    expect(widthOf('😀')).toBe(2);
    expect(widthOf('e\u0301')).toBe(1);
    expect(padStart('日', 4)).toBe('  日');
  });

  it('cuts to a width and ends the styles', () => {
    expect(fit('abcdef', 6)).toBe('abcdef');
    expect(fit('abcdef', 4)).toBe('abc…');
    expect(fit(`a${COLOURED.bad('bcdef')}`, 4)).toBe('a\u001b[38;5;203mbc…\u001b[0m');
    expect(fit('日本語', 4)).toBe('日…');
  });

  it('breaks lines at spaces, and long words anywhere', () => {
    expect(wrap('the log of n2 is shorter', 10)).toEqual(['the log of', 'n2 is', 'shorter']);
    expect(wrap('aaaaaaaaaaaa b', 8)).toEqual(['aaaaaaaa', 'aaaa b']);
  });

  it('never exceeds the width, and loses nothing', () => {
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 4, max: 40 }), (text, width) => {
      expect(widthOf(fit(text, width))).toBeLessThanOrEqual(Math.max(width, 1));
      expect(wrap(text, width).join('').replace(/ /g, '')).toBe(text.replace(/ /g, ''));
      for (const line of wrap(text, width)) expect(widthOf(line)).toBeLessThanOrEqual(width);
    }));
  });
});

describe('answerLines', () => {
  it('marks what is wrong, and puts the detail where there is room', () => {
    const words = { tone: 'error', text: 'no such thing', detail: 'at character 1' } as const;
    expect(answerLines(words, PLAIN)).toEqual(['  ! no such thing  at character 1']);
    expect(answerLines(words, PLAIN, 20)).toEqual(['  ! no such thing', '  at character 1']);
    expect(answerLines({ tone: 'unknown', text: 'a', detail: '' }, PLAIN)).toEqual(['  ? a']);
    expect(answerLines({ tone: 'ok', text: 'a\nb', detail: 'd' }, PLAIN)).toEqual(['  a', '  b  d']);
  });
});
