import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MatchedEvents, PAST_EVENTS_A_SLICE } from '../../../src/renderer/events/matchedEvents.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { historyOf } from './support.ts';

const even = (event: TraceEvent) => event.seq % 2 === 0;
const seqs = (matched: MatchedEvents) => Array.from({ length: matched.length }, (_, index) => matched.at(index)?.seq);
const searchAll = (matched: MatchedEvents, history: readonly TraceEvent[]) => {
  while (matched.searchPast(history));
};

describe('MatchedEvents', () => {
  it('follows what comes in, newest first', () => {
    const matched = new MatchedEvents(even);
    matched.follow(historyOf(4));
    matched.follow(historyOf(7));
    expect(seqs(matched)).toEqual([6, 4, 2]);
  });

  it('searches the past in slices after the test has changed, while new events come in', () => {
    const history = historyOf(2 * PAST_EVENTS_A_SLICE + 10);
    const matched = new MatchedEvents(() => true);
    matched.reset(even, history);
    expect(matched.length).toBe(0);

    expect(matched.searchPast(history)).toBe(true);
    expect(matched.length).toBe(PAST_EVENTS_A_SLICE / 2);
    history.push(...historyOf(2, history.length + 1));
    matched.follow(history);
    searchAll(matched, history);

    expect(seqs(matched)).toEqual(history.filter(even).map((event) => event.seq).reverse());
  });

  it('lets go of what the history has lost, of the past and of what it followed', () => {
    const matched = new MatchedEvents(even);
    matched.reset(even, historyOf(6));
    searchAll(matched, historyOf(6));
    matched.follow(historyOf(8, 5));
    expect(seqs(matched)).toEqual([12, 10, 8, 6]);
    matched.follow(historyOf(4, 10));
    expect(seqs(matched)).toEqual([12, 10]);
    matched.follow(historyOf(1, 20));
    expect(seqs(matched)).toEqual([20]);
  });

  it('finds the place of a seq, and of one that is not there', () => {
    const matched = new MatchedEvents(even);
    matched.follow(historyOf(9));
    expect([8, 7, 2, 1, 99].map((seq) => matched.indexOf(seq))).toEqual([0, 1, 3, 4, 0]);
  });

  it('holds the same as a filter over the whole history, whatever the order of the calls', () => {
    fc.assert(fc.property(
      fc.array(fc.record({ gained: fc.nat(5), lost: fc.nat(4), search: fc.boolean(), change: fc.boolean() }), { maxLength: 40 }),
      (steps) => {
        let history: TraceEvent[] = [];
        let lastSeq = 0;
        let modulus = 2;
        const test = () => (event: TraceEvent) => event.seq % modulus === 0;
        const matched = new MatchedEvents(test());
        for (const step of steps) {
          history = [...history, ...historyOf(step.gained, lastSeq + 1)].slice(step.lost);
          lastSeq += step.gained;
          if (step.change) {
            modulus = modulus === 2 ? 3 : 2;
            matched.reset(test(), history);
          }
          matched.follow(history);
          if (step.search) searchAll(matched, history);
        }
        matched.follow(history);
        searchAll(matched, history);
        expect(seqs(matched)).toEqual(history.filter(test()).map((event) => event.seq).reverse());
      },
    ));
  });
});
