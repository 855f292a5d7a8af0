import { describe, expect, it } from 'vitest';
import type { ProgressStatus } from '../../../src/raft/types.ts';
import { statusWords } from '../../../src/renderer/console/statusTable.ts';
import { waitingFor } from '../../../src/renderer/console/waiting.ts';
import { NO_FAULTS } from '../../../src/trace/events.ts';
import type { TraceBody } from '../../../src/trace/events.ts';
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

describe('what a command waits for', () => {
  it('is an answer over the leader, or a majority that stores the entry', () => {
    const view = clusterOfThree();
    nodeOf(view, 'n3').commitIndex = 4;
    expect(waitingFor(view, 'n1')).toBe('n1 → n3: waiting for an answer');
    expect(waitingFor(view, 'n3')).toBe('n3: waiting for an answer');
    const leader = nodeOf(view, 'n3');
    leader.lastIndex = 5;
    leader.progress = { 1: progressOf(1, 5), 2: progressOf(2, 4) };
    expect(waitingFor(view, 'n1')).toBe('n1 → n3: waiting for a majority, 2 of 3 stored');
  });

  it('is an election when nobody leads, or the leader is gone', () => {
    const view = clusterOfThree();
    nodeOf(view, 'n3').life = 'crashed';
    expect(waitingFor(view, 'n1')).toBe('n1 waits for n3, which does not lead any more');
    nodeOf(view, 'n1').leader = 0;
    expect(waitingFor(view, 'n1')).toBe('n1 knows no leader: waiting for an election');
  });

  it('is the node itself when it cannot answer, and the lab for everything else', () => {
    const view = clusterOfThree();
    for (const life of ['paused', 'starting', 'crashed'] as const) {
      nodeOf(view, 'n1').life = life;
      expect(waitingFor(view, 'n1')).toContain(`n1 is ${life}`);
    }
    expect(waitingFor(view, null)).toBe('waiting for the lab');
    expect(waitingFor(null, 'n1')).toBe('waiting for the lab');
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
    view.partition = [['n1'], ['n2', 'n3']];
    view.links = {
      'n1>n2': { from: 'n1', to: 'n2', faults: { ...NO_FAULTS, down: true } },
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
