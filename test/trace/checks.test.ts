/** The safety checks: each is silent over a good run and speaks up over the bug that it is there for. */
import { describe, expect, it } from 'vitest';
import type { TraceBody } from '../../src/trace/events.ts';
import { BoundedMap } from '../../src/trace/checks/check.ts';
import { SafetyChecks, VIOLATIONS_TOLD_MAX } from '../../src/trace/checks/index.ts';
import { VIOLATIONS_MAX } from '../../src/trace/view.ts';
import { entries, LAB_OPENED, started, Trace } from './events.ts';

const leads = (id: number, term: number): TraceBody => ({
  type: 'roleChanged', role: 'leader', previousRole: 'candidate', term, leader: id,
  votes: [], voterCount: 5, reason: '',
});
const follows = (term: number): TraceBody => ({
  type: 'roleChanged', role: 'follower', previousRole: 'leader', term, leader: 0,
  votes: [], voterCount: 5, reason: '',
});
const termChanged = (term: number): TraceBody => ({ type: 'termChanged', term, previousTerm: 0 });
const committed = (commitIndex: number): TraceBody => ({ type: 'commitAdvanced', commitIndex, previousCommitIndex: 0 });
const applied = (index: number, term: number, text: string): TraceBody => ({ type: 'applied', index, term, text });
const appended = (term: number, index: number, truncatedFrom?: number): TraceBody =>
  ({ type: 'entriesAppended', entries: entries(term, index), truncatedFrom });
const persisted: TraceBody =
  { type: 'persisted', entryCount: 0, bytes: 0, hardStateChanged: true, lastIndex: 0, durationMs: 0 };
const startedWith = (currentTerm: number, commitIndex = 0): TraceBody =>
  started(1, { hardState: { currentTerm, votedFor: 0, commitIndex } });

/** What the checks say of a trace: `name: message` for each violation. */
function violations(...steps: readonly (readonly [number, TraceBody])[]): string[] {
  const checks = new SafetyChecks();
  const trace = new Trace();
  return steps.flatMap(([node, body]) => checks.observe(trace.add(node, body)))
    .map(({ check, message }) => `${check}: ${message}`);
}

