/** Conditions: when they hold, and what is said of one that cannot be understood. */
import { describe, expect, it } from 'vitest';
import { ConditionProblem, parseCondition } from '../../src/trace/conditions.ts';
import type { TraceBody } from '../../src/trace/events.ts';
import { entries, started, Trace } from './events.ts';

/** n1 follows n3, n2 is paused, n4 is a candidate that voted for itself, n5 is crashed. n3 leads term 4. */
function cluster(): Trace {
  const trace = new Trace();
  for (const id of [1, 2, 3, 4, 5]) trace.add(id, started(id));
  trace.add(1, { type: 'voteGranted', candidate: 3, term: 4, preVote: false });
  trace.add(3, { type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 4, leader: 3, votes: [1, 3],
    voterCount: 5, reason: '' });
  trace.add(1, { type: 'entriesAppended', entries: [...entries(3, 1, 2), ...entries(4, 3)], truncatedFrom: undefined });
  trace.add(1, { type: 'commitAdvanced', commitIndex: 2, previousCommitIndex: 0 });
  trace.add(4, { type: 'roleChanged', role: 'candidate', previousRole: 'follower', term: 5, leader: 0, votes: [],
    voterCount: 5, reason: '' });
  trace.add(2, { type: 'nodePaused' });
  trace.add(5, { type: 'nodeCrashed' });
  return trace;
}

const message = { type: 'AppendEntries', term: 4, logIndex: 2, entryCount: 1, leaderCommit: 2 } as const;
const answered: TraceBody = {
  type: 'clientAnswered', requestId: '1', text: 'put a 1', outcome: 'unknown', detail: '', totalMs: 1,
};
const finding: TraceBody = {
  type: 'safetyViolated', check: 'State Machine Safety', section: 'Raft §5.4.3', statement: '', message: '',
  nodes: [1, 2], seenAtSeq: 1,
};

describe('a condition of how things are', () => {
  it.each([
    ['n3 leads', true], ['n1 leads', false], ['somebody leads', true], ['nobody leads', false], ['two lead', false],
    ['commit of n1 >= 2', true], ['commit of n1 ≥ 3', false], ['commit of n1=2', true], ['commit of n1 < 2', false],
    ['term of n3 <= 4', true], ['term of n3 > 4', false], ['last index of n1 = 3', true], ['applied of n1 ≤ 0', true],
    ['n1 has entry 3', true], ['n1 has entry 4', false], ['n1 has entry 3 of term 4', true],
    ['n1 has entry 3 of term 3', false], ['n5 crashed', true], ['n2 is paused', true], ['n2 running', false],
    ['n1 voted for n3', true], ['n1 voted for n2', false], ['n4 voted for n4', true], ['n4 is a candidate', true],
    ['a finding', false], ['n9 crashed', false], ['not n9 crashed', true], ['N3 Leads', true],
    ['n1 leads and n2 leads or n3 leads', true], ['n1 leads and (n2 leads or n3 leads)', false],
    ['not (n1 leads or not n3 leads)', true],
  ])('%s: %s', (text, isMet) => {
    const condition = parseCondition(text);
    expect(condition).toMatchObject({ text, isMoment: false });
    expect(condition.isMet(cluster().view, null)).toBe(isMet);
  });

  it('knows what is held, and for whom', () => {
    const trace = cluster();
    const isMet = (text: string): boolean => parseCondition(text).isMet(trace.view, null);
    expect(isMet('n3 holds a message')).toBe(false);
    trace.add(3, { type: 'messageHeld', messageId: 'm', to: 1, message: { type: 'AppendEntries', term: 4 } });
    expect(['n3 holds a message', 'n3 holds an AppendEntries to n1', 'n3 holds a message to n2',
      'n3 holds a Heartbeat', 'n1 holds a message'].map(isMet)).toEqual([true, true, false, false, false]);
  });

  it('counts leaders that run, and findings by their name', () => {
    const trace = cluster();
    trace.add(4, { type: 'roleChanged', role: 'leader', previousRole: 'candidate', term: 5, leader: 4, votes: [4],
      voterCount: 5, reason: '' });
    const isMet = (text: string): boolean => parseCondition(text).isMet(trace.view, null);
    expect(isMet('two lead')).toBe(true);
    trace.add(4, { type: 'nodePaused' });
    expect(isMet('two lead')).toBe(false);
    trace.add(0, finding);
    expect(['a finding', 'finding StateMachineSafety', 'finding state machine safety and n3 leads',
      'finding ElectionSafety'].map(isMet)).toEqual([true, true, true, false]);
  });
});

describe('a condition of what happens', () => {
  const sent: [number, TraceBody] = [3, { type: 'messageSent', messageId: 'm', to: 1, message, bytes: 9 }];
  const received: [number, TraceBody] = [1, { type: 'messageReceived', messageId: 'm', from: 3, message, bytes: 9 }];
  const lost: [number, TraceBody] = [3, { type: 'messageDropped', messageId: 'm', to: 1, reason: 'loss', message }];
  const refused: [number, TraceBody] = [1, { type: 'messageDropped', messageId: 'm', from: 3, reason: 'duplicate' }];

  it.each<[string, [number, TraceBody], boolean]>([
    ['a message is sent', sent, true], ['a message arrives', sent, false], ['a message arrives', received, true],
    ['an AppendEntries from n3 to n1 arrives', received, true], ['a heartbeat from n3 arrives', received, false],
    ['a message from n1 to n3 arrives', received, false], ['a message to n1 is lost', lost, true],
    ['a message from n3 to n1 is lost', refused, true], ['an appendentries from n3 to n1 is lost', refused, false],
    ['a command is unknown', [1, answered], true], ['a command is answered', [1, answered], false],
    ['a message is lost and n3 leads', lost, true],
  ])('%s', (text, [node, body], isMet) => {
    const trace = cluster();
    const condition = parseCondition(text);
    expect(condition.isMoment).toBe(true);
    expect(condition.isMet(trace.view, null)).toBe(false);
    expect(condition.isMet(trace.view, trace.add(node, body))).toBe(isMet);
  });
});

describe('a text that is no condition', () => {
  it.each([
    ['', 1, /^column 1: the condition ends where a node, somebody/],
    ['n3 lead', 4, /"lead" stands where leads, voted for, has entry, holds, is a leader, .* is expected/],
    ['commit of n99 > 1', 11, /"n99" stands where a node \(n1, n2 …\) is expected/],
    ['commit of n1 12', 14, /=, <, >, <= or >=/],
    ['term of n1 > x', 14, /a whole number/],
    ['n1 leads n2', 10, /and, or, or the end/],
    ['(n1 leads', 10, /the condition ends where \) is expected/],
    ['a messsage is lost', 3, /message, or a kind of message/],
    ['a message from n1 dies', 19, /is sent, is held, arrives or is lost/],
    ['n1 leads and', 13, /the condition ends where a node, somebody/],
    [`n1 leads ${'or n1 leads '.repeat(40)}`, 301, /at most 300 characters/],
  ])('%s', (text, column, complaint) => {
    const problem = problemOf(text);
    expect(problem.position).toBe(column - 1);
    expect(problem.message).toMatch(complaint);
  });

  function problemOf(text: string): ConditionProblem {
    try {
      parseCondition(text);
    } catch (problem) {
      if (problem instanceof ConditionProblem) return problem;
      throw problem;
    }
    throw new Error(`${text} was understood`);
  }
});
