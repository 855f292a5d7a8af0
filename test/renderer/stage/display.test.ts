import { describe, expect, it } from 'vitest';
import { logStrip } from '../../../src/renderer/stage/logStrip.ts';
import type { LogStrip } from '../../../src/renderer/stage/logStrip.ts';
import { faultsText, linkDisplays, placeChips } from '../../../src/renderer/stage/linkDisplay.ts';
import { jointMark, nodeDisplay } from '../../../src/renderer/stage/nodeDisplay.ts';
import { stageHint } from '../../../src/renderer/stage/stageHint.ts';
import { VOTES_STAY_MS, WonElections } from '../../../src/renderer/stage/wonElections.ts';
import { announcements, headlinesOf } from '../../../src/renderer/stage/announce.ts';
import { NO_FAULTS } from '../../../src/trace/events.ts';
import type { NodeName } from '../../../src/trace/names.ts';
import type { ClusterView, NodeLife } from '../../../src/trace/view.ts';
import { clusterView, cutBetween, nodeView, setFaults } from './support.ts';

function shown(view: ClusterView, name: NodeName) {
  const node = view.nodes[name];
  if (node === undefined) throw new Error(`no ${name}`);
  return nodeDisplay(view, node, 6);
}

const progressAt = (id: number, matchIndex: number) => ({
  id, state: 'replicate', matchIndex, nextIndex: matchIndex + 1, isLearner: false,
  recentActive: true, silent: false,
  inflightMessages: 0, inflightFull: false, pendingSnapshot: 0, paused: false,
} as const);

describe('the log strip', () => {
  it('shows the last entries, the uncommitted ones apart', () => {
    const strip = logStrip(nodeView(1, { lastIndex: 8, commitIndex: 6 }), 8, 6);
    expect(strip.cells.map((cell) => [cell.index, cell.state])).toEqual([
      [3, 'committed'], [4, 'committed'], [5, 'committed'], [6, 'committed'], [7, 'uncommitted'], [8, 'uncommitted'],
    ]);
    expect(strip.behindBy).toBe(0);
  });

  it('is aligned by index: who misses an entry has a hole where the others have it', () => {
    const strip = logStrip(nodeView(2, { lastIndex: 6, commitIndex: 6 }), 8, 6);
    expect(strip.cells.map((cell) => cell.index)).toEqual([3, 4, 5, 6, 7, 8]);
    expect(strip.cells.slice(-2).map((cell) => cell.state)).toEqual(['missing', 'missing']);
  });

  it('says how far a node is behind when none of the others’ last entries is in its log', () => {
    const strip = logStrip(nodeView(2, { lastIndex: 4, commitIndex: 4 }), 20, 6);
    expect(strip.behindBy).toBe(16);
    expect(strip.cells.map((cell) => cell.index)).toEqual([1, 2, 3, 4]);
  });

  it('marks what a snapshot holds, and is all holes for an empty log', () => {
    const compacted = nodeView(1, { lastIndex: 4, tail: [{ index: 4, term: 2, type: 'no-op', bytes: 0 }] });
    const empty = nodeView(1, { lastIndex: 0 });
    const states = (strip: LogStrip) => strip.cells.map((cell) => cell.state);
    expect(states(logStrip(compacted, 4, 3))).toEqual(['compacted', 'compacted', 'uncommitted']);
    expect(states(logStrip(empty, 2, 6))).toEqual(['missing', 'missing']);
    expect(logStrip(empty, 0, 6).cells).toEqual([]);
  });
});