describe('SafetyChecks', () => {
  it('are silent over elections, crashes, repairs and wipes as they should be', () => {
    expect(violations(
      [1, startedWith(0)], [1, termChanged(1)], [1, persisted], [1, leads(1, 1)], [1, leads(1, 1)],
      [1, appended(1, 1)], [1, committed(1)], [1, applied(1, 1, 'a')], [2, applied(1, 1, 'a')],
      [1, termChanged(3)], [1, follows(3)], [1, appended(2, 2, 2)], // as a follower it is overwritten
      [2, leads(2, 3)], [2, appended(3, 3)],
      // The crash came before the new term and commitIndex were stored: nobody has heard of them.
      [1, { type: 'nodeCrashed' }], [1, startedWith(1, 0)], [1, committed(1)], [1, applied(1, 1, 'a')],
      [1001, started(1001)], [1001, termChanged(1)],
    )).toEqual([]);
  });

  it('Election Safety: two leaders in one term', () => {
    expect(violations([1, leads(1, 4)], [2, leads(2, 5)], [1003, leads(1003, 4)]))
      .toEqual(['Election Safety: n1 and n3′2 were both elected in term 4']);
    expect(violations([1, leads(1, 4)], [2, leads(2, 4)], [1, leads(1, 4)]), 'the first is the one that may')
      .toHaveLength(1);
  });

  it('Leader Append-Only: a leader that discards', () => {
    expect(violations([1, leads(1, 4)], [1, appended(4, 7, 7)]))
      .toEqual(['Leader Append-Only: leader n1 discarded its own entries from 7 on']);
    expect(violations([1, leads(1, 4)], [1, startedWith(4)], [1, appended(4, 7, 7)])).toEqual([]);
  });

  it('State Machine Safety: two things at one index', () => {
    expect(violations([1, applied(7, 2, 'incr a')], [2, applied(7, 2, 'incr b')]))
      .toEqual(['State Machine Safety: at index 7 n1 applied incr a (term 2), n2 incr b (term 2)']);
    expect(violations([1, applied(7, 2, 'incr a')], [2, applied(7, 3, 'incr a')])).toHaveLength(1);
  });

  it('commitIndex never goes back while a node runs', () => {
    expect(violations([1, committed(5)], [1, committed(5)])).toEqual([]);
    expect(violations([1, committed(5)], [2, committed(3)], [1, committed(4)]))
      .toEqual(['commitIndex never goes back: the commitIndex of n1 went from 5 back to 4']);
  });

  it('currentTerm never goes back, and what was stored survives a crash', () => {
    expect(violations([1, termChanged(5)], [1, termChanged(4)]))
      .toEqual(['currentTerm never goes back: the term of n1 went from 5 back to 4']);
    expect(violations([1, termChanged(5)], [1, persisted], [1, { type: 'nodeCrashed' }], [1, startedWith(4)]))
      .toEqual(['currentTerm never goes back: n1 had stored term 5 and came back with term 4']);
  });

  it('what they find is an event, and stays in the view in a bounded number', () => {
    const checks = new SafetyChecks();
    const trace = new Trace();
    for (let term = 1; term <= VIOLATIONS_MAX + 5; term += 1) {
      for (const node of [1, 2]) {
        for (const violated of checks.observe(trace.add(node, leads(node, term)))) trace.add(0, violated);
      }
    }
    expect(trace.view.violations).toHaveLength(VIOLATIONS_MAX);
    expect(trace.view.violations[0]).toEqual({
      check: 'Election Safety', section: 'Raft §5.2', message: 'n1 and n2 were both elected in term 1',
      statement: 'At most one leader can be elected in a given term.', nodes: [1, 2], term: 1, index: null,
      seenAtSeq: 3, atMs: 1003,
    });
    expect(trace.view.violationCount).toBe(VIOLATIONS_MAX + 5);
  });

  it('tell of a bounded number, and of the next lab anew', () => {
    const checks = new SafetyChecks();
    const trace = new Trace();
    const twoLeadersIn = (term: number) => [1, 2].flatMap((node) => checks.observe(trace.add(node, leads(node, term))));
    for (let term = 1; term <= VIOLATIONS_TOLD_MAX; term += 1) expect(twoLeadersIn(term)).toHaveLength(1);
    expect(twoLeadersIn(VIOLATIONS_TOLD_MAX + 1)).toEqual([]);
    checks.observe(trace.add(0, LAB_OPENED));
    expect(twoLeadersIn(1)).toHaveLength(1);
  });
});

describe('SafetyChecks, when events are missing', () => {
  /** What the checks say of `after`, when events of n1 were missing before it. */
  function afterMissing(before: readonly TraceBody[], after: readonly TraceBody[]): string[] {
    const checks = new SafetyChecks();
    const trace = new Trace();
    for (const body of before) expect(checks.observe(trace.add(1, body))).toEqual([]);
    checks.missed(1);
    return after.flatMap((body) => checks.observe(trace.add(1, body))).map(({ check }) => check);
  }

  it('do not call a deposed leader append-only, whose stepping down is missing', () => {
    expect(afterMissing([leads(1, 4)], [appended(5, 7, 7)])).toEqual([]);
  });

  it('do not hold a start that is missing against commitIndex and currentTerm', () => {
    expect(afterMissing([committed(9), termChanged(5)], [committed(4), termChanged(4)])).toEqual([]);
  });

  it('still hold a server to what it had stored, and to what is a fact whatever is missing', () => {
    expect(afterMissing([termChanged(5), persisted], [startedWith(4)])).toEqual(['currentTerm never goes back']);
    expect(afterMissing([applied(3, 1, 'incr a')], [applied(3, 2, 'incr b')])).toEqual(['State Machine Safety']);
    expect(afterMissing([committed(9)], [committed(9), committed(4)])).toEqual(['commitIndex never goes back']);
  });
});

