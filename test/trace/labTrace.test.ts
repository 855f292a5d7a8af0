/** The open lab's trace: numbered, watched by the safety checks, and honest about what it misses. */
import { describe, expect, it } from 'vitest';
import { LabTrace } from '../../src/trace/labTrace.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { NodeTraceEvent, TraceEvent } from '../../src/trace/events.ts';
import { COUNT_MAX } from '../../src/trace/view.ts';

const leads = (id: number, term: number): NodeTraceEvent => ({
  type: 'roleChanged', role: 'leader', previousRole: 'candidate', term, leader: id, votes: [id], voterCount: 3,
  reason: '', atMs: 1000 + term,
});
const discarded = (from: number): NodeTraceEvent =>
  ({ type: 'entriesAppended', entries: [], truncatedFrom: from, atMs: 2000 });

const restated: NodeTraceEvent = {
  type: 'nodeRestated', address: '', port: 0, threadId: 0, databasePath: '', boot: 1,
  hardState: { currentTerm: 5, votedFor: 0, commitIndex: 0 }, firstIndex: 1, lastIndex: 6, tail: [], role: 'follower',
  leader: 2, lastApplied: 0, progress: [], atMs: 1500,
  configuration: { voters: [1, 2, 3], votersOutgoing: [], learners: [], learnersNext: [], autoLeave: false },
};

function listenedTrace(): { trace: LabTrace; heard: TraceEvent[] } {
  const heard: TraceEvent[] = [];
  const trace = new LabTrace(() => 0, (events) => heard.push(...events));
  trace.record({ type: 'labOpened', labId: 'x', name: 'X', pace: 'fast', nodes: ['n1', 'n2', 'n3'] });
  return { trace, heard };
}

describe('LabTrace', () => {
  it('puts what the safety checks find behind the event that showed it, into the view and to the listener', () => {
    const { trace, heard } = listenedTrace();
    trace.recordBatch(1, [leads(1, 4)], 0);
    trace.recordBatch(2, [leads(2, 4), leads(2, 5)], 0);
    expect(heard.map(({ seq, type }) => `${seq} ${type}`)).toEqual([
      '1 labOpened', '2 roleChanged', '3 roleChanged', '4 safetyViolated', '5 roleChanged',
    ]);
    expect(trace.view.violations).toEqual([{
      check: 'Election Safety', section: 'Raft §5.2', statement: expect.any(String) as string,
      message: 'n1 and n2 were both elected in term 4', nodes: [1, 2], term: 4, index: null, seenAtSeq: 3, atMs: 1004,
    }]);
  });

  it('counts what a busy node left out, and does not cry wolf over what it has to restate', () => {
    const { trace } = listenedTrace();
    trace.recordBatch(1, [leads(1, 4)], 3); // the three are details: it is still known to lead
    expect(trace.view.droppedEvents).toBe(3);
    trace.recordBatch(1, [restated], 40); // among the forty: that it stepped down
    trace.recordBatch(1, [discarded(7)], 0);
    expect(trace.view.violations).toEqual([]);
    expect(trace.view.droppedEvents).toBe(43);
    trace.recordBatch(1, [leads(1, 6)], 3);
    trace.recordBatch(1, [discarded(9)], 2);
    expect(trace.view.violations.map(({ check }) => check)).toEqual(['Leader Append-Only']);
  });

  it('numbers each event on its own, whatever a node says it left out', () => {
    const { trace, heard } = listenedTrace();
    for (let batch = 0; batch < 3; batch += 1) {
      trace.recordBatch(1, [{ type: 'nodePaused', atMs: 1 }], Number.MAX_SAFE_INTEGER);
    }
    const [, first, ...others] = heard.map(({ seq }) => seq);
    expect(Number.isSafeInteger(first)).toBe(true);
    expect(others).toEqual([(first ?? 0) + 1, (first ?? 0) + 2]);
    expect(trace.view.droppedEvents).toBeLessThan(COUNT_MAX);
  });

  it('dates what is recorded in one call as one moment', () => {
    const { trace, heard } = listenedTrace();
    const link = { type: 'linkChanged', from: 'n1', to: 'n2' } as const;
    const faults = { ...NO_FAULTS, down: true };
    trace.record({ type: 'partitioned', groups: [['n1'], ['n2', 'n3']] }, { ...link, faults }, { ...link, faults });
    expect(new Set(heard.slice(-3).map(({ atMs }) => atMs)).size).toBe(1);
  });

  it('pages through the past until it is gone', () => {
    const { trace } = listenedTrace();
    trace.recordBatch(1, [leads(1, 1), leads(1, 2), leads(1, 3)], 0);
    expect(trace.page(4, 2).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(trace.page(2, 2).map(({ seq }) => seq)).toEqual([1]);
    expect(trace.page(1, 2)).toEqual([]);
  });
});