describe('a node', () => {
  it('that leads says how many have its next entry', () => {
    const view = clusterView(5, { n1: { lastIndex: 4, progress: { 2: progressAt(2, 4), 3: progressAt(3, 3) } } });
    expect(shown(view, 'n1')).toMatchObject({ look: 'leader', stateText: 'commit 3', noteText: '2 of 5 have 4' });
  });

  it('says nothing of a log that it does not know yet', () => {
    const view = clusterView(3, { n2: { life: 'starting', boot: 0, term: 0, lastIndex: 0 } });
    expect(shown(view, 'n2')).toMatchObject({ termText: '', strip: null, stateText: 'opens its file' });
    expect(shown(view, 'n3').strip?.cells).toHaveLength(3);
  });

  it('says how many it sees only when that is no majority', () => {
    const view = clusterView(5);
    expect(shown(view, 'n2').noteText).toBe('');
    cutBetween(view, [['n1', 'n2'], ['n3', 'n4', 'n5']]);
    expect(shown(view, 'n2').noteText).toBe('sees 2 of 5');
    expect(shown(view, 'n4').noteText).toBe('');
  });

  it('that asks for votes shows who answered what', () => {
    const view = clusterView(4, { n2: { role: 'candidate', term: 2, votes: { 2: true, 3: true, 4: false } } });
    const display = shown(view, 'n2');
    expect(display.votes).toEqual([
      { peer: 'n1', state: 'pending' }, { peer: 'n3', state: 'granted' }, { peer: 'n4', state: 'refused' },
    ]);
    expect(display.noteText).toBe('2 of 4 votes');
    expect(display.ariaLabel).toContain('n3 granted its vote, n4 refused its vote');
    const before = clusterView(4, { n2: { role: 'pre-candidate', votes: { 2: true, 3: true } } });
    expect(shown(before, 'n2').noteText).toBe('2 of 4 pre-votes');
  });

  it('that won an election just now shows who voted for it, for a while', () => {
    const view = clusterView(3, { n1: { term: 2 } });
    const elections = new WonElections();
    elections.see({
      type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 2, leader: 1, votes: [1, 3], voterCount: 3,
      reason: 'a majority voted for it', seq: 1, atMs: 0, node: 1,
    }, 'class', 1000);
    const node = view.nodes['n1'];
    const display = node && nodeDisplay(view, node, 6, elections.of('n1', 2, 1001));
    expect(display?.votes).toEqual([{ peer: 'n2', state: 'pending' }, { peer: 'n3', state: 'granted' }]);
    expect(display?.noteText).toBe('2 of 3 votes');
    expect(elections.of('n1', 3, 1001)).toBeNull();
    expect(elections.prune(1001)).toBe(1000 + VOTES_STAY_MS.class);
    expect(elections.of('n1', 2, 1000 + VOTES_STAY_MS.class)).toBeNull();
    expect(elections.prune(1000 + VOTES_STAY_MS.class)).toBeNull();
    expect(shown(view, 'n1').votes).toEqual([]);
  });

  it('that crashed keeps its file', () => {
    const display = shown(clusterView(3, { n2: { life: 'crashed' } }), 'n2');
    expect(display).toMatchObject({ look: 'crashed', stateText: 'file keeps 3 entries', noteText: '' });
    expect(display.ariaLabel).toBe('n2, crashed, its file keeps 3 entries');
    const compacted = shown(clusterView(3, { n2: { life: 'crashed', firstIndex: 4 } }), 'n2');
    expect(compacted.stateText).toBe('file keeps a snapshot to 3');
    // One that has not run since the lab was opened has said nothing of its file.
    expect(shown(clusterView(3, { n2: { life: 'crashed', boot: 0 } }), 'n2').stateText).toBe('its file stays');
  });

  it('that failed says why', () => {
    const failure = { code: 'disk-full', message: 'The disk is full.' };
    const display = shown(clusterView(3, { n2: { life: 'failed', failure } }), 'n2');
    expect(display.stateText).toBe('the disk is full');
    expect(display.strip).not.toBeNull();
    const lost = { code: 'corrupt-file', message: 'raft.db of n2 is corrupt.' };
    expect(shown(clusterView(3, { n2: { life: 'failed', failure: lost } }), 'n2'))
      .toMatchObject({ stateText: 'its file is lost', strip: null, termText: '' });
    expect(display.ariaLabel).toContain('The disk is full.');
  });

  it('that was wiped is joining under its new identity, and its old one still counts', () => {
    const view = clusterView(3, { n3: { id: 1003, incarnation: 2, configuration: null } });
    expect(shown(view, 'n3')).toMatchObject({ fullName: 'n3′2', look: 'joining' });
    cutBetween(view, [['n1'], ['n2', 'n3']]);
    expect(shown(view, 'n2').noteText).toBe('sees 1 of 3');
  });

  it('tells a screen reader its whole state', () => {
    expect(shown(clusterView(3), 'n2').ariaLabel)
      .toBe('n2, follower in term 1, commit index 3, applied 3, last log index 3, leader n1');
    expect(shown(clusterView(3, { n2: { life: 'paused' } }), 'n2').ariaLabel).toContain('paused as follower in term 1');
  });
});

