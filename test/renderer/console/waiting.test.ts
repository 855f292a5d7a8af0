import { describe, expect, it } from 'vitest';
import type { ProgressStatus } from '../../../src/raft/types.ts';
import { statusWords } from '../../../src/renderer/console/statusTable.ts';
import { waitingFor } from '../../../src/renderer/console/waiting.ts';
import type { WaitsEvent } from '../../../src/renderer/console/waiting.ts';
import { NO_FAULTS } from '../../../src/trace/events.ts';
import type { ClientWait, TraceBody } from '../../../src/trace/events.ts';
import { applyEvent, emptyView } from '../../../src/trace/fold.ts';
import type { ClusterView, NodeView } from '../../../src/trace/view.ts';

/** Three nodes of which n3 leads term 2; n1 and n2 follow it. */
function clusterOfThree(): ClusterView {
  const view = emptyView();
  const names = ['n1', 'n2', 'n3'] as const;
  const opened: TraceBody = { type: 'labOpened', labId: 'a', name: 'A', pace: 'class', nodes: names };
  const bodies: [node: number, body: TraceBody][] = [[0, opened]];
  for (const [index, name] of names.entries()) {
    bodies.push([index + 1, {
      type: 'nodeStarted', name, incarnation: 1, address: '127.0.0.1', port: 1, threadId: 1, databasePath: '', boot: 1,
      hardState: { currentTerm: 2, votedFor: 3, commitIndex: 4 }, firstIndex: 1, lastIndex: 4, tail: [], openMs: 1,
    }]);
    bodies.push([index + 1, { type: 'leaderChanged', leader: 3, term: 2 }]);
  }
  bodies.push([3, {
    type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 2, leader: 3, votes: [3], voterCount: 3,
    reason: '',
  }]);
  for (const [index, [node, body]] of bodies.entries()) {
    applyEvent(view, { ...body, node, seq: index + 1, atMs: index });
  }
  return view;
}

function nodeOf(view: ClusterView, name: 'n1' | 'n3'): NodeView {
  const node = view.nodes[name];
  if (node === undefined) throw new Error(`${name} is missing`);
  return node;
}

const progressOf = (id: number, matchIndex: number): ProgressStatus => ({
  id, state: 'replicate', matchIndex, nextIndex: matchIndex + 1, isLearner: false,
  recentActive: true, silent: false,
  inflightMessages: 0, inflightFull: false, paused: false, pendingSnapshot: 0,
});

const waits = (waitsFor: ClientWait, index?: number, term = 2): WaitsEvent => ({
  type: 'clientWaits', requestId: 'a', text: 'put k 1', waitsFor, ...(index === undefined ? {} : { index, term }),
  seq: 1, atMs: 0, node: 1,
});

