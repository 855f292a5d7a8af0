import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EventArchive, MATCHES_MAX, PAST_EVENTS_A_SLICE, ROUTINE_EVENTS_MAX,
} from '../../../src/renderer/events/eventArchive.ts';
import type { TraceEvent } from '../../../src/trace/events.ts';
import { HEARTBEAT, eventOf, historyOf } from './support.ts';

const even = (event: TraceEvent) => event.seq % 2 === 0;
const everything = () => true;
const seqs = (archive: EventArchive) => Array.from({ length: archive.length }, (_, index) => archive.at(index)?.seq);
const searchAll = (archive: EventArchive) => {
  while (archive.searchPast());
};

describe('EventArchive', () => {
  it('follows what comes in, newest first', () => {
    const archive = new EventArchive(even);
    archive.follow(historyOf(4));
    archive.follow(historyOf(7));
    expect(seqs(archive)).toEqual([6, 4, 2]);
    expect(archive.keptCount).toBe(7);
  });

  it('searches the past in slices after the test has changed, while new events come in', () => {
    const history = historyOf(2 * PAST_EVENTS_A_SLICE + 10);
    const archive = new EventArchive(everything);
    archive.follow(history);
    archive.setTest(even);
    expect(archive.length).toBe(0);

    expect(archive.searchPast()).toBe(true);
    expect(archive.length).toBe(PAST_EVENTS_A_SLICE / 2);
    history.push(...historyOf(2, history.length + 1));
    archive.follow(history);
    searchAll(archive);

    expect(seqs(archive)).toEqual(history.filter(even).map((event) => event.seq).reverse());
  });

  it('keeps an election although heartbeats have pushed it out of the history long ago', () => {
    const archive = new EventArchive(everything);
    archive.follow([eventOf(1)]);
    for (let seq = 2; seq < ROUTINE_EVENTS_MAX + 10; seq += 100) {
      archive.follow(Array.from({ length: 100 }, (_, index) => eventOf(seq + index, HEARTBEAT)));
    }
    archive.setTest((event) => event.type === 'applied');
    searchAll(archive);
    expect(seqs(archive)).toEqual([1]);
    expect(archive.keptCount).toBe(ROUTINE_EVENTS_MAX + 1);
  });

  it('holds no more matches than its bound, the newest', () => {
    const archive = new EventArchive(everything);
    archive.follow(historyOf(10));
    archive.setTest(everything);
    searchAll(archive);
    archive.follow(historyOf(MATCHES_MAX, 6));
    expect(archive.length).toBe(MATCHES_MAX);
    expect(archive.at(0)?.seq).toBe(MATCHES_MAX + 5);
    expect(archive.at(archive.length - 1)?.seq).toBe(6);
    archive.follow(historyOf(3, MATCHES_MAX + 6));
    expect(archive.at(archive.length - 1)?.seq).toBe(9);
  });

  it('begins anew with another lab, whose numbers begin at 1 again', () => {
    const archive = new EventArchive(everything);
    archive.follow(historyOf(9));
    archive.clear();
    archive.follow(historyOf(2));
    expect(seqs(archive)).toEqual([2, 1]);
    expect(archive.keptCount).toBe(2);
  });

  it('tells what had come in by then from what is new', () => {
    const archive = new EventArchive(even);
    archive.follow(historyOf(5));
    const then = archive.followedSeq;
    archive.follow(historyOf(9));
    expect(archive.matchesUpTo(then).map((event) => event.seq)).toEqual([4, 2]);
    expect(archive.countSince(then)).toBe(2);
    archive.setTest(everything);
    searchAll(archive);
    expect(archive.matchesUpTo(then).map((event) => event.seq)).toEqual([5, 4, 3, 2, 1]);
    expect(archive.countSince(then)).toBe(4);
  });

  it('puts events of several nodes in the order of their time, also when one reports a moment later', () => {
    const at = (seq: number, atMs: number) => ({ ...eventOf(seq), atMs });
    const history = [at(1, 10), at(2, 30), at(3, 20)];
    const archive = new EventArchive(everything);
    archive.follow(history);
    expect(seqs(archive)).toEqual([2, 3, 1]);
    history.push(at(4, 15), at(5, 40));
    archive.follow(history);
    expect(seqs(archive)).toEqual([5, 2, 3, 4, 1]);

    archive.setTest(everything);
    searchAll(archive);
    expect(seqs(archive)).toEqual([5, 2, 3, 4, 1]);
  });

  it('does not go back far: a clock that is behind must not hide what happens now', () => {
    const history = [eventOf(1)];
    const archive = new EventArchive(everything);
    for (let seq = 2; seq <= 4; seq += 1) {
      history.push(eventOf(seq));
      archive.follow(history);
    }
    history.push({ ...eventOf(5), atMs: 0 });
    archive.follow(history);
    expect(seqs(archive)).toEqual([4, 5, 3, 2, 1]);
  });

  it('matches the same as a filter over all events, whatever the order of the calls', () => {
    const gained = fc.array(fc.boolean(), { maxLength: 5 });
    const step = fc.record({ gained, search: fc.boolean(), change: fc.boolean() });
    fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const all: TraceEvent[] = [];
      let modulus = 2;
      const test = () => (event: TraceEvent) => event.seq % modulus === 0;
      const archive = new EventArchive(test());
      for (const { gained: routines, search, change } of steps) {
        const body = (routine: boolean) => (routine ? HEARTBEAT : undefined);
        const batch = routines.map((routine, index) => eventOf(all.length + 1 + index, body(routine)));
        all.push(...batch);
        if (change) {
          modulus = 5 - modulus;
          archive.setTest(test());
        }
        archive.follow(batch);
        if (search) searchAll(archive);
      }
      searchAll(archive);
      expect(seqs(archive)).toEqual(all.filter(test()).map((event) => event.seq).reverse());
    }));
  });
});