describe('a node in a joint configuration', () => {
  const joint = { voters: [2, 3, 4], votersOutgoing: [1, 2, 3], learners: [5], learnersNext: [], autoLeave: true };
  const view = clusterView(5);
  for (const node of Object.values(view.nodes)) node.configuration = joint;

  it('says in which half it votes', () => {
    expect((['n1', 'n2', 'n4', 'n5'] as const).map((name) => jointMark(shown(view, name).standing)))
      .toEqual(['old', 'old+new', 'new', '']);
    expect(shown(view, 'n4').ariaLabel).toContain('votes in C_new only');
    expect(shown(view, 'n5').look).toBe('learner');
  });

  it('that is cut off says what it sees of both halves', () => {
    const parted = structuredClone(view);
    cutBetween(parted, [['n1', 'n2'], ['n3', 'n4', 'n5']]);
    expect(shown(parted, 'n2').noteText).toBe('sees 2 of 3 old, 1 of 3 new');
    expect(stageHint(parted)?.text).toContain('needs 2 old and 2 new');
  });

  it('is told of in the hint while it lasts', () => {
    expect(stageHint(view)).toEqual({
      title: 'Joint configuration',
      text: 'C_old n1 n2 n3 · C_new n2 n3 n4: a majority of each is needed (§4.3).',
    });
  });
});

describe('links', () => {
  it('show what is cut, and which way', () => {
    const view = clusterView(3);
    setFaults(view, 'n1', 'n2', { down: true });
    setFaults(view, 'n1', 'n3', { down: true });
    setFaults(view, 'n3', 'n1', { down: true });
    expect(linkDisplays(view).map((link) => [link.key, link.cut])).toEqual([
      ['n1-n2', 'forth'], ['n1-n3', 'both'], ['n2-n3', 'none'],
    ]);
    expect(linkDisplays(view)[0]?.text).toBe('link n1–n2: cut from n1 to n2');
  });

  it('show loss and delay once when they are the same both ways, else each way', () => {
    const view = clusterView(2);
    setFaults(view, 'n1', 'n2', { lossPercent: 10, delayMs: 50, jitterMs: 20 });
    expect(linkDisplays(view)[0]?.chips).toEqual([{ direction: 'forth', text: '10 % loss · +50 ± 20 ms' }]);
    setFaults(view, 'n2', 'n1', { lossPercent: 10, delayMs: 50, jitterMs: 20 });
    expect(linkDisplays(view)[0]?.chips).toEqual([{ direction: 'both', text: '10 % loss · +50 ± 20 ms' }]);
  });

  it('have no words for zero', () => {
    expect(faultsText(NO_FAULTS)).toBe('');
  });

  it('keep their chips apart', () => {
    const chip = { a: { x: 0, y: 0 }, b: { x: 400, y: 0 }, direction: 'both', width: 80, height: 18 } as const;
    const points = placeChips([chip, chip, chip, chip], []);
    for (const [index, point] of points.entries()) {
      for (const other of points.slice(index + 1)) {
        expect(Math.abs(point.x - other.x) >= 80 || Math.abs(point.y - other.y) >= 18).toBe(true);
      }
    }
  });
});

