/** A node's trace under load: details are told by samples, all else whole, and everything left out is counted. */
import { expect, test } from 'vitest';
import { DETAILS_PER_SAMPLE_MAX, TraceBuffer } from '../../src/server/trace/traceBuffer.ts';
import type { NodeTraceBody } from '../../src/server/protocol.ts';
import type { NodeTraceEvent } from '../../src/trace/events.ts';
import { LOG_TAIL_MAX } from '../../src/trace/view.ts';
import { progressOf, TestClock } from './support.ts';

const MAX = DETAILS_PER_SAMPLE_MAX;
/** The beginnings of two of the quarters of a second that samples begin with. */
const THEN_MS = 1000;
const LATER_MS = 1250;
const FLUSH_MS = 16;

const applied = (index: number): NodeTraceBody & { type: 'applied' } =>
  ({ type: 'applied', index, term: 1, text: '' });
const termChanged = (term: number): NodeTraceBody => ({ type: 'termChanged', term, previousTerm: term - 1 });
const restated: NodeTraceBody = { type: 'nodeStopped' }; // any event that is no detail stands for it
const appended = (index: number, truncatedFrom?: number): NodeTraceBody =>
  ({ type: 'entriesAppended', entries: [{ index, term: 1, type: 'command', bytes: 9 }], truncatedFrom });
const committed = (commitIndex: number): NodeTraceBody =>
  ({ type: 'commitAdvanced', commitIndex, previousCommitIndex: commitIndex - 1 });
const persisted = (lastIndex: number): NodeTraceBody => {
  const hardStateChanged = lastIndex % 2 === 0;
  return { type: 'persisted', entryCount: 1, bytes: 9, hardStateChanged, lastIndex, durationMs: lastIndex };
};

interface Batch {
  readonly events: readonly NodeTraceEvent[];
  readonly dropped: number;
}

function setUp(): {
  readonly clock: TestClock;
  readonly buffer: TraceBuffer;
  readonly batches: readonly Batch[];
  /** Adds one of each number, counted from 1. */
  readonly addMany: (count: number, make: (number: number) => NodeTraceBody) => void;
} {
  const batches: Batch[] = [];
  const clock = new TestClock(THEN_MS);
  const buffer = new TraceBuffer({
    send: (events, dropped) => batches.push({ events, dropped }), sendOperations: () => undefined,
    restate: () => [restated], clock,
  });
  const addMany = (count: number, make: (number: number) => NodeTraceBody): void => {
    for (let number = 1; number <= count; number += 1) {
      buffer.add(make(number));
    }
  };
  return { clock, buffer, batches, addMany };
}

const ofType = (batch: Batch | undefined, type: NodeTraceEvent['type']): readonly NodeTraceEvent[] =>
  batch?.events.filter((event) => event.type === type) ?? [];

test('a batch holds what came, in order and with its time, and an empty one is not sent', () => {
  const { clock, buffer, batches } = setUp();
  buffer.add(termChanged(1));
  clock.advance(1);
  buffer.addDetail('applied', () => applied(1));
  buffer.flush();
  buffer.flush();
  const events = [{ ...termChanged(1), atMs: THEN_MS }, { ...applied(1), atMs: THEN_MS + 1 }];
  expect(batches).toEqual([{ events, dropped: 0 }]);
});

test('a batch leaves a frame after its first event, and of one that has left nothing is sent again', () => {
  const { clock, buffer, batches, addMany } = setUp();
  buffer.add(termChanged(1));
  clock.advance(FLUSH_MS - 1);
  buffer.add(termChanged(2));
  expect(batches).toEqual([]);
  clock.advance(1);
  expect(batches.map(({ events }) => events.length)).toEqual([2]);
  addMany(2, applied);
  buffer.flush();
  clock.advance(FLUSH_MS);
  expect(batches.map(({ events }) => events.length)).toEqual([2, 2]);
  expect(clock.timerCount).toBe(0);
});

test('each type of detail has a sample in each quarter of a second; a change of term is always told', () => {
  const { clock, buffer, batches, addMany } = setUp();
  addMany(MAX + 50, applied);
  addMany(3, (number) => ({ type: 'electionTimerReset', timeoutTicks: number }));
  addMany(MAX + 50, termChanged);
  clock.stall(LATER_MS - THEN_MS);
  addMany(2, applied);
  buffer.flush();
  const [batch] = batches;
  expect(ofType(batch, 'electionTimerReset')).toHaveLength(3);
  expect(ofType(batch, 'termChanged')).toHaveLength(MAX + 50);
  // What stands for all that was left out, and then the next sample.
  expect(ofType(batch, 'applied').slice(MAX)).toEqual([
    { ...applied(MAX + 50), atMs: THEN_MS }, { ...applied(1), atMs: LATER_MS }, { ...applied(2), atMs: LATER_MS },
  ]);
  expect(batch?.dropped).toBe(49);
});

