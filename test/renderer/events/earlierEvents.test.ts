import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EARLIER_ROWS_MAX, EarlierEvents, mergeEarlier, PAGE_EVENTS,
} from '../../../src/renderer/events/earlierEvents.ts';
import type { ListedEvent } from '../../../src/renderer/events/eventParts.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { historyOf } from './support.ts';

const everything = () => true;
const seqs = (rows: readonly ListedEvent[]) => rows.map(({ seq }) => seq);
const newestFirst = (events: readonly TraceEvent[]) => events.toReversed();

/** A lab that keeps these events. */
function labWith(kept: readonly TraceEvent[]) {
  return (beforeSeq: number, count: number) =>
    Promise.resolve({ ok: true as const, value: kept.filter(({ seq }) => seq < beforeSeq).slice(-count) });
}

/** A list that can be looked at. */
function listOf(...events: readonly TraceEvent[]) {
  let rows: readonly ListedEvent[] = newestFirst(events);
  return {
    rows: () => rows,
    show: (shown: readonly ListedEvent[]) => { rows = shown; },
    seqs: () => rows.map(({ seq }) => seq),
  };
}

describe('EarlierEvents', () => {
  it('reads page by page to the beginning', async () => {
    const earlier = new EarlierEvents(labWith(historyOf(PAGE_EVENTS + 500)));
    const list = listOf(...historyOf(5, PAGE_EVENTS + 501));
    earlier.restart(PAGE_EVENTS + 501);
    await earlier.load(list, everything);
    expect([list.rows().length, earlier.state.value]).toEqual([PAGE_EVENTS + 5, 'more']);
    await earlier.load(list, everything);
    expect([list.seqs().at(-1), list.rows().length, earlier.state.value]).toEqual([1, PAGE_EVENTS + 505, 'beginning']);
  });

  it('throws an answer away that belongs to the list before', async () => {
    const earlier = new EarlierEvents(labWith(historyOf(10)));
    const list = listOf();
    earlier.restart(9);
    const loading = earlier.load(list, everything);
    earlier.restart(5);
    await loading;
    expect([list.rows(), earlier.state.value]).toEqual([[], 'more']);
    await earlier.load(list, everything);
    expect(list.seqs()).toEqual([4, 3, 2, 1]);
  });

  it('says that the lab did not answer, and can be asked again', async () => {
    let works = false;
    const error = { code: 'internal', message: 'no' } as const;
    const read = labWith(historyOf(10));
    const earlier = new EarlierEvents((before, count) =>
      works ? read(before, count) : Promise.resolve({ ok: false, error }));
    const list = listOf();
    earlier.restart(4);
    await earlier.load(list, everything);
    expect([list.rows(), earlier.state.value]).toEqual([[], 'failed']);
    works = true;
    await earlier.load(list, everything);
    expect(list.seqs()).toEqual([3, 2, 1]);
  });

  it('stops at as many rows as can be shown', async () => {
    const earlier = new EarlierEvents(labWith(historyOf(EARLIER_ROWS_MAX + 5000)));
    earlier.restart(EARLIER_ROWS_MAX + 5001);
    const list = listOf();
    while (earlier.state.value === 'more') await earlier.load(list, everything);
    expect([list.rows().length, earlier.state.value]).toEqual([EARLIER_ROWS_MAX, 'full']);
  });
});

describe('mergeEarlier', () => {
  it('puts a page between the rows that are there already, each event once', () => {
    fc.assert(fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), fc.nat(), (isThere, at) => {
      const all = historyOf(isThere.length);
      const boundary = at % all.length;
      // Above the page the rows are complete; within it some are there.
      const rows = newestFirst(all.filter((_, index) => index > boundary || isThere[index]));
      const merged = mergeEarlier(rows, all.slice(0, boundary + 1), boundary + 1);
      expect(seqs(merged)).toEqual(seqs(newestFirst(all)));
    }));
  });
});