describe('SafetyChecks, when a node was out of sight', () => {
  const restated = (currentTerm: number, role: 'leader' | 'follower'): TraceBody => ({
    type: 'nodeRestated', address: '10.0.0.2', port: 4000, threadId: 1, databasePath: '', boot: 2, firstIndex: 1,
    hardState: { currentTerm, votedFor: 0, commitIndex: 3 }, lastIndex: 9, tail: [], role, leader: 0, lastApplied: 3,
    configuration: { voters: [1], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false }, progress: [],
  });
  const away: TraceBody = { type: 'nodeAway', machine: 'a' };

  it('take it as it stands now: it may have crashed, stepped down and forgotten commits meanwhile', () => {
    expect(violations(
      [1, leads(1, 5)], [1, termChanged(6)], [1, committed(9)], [1, away], [1, restated(5, 'follower')],
      [1, appended(6, 7, 7)], [1, committed(4)],
    )).toEqual([]);
  });

  it('hold it to what it had stored, and to its leadership if it still leads', () => {
    expect(violations([1, termChanged(6)], [1, persisted], [1, away], [1, restated(5, 'follower')])).toHaveLength(1);
    expect(violations([1, away], [1, restated(5, 'leader')], [1, appended(6, 7, 7)])).toHaveLength(1);
  });
});

describe('BoundedMap', () => {
  it('forgets what was put in longest ago, when there is one too many', () => {
    const map = new BoundedMap<number, string>(2);
    for (const key of [1, 2]) map.set(key, 'a');
    expect([map.get(1), map.get(2)]).toEqual(['a', 'a']);
    map.set(3, 'a');
    expect([map.get(1), map.get(2), map.get(3)]).toEqual([undefined, 'a', 'a']);
    map.set(2, 'b');
    expect([map.get(2), map.get(3)]).toEqual(['b', 'a']);
  });
});

describe('SafetyChecks, over a wipe', () => {
  it('of the only node, which begins another cluster: its terms and indexes count from the beginning', () => {
    const checks = new SafetyChecks();
    const trace = new Trace();
    const steps: readonly (readonly [number, TraceBody])[] = [
      [0, { type: 'labOpened', labId: 'solo', name: 'Solo', pace: 'fast', nodes: ['n1'] }],
      [1, startedWith(0)], [1, leads(1, 1)], [1, applied(2, 1, 'put a "1"')],
      [1, { type: 'nodeWiped', incarnation: 2 }], [1001, started(1001)],
      [1001, leads(1001, 1)], [1001, applied(2, 1, 'put b "2"')],
    ];
    expect(steps.flatMap(([node, body]) => checks.observe(trace.add(node, body)))).toEqual([]);
  });

  it('of one of several changes nothing: the cluster is the same', () => {
    expect(violations(
      [0, LAB_OPENED], [1, applied(2, 1, 'put a "1"')], [1, { type: 'nodeWiped', incarnation: 2 }],
      [1001, applied(2, 1, 'put b "2"')],
    )).toHaveLength(1);
  });

  it('of the only one that is left begins another cluster; of one that a new one stands beside does not', () => {
    const one: TraceBody = { type: 'labOpened', labId: 'solo', name: 'Solo', pace: 'fast', nodes: ['n1'] };
    const two: TraceBody = { ...one, nodes: ['n1', 'n2'] };
    const wipedAfter = (...before: readonly (readonly [number, TraceBody])[]): string[] => violations(
      ...before, [1, applied(2, 1, 'put a "1"')], [1, { type: 'nodeWiped', incarnation: 2 }],
      [1001, applied(2, 1, 'put b "2"')],
    );
    expect(wipedAfter([0, one])).toEqual([]);
    expect(wipedAfter([0, two], [0, { type: 'nodeRemoved', name: 'n2' }])).toEqual([]);
    expect(wipedAfter([0, two], [0, one])).toEqual([]);
    expect(wipedAfter([0, two])).toHaveLength(1);
    expect(wipedAfter([0, one], [0, { type: 'nodeAdded', name: 'n2', incarnation: 1 }])).toHaveLength(1);
    expect(wipedAfter([0, one], [2, started(2)])).toHaveLength(1);
  });
});