test('of messages that were held every end is told, however busy the node', () => {
  const { buffer, batches, addMany } = setUp();
  addMany(MAX + 50, (number) => ({ type: 'messageDropped', messageId: String(number), to: 2, reason: 'loss' }));
  addMany(MAX + 50, (number) => ({ type: 'messageDropped', messageId: String(number), to: 2, reason: 'by-hand' }));
  buffer.flush();
  const reasons = batches[0]?.events.map((event) => (event.type === 'messageDropped' ? event.reason : ''));
  expect(reasons?.filter((reason) => reason === 'loss')).toHaveLength(MAX);
  expect(reasons?.filter((reason) => reason === 'by-hand')).toHaveLength(MAX + 50);
});

test('what is left out is never made, but for the last of it', () => {
  const { buffer } = setUp();
  let made = 0;
  for (let index = 1; index <= 1000; index += 1) {
    buffer.addDetail('applied', () => {
      made += 1;
      return applied(index);
    });
  }
  buffer.flush();
  expect(made).toBe(MAX + 1);
});

test('what the view would not know is told as one before the batch goes: log, disk, commit, timer, followers', () => {
  const { buffer, batches, addMany } = setUp();
  const progress = (id: number, matchIndex: number): NodeTraceBody => ({
    type: 'progressChanged',
    progress: progressOf(id, { matchIndex, nextIndex: matchIndex + 1 }),
  });
  addMany(MAX + 100, appended);
  addMany(MAX + 3, persisted);
  addMany(MAX + 3, committed);
  addMany(MAX + 3, (number) => ({ type: 'electionTimerStarted', timeoutMs: number }));
  addMany(MAX + 8, (number) => progress(2 + (number % 2), number));
  buffer.flush();
  const [batch] = batches;
  const last = (type: NodeTraceEvent['type']): NodeTraceEvent | undefined => ofType(batch, type).at(-1);
  const log = last('entriesAppended');
  expect(log?.type === 'entriesAppended' ? log.entries.map(({ index }) => index) : []).toEqual(
    Array.from({ length: 64 }, (_, at) => MAX + 100 - 63 + at),
  );
  expect(last('persisted')).toEqual({
    type: 'persisted', transactionCount: 3, entryCount: 3, bytes: 27, hardStateChanged: true, lastIndex: MAX + 3,
    durationMs: MAX + 3, atMs: THEN_MS,
  });
  expect(last('commitAdvanced')).toMatchObject({ previousCommitIndex: MAX, commitIndex: MAX + 3 });
  expect(last('electionTimerStarted')).toMatchObject({ timeoutMs: MAX + 3 });
  expect(ofType(batch, 'progressChanged').slice(MAX)).toMatchObject([
    { progress: { id: 3, matchIndex: MAX + 7 } }, { progress: { id: 2, matchIndex: MAX + 8 } },
  ]);
  expect((batch?.events.length ?? 0) + (batch?.dropped ?? 0)).toBe(5 * MAX + 117);
});

test('what was left out does not come behind what undoes it', () => {
  const { buffer, batches, addMany } = setUp();
  addMany(MAX + 2, appended);
  buffer.add(appended(50, 50));
  buffer.flush();
  expect(ofType(batches[0], 'entriesAppended').slice(MAX)).toMatchObject([
    { entries: [{ index: MAX + 1 }, { index: MAX + 2 }] }, { entries: [{ index: 50 }], truncatedFrom: 50 },
  ]);
});

test('even what matters most has a bound, and the node then says how it stands', () => {
  const { buffer, batches, addMany } = setUp();
  addMany(10_000, termChanged);
  buffer.flush();
  expect(ofType(batches[0], 'termChanged')).toHaveLength(4000);
  expect(batches[0]?.events.at(-1)).toEqual({ ...restated, atMs: THEN_MS });
  expect(batches[0]?.dropped).toBe(6000);
});

test('a long batch of entries is told in events of a bounded length, of which only the first shortens the log', () => {
  const { buffer, batches } = setUp();
  const all = Array.from({ length: 2 * LOG_TAIL_MAX + 1 }, (_, at) => (
    { index: 5 + at, term: 1, type: 'command', bytes: 9 } as const));
  buffer.add({ type: 'entriesAppended', entries: all, truncatedFrom: 5 });
  buffer.flush();
  const told = batches.flatMap(({ events }) => events).filter((event) => event.type === 'entriesAppended');
  expect(told.map(({ truncatedFrom }) => truncatedFrom)).toEqual([5, undefined, undefined]);
  expect(told.map(({ entries }) => entries.length)).toEqual([LOG_TAIL_MAX, LOG_TAIL_MAX, 1]);
  expect(told.flatMap(({ entries }) => entries)).toEqual(all);
});