describe('what a command waits for', () => {
  it('is an answer over the leader, as long as the asked node has told nothing', () => {
    const view = clusterOfThree();
    nodeOf(view, 'n3').lastIndex = 9;
    expect(waitingFor(view, 'n1', null)).toBe('n1 → n3: waiting for an answer');
    expect(waitingFor(view, 'n3', null)).toBe('n3: waiting for an answer');
  });

  it('is a majority that stores its own entry, not another one', () => {
    const view = clusterOfThree();
    const leader = nodeOf(view, 'n3');
    leader.lastIndex = 7;
    leader.progress = { 1: progressOf(1, 6), 2: progressOf(2, 5) };
    expect(waitingFor(view, 'n1', waits('commit'))).toBe('n1 → n3: waiting for the leader to append the entry');
    expect(waitingFor(view, 'n1', waits('commit', 6))).toBe('n1 → n3: entry 6 waits for a majority, 2 of 3 have it');
    expect(waitingFor(view, 'n3', waits('commit', 7))).toBe('n3: entry 7 waits for a majority, 1 of 3 have it');
    expect(waitingFor(view, 'n3', waits('commit', 5, 1)), 'another entry 5 than the leader’s')
      .toBe('n3: entry 5 waits for a majority');
    leader.tail = [{ index: 5, term: 1, type: 'command', bytes: 1 }];
    expect(waitingFor(view, 'n3', waits('commit', 5, 1))).toBe('n3: entry 5 waits for a majority, 3 of 3 have it');
  });

  it('is its client’s session first, of which that is said', () => {
    const view = clusterOfThree();
    const leader = nodeOf(view, 'n3');
    leader.lastIndex = 5;
    leader.progress = { 1: progressOf(1, 5), 2: progressOf(2, 4) };
    expect(waitingFor(view, 'n1', waits('session')))
      .toBe('n1 → n3: in no log yet; first the client session needs a majority');
    expect(waitingFor(view, 'n1', waits('session', 5)))
      .toBe('n1 → n3: in no log yet; first the client session, entry 5, needs a majority, 2 of 3 have it');
  });

  it('is of a read its index, then until that is applied', () => {
    const view = clusterOfThree();
    expect(waitingFor(view, 'n1', waits('read-index')))
      .toBe('n1 → n3: waiting until a majority confirms that the leader still leads');
    expect(waitingFor(view, 'n1', waits('apply', 9))).toBe('n1 → n3: waiting to apply entry 9');
  });

  it('is an election when nobody leads, or the leader is gone', () => {
    const view = clusterOfThree();
    nodeOf(view, 'n3').life = 'crashed';
    expect(waitingFor(view, 'n1', null)).toBe('n1 follows n3, which does not lead');
    nodeOf(view, 'n1').leader = 0;
    expect(waitingFor(view, 'n1', waits('leader'))).toBe('n1 knows no leader: waiting for an election');
    expect(waitingFor(view, 'n1', waits('commit', 5)))
      .toBe('n1 knows no leader: waiting for an election; entry 5 is in its log, not committed');
  });

  it('is the node itself when it cannot answer, and the lab for everything else', () => {
    const view = clusterOfThree();
    for (const life of ['paused', 'starting', 'crashed'] as const) {
      nodeOf(view, 'n1').life = life;
      expect(waitingFor(view, 'n1', waits('commit', 5))).toContain(`n1 is ${life}`);
    }
    expect(waitingFor(view, null, null)).toBe('waiting for the lab');
    expect(waitingFor(null, 'n1', null)).toBe('waiting for the lab');
  });
});

describe('status', () => {
  it('tells a log that was compacted from one that is empty', () => {
    const view = clusterOfThree();
    Object.assign(nodeOf(view, 'n1'), { firstIndex: 153, lastIndex: 152 });
    Object.assign(nodeOf(view, 'n3'), { firstIndex: 1, lastIndex: 0 });
    const lines = statusWords(view).text.split('\n');
    expect(lines[1]).toMatch(/^n1 .*compacted to 152 /);
    expect(lines[3]).toMatch(/^n3 .* empty /);
  });

  it('tells of nodes, partition and links, and of a link that the partition cuts only once', () => {
    const view = clusterOfThree();
    nodeOf(view, 'n1').life = 'crashed';
    for (const [from, to] of [['n1', 'n2'], ['n2', 'n1'], ['n1', 'n3'], ['n3', 'n1']] as const) {
      view.links[`${from}>${to}`] = { from, to, faults: { ...NO_FAULTS, down: true } };
    }
    view.links = {
      ...view.links,
      'n3>n2': { from: 'n3', to: 'n2', faults: { ...NO_FAULTS, lossPercent: 10 } },
    };
    expect(statusWords(view).text.split('\n')).toEqual([
      'node  state     term  leader  log  commit  applied',
      expect.stringMatching(/^n1 {4}crashed {3}2 {5}- {7}1–4/),
      expect.stringMatching(/^n2 {4}follower {2}2 {5}n3 {6}1–4/),
      expect.stringMatching(/^n3 {4}leader {4}2 {5}n3/),
      'pace class',
      'partition n1 | n2 n3',
      'link n3 → n2: 10 % lost',
    ]);
  });
});