describe('the hint', () => {
  const without = (view: ClusterView): ClusterView => {
    for (const node of Object.values(view.nodes)) node.role = 'follower';
    return view;
  };

  it('is silent while a leader has a majority', () => {
    expect(stageHint(clusterView(5))).toBeNull();
  });

  it('speaks while nodes start, and before there is a leader', () => {
    const starting = clusterView(3);
    for (const node of Object.values(starting.nodes)) node.life = 'starting';
    expect(stageHint(starting)?.title).toBe('The nodes are starting');
    expect(stageHint(without(clusterView(3)))?.title).toBe('No leader yet');
  });

  it('speaks when no majority runs, and when none can reach each other', () => {
    const crashed = { life: 'crashed' } as const;
    expect(stageHint(without(clusterView(3, { n2: crashed, n3: crashed })))).toEqual({
      title: 'No majority is running', text: 'Voters that run: 1 of 3. A leader needs 2.',
    });
    const parted = without(clusterView(5));
    cutBetween(parted, [['n1', 'n2'], ['n3', 'n4'], ['n5']]);
    expect(stageHint(parted)).toEqual({
      title: 'No voter reaches a majority', text: '3 of 5 voters must reach each other to elect a leader.',
    });
  });

  it('says of a leader without a majority that it leads, cannot commit, and will step down', () => {
    const parted = clusterView(5);
    cutBetween(parted, [['n1', 'n2'], ['n3', 'n4', 'n5']]);
    const crashed = { life: 'crashed' } as const;
    for (const view of [parted, clusterView(5, { n3: crashed, n4: crashed, n5: crashed })]) {
      expect(stageHint(view)).toEqual({
        title: 'n1 leads but cannot commit',
        text: 'It reaches 2 of 5 voters and needs 3: unless they answer, it steps down '
          + '(check-quorum, dissertation §6.2).',
      });
    }
  });

  it('says who stepped down and why, until that node knows a leader', () => {
    const former = { role: 'follower', leader: 0, quorumLostInTerm: 4 } as const;
    const parted = clusterView(5, { n1: former });
    cutBetween(parted, [['n1', 'n2'], ['n3', 'n4', 'n5']]);
    expect(stageHint(parted)).toEqual({
      title: 'No leader yet',
      text: 'n1 stepped down: it heard from no majority (check-quorum, dissertation §6.2). '
        + 'An election starts when a timer runs out.',
    });
    // A later term had a leader, which has crashed: that n1 stepped down is not why there is none now.
    const later = clusterView(5, { n1: former, n3: { life: 'crashed', term: 5 }, n4: { term: 5 }, n5: { term: 5 } });
    expect(stageHint(later)?.text).toBe('An election starts when a timer runs out.');
    const elected = clusterView(5, { n1: former, n3: { role: 'leader', term: 5 } });
    expect(stageHint(elected)).toEqual({
      title: 'n1 stepped down',
      text: 'It led term 4 and heard from no majority (check-quorum, dissertation §6.2).',
    });
  });

  it('counts a link that loses all datagrams as one that is cut', () => {
    const view = clusterView(3, {});
    for (const [from, to] of [['n1', 'n2'], ['n2', 'n3'], ['n3', 'n1']] as const) {
      setFaults(view, from, to, { lossPercent: 100 });
    }
    expect(stageHint(view)?.title).toBe('n1 leads but cannot commit');
  });

  it('says what nodes are that do not run, and offers only what works', () => {
    const lives = (...all: NodeLife[]) =>
      clusterView(all.length, Object.fromEntries(all.map((life, rank) => [`n${rank + 1}`, { life }])));
    const told = (...all: NodeLife[]) => {
      const { title, text } = stageHint(lives(...all)) ?? { title: '', text: '' };
      return `${title}: ${text}`;
    };
    expect(told('paused', 'paused', 'paused'))
      .toBe('All 3 nodes are paused: Select one and press Space to resume it.');
    expect(told('paused')).toBe('n1 is paused: Select it and press Space to resume it.');
    expect(told('crashed', 'crashed')).toBe('All 2 nodes crashed: Select one and press R to restart it.');
    expect(told('stopped')).toBe('n1 is stopped: Select it and press R to restart it.');
    expect(told('failed', 'failed')).toBe('All 2 nodes failed: Select one: the inspector says why it failed.');
    expect(told('away', 'away')).toBe('All 2 nodes are away: They return when their machines connect again.');
    expect(told('away')).toBe('n1 is away: It returns when its machine connects again.');
    expect(told('paused', 'crashed', 'away')).toBe('No node is running: 1 paused, 1 crashed, 1 away. '
      + 'Select one: Space resumes a paused node, R restarts a crashed or stopped one.');
    expect(told('starting', 'paused')).toContain('The nodes are starting');
    expect(stageHint(lives('paused', 'crashed'), () => false)?.text)
      .toBe('1 paused, 1 crashed. Only the host can bring them back.');
  });

  it('says that the vote of a node that is away still counts, and how to do without it', () => {
    const view = clusterView(3, { n3: { life: 'away' } });
    expect(stageHint(view)).toEqual({
      title: 'n3 is away',
      text: 'Its machine is not connected, and its vote still counts. '
        + 'To do without it: right-click, Remove from the cluster.',
    });
    expect(stageHint(view, () => false)?.text).not.toContain('Remove');
  });
});

describe('announcements', () => {
  it('tell of crashes, leaders, elections and partitions, and of nothing else', () => {
    const before = headlinesOf(clusterView(3));
    expect(announcements(before, before)).toEqual([]);
    expect(announcements(before, headlinesOf(clusterView(3, { n1: { commitIndex: 3, lastIndex: 9 } })))).toEqual([]);

    const leaderless = headlinesOf(clusterView(3, { n1: { life: 'crashed' } }));
    expect(announcements(before, leaderless)).toEqual(['n1 crashed.', 'There is no leader.']);

    const asking = headlinesOf(clusterView(3, { n1: { life: 'crashed' }, n2: { role: 'candidate', term: 2 } }));
    expect(announcements(leaderless, asking)).toEqual(['Election: n2 asks for votes.']);

    const elected = headlinesOf(clusterView(3, { n1: { life: 'crashed' }, n2: { role: 'leader', term: 2 } }));
    expect(announcements(asking, elected)).toEqual(['n2 leads term 2.']);

    const parted = clusterView(3);
    cutBetween(parted, [['n1'], ['n2', 'n3']]);
    expect(announcements(before, headlinesOf(parted))).toEqual(['Partition: n1 (minority) | n2 n3 (majority).']);
    expect(announcements(headlinesOf(parted), before)).toEqual(['The network is whole again.']);
  });
});
