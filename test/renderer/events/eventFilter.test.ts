import { describe, expect, it, vi } from 'vitest';
import {
  DEFAULT_FILTER, filterTest, isDefaultFilter, toggled, toggledNode,
} from '../../../src/renderer/events/eventFilter.ts';
import { isRoutine } from '../../../src/renderer/events/eventKinds.ts';
import type { TraceBody } from '../../../src/trace/events.ts';
import { APPLIED, HEARTBEAT, eventOf } from './support.ts';

const PARTITION: TraceBody = { type: 'partitioned', groups: [['n1'], ['n2', 'n3']] };
const APPEND: TraceBody = {
  type: 'messageSent', messageId: '1.1.2', to: 2, bytes: 40, message: { type: 'AppendEntries', term: 1 },
};
const textOf = vi.fn(() => 'n1 applied put colour "red"');

describe('isRoutine', () => {
  it('tells the traffic from the story', () => {
    expect([HEARTBEAT, APPEND].map((body) => isRoutine(eventOf(1, body)))).toEqual([true, true]);
    expect([APPLIED, PARTITION].map((body) => isRoutine(eventOf(1, body)))).toEqual([false, false]);
  });
});

describe('filterTest', () => {
  it('hides heartbeats, messages and the disk at first', () => {
    const passes = filterTest(DEFAULT_FILTER, textOf);
    expect(passes(eventOf(1, APPLIED))).toBe(true);
    expect(passes(eventOf(1, PARTITION, 0))).toBe(true);
    expect(passes(eventOf(1, HEARTBEAT))).toBe(false);
    expect(passes(eventOf(1, {
      type: 'persisted', entryCount: 1, bytes: 9, hardStateChanged: false, lastIndex: 1, durationMs: 0.2,
    }))).toBe(false);
  });

  it('keeps the chosen nodes, a wiped one as well, and what the lab did', () => {
    const passes = filterTest({ ...DEFAULT_FILTER, nodes: new Set([3]) }, textOf);
    expect(passes(eventOf(1, APPLIED, 3))).toBe(true);
    expect(passes(eventOf(1, APPLIED, 1003))).toBe(true);
    expect(passes(eventOf(1, APPLIED, 2))).toBe(false);
    expect(passes(eventOf(1, PARTITION, 0))).toBe(true);
  });

  it('keeps what is important only, on demand', () => {
    const passes = filterTest({ ...DEFAULT_FILTER, importantOnly: true }, textOf);
    expect([passes(eventOf(1, PARTITION, 0)), passes(eventOf(1, APPLIED))]).toEqual([true, false]);
    expect(isDefaultFilter({ ...DEFAULT_FILTER, importantOnly: true })).toBe(false);
  });

  it('wants every word of the text, whatever the case and order', () => {
    const passes = (text: string) => filterTest({ ...DEFAULT_FILTER, text }, textOf)(eventOf(1));
    expect(passes('RED  colour')).toBe(true);
    expect(passes('colour blue')).toBe(false);
    expect(passes('   ')).toBe(true);
  });

  it('asks for words only where kind and node pass', () => {
    textOf.mockClear();
    const passes = filterTest({ ...DEFAULT_FILTER, nodes: new Set([1]), text: 'red' }, textOf);
    passes(eventOf(1, HEARTBEAT));
    passes(eventOf(2, APPLIED, 2));
    expect(textOf).not.toHaveBeenCalled();
    passes(eventOf(3));
    expect(textOf).toHaveBeenCalledTimes(1);
  });
});

describe('changing the filter', () => {
  it('knows the filter that it began with', () => {
    expect(isDefaultFilter(DEFAULT_FILTER)).toBe(true);
    expect(isDefaultFilter({ ...DEFAULT_FILTER, text: ' ' })).toBe(true);
    expect(isDefaultFilter({ ...DEFAULT_FILTER, text: 'x' })).toBe(false);
    expect(isDefaultFilter({ ...DEFAULT_FILTER, nodes: new Set([1]) })).toBe(false);
    expect(isDefaultFilter({ ...DEFAULT_FILTER, kinds: toggled(DEFAULT_FILTER.kinds, 'disk') })).toBe(false);
    const swapped = toggled(toggled(DEFAULT_FILTER.kinds, 'disk'), 'client');
    expect(isDefaultFilter({ ...DEFAULT_FILTER, kinds: swapped })).toBe(false);
  });

  it('singles out a node, adds another, and shows all after the last', () => {
    const one = toggledNode(null, 2);
    const two = toggledNode(one, 3);
    expect(two).toEqual(new Set([2, 3]));
    expect(toggledNode(toggledNode(two, 2), 3)).toBeNull();
  });
});
