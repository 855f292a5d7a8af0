/** The tape of terms: what it remembers of the events, and where it puts it. */
import { describe, expect, it } from 'vitest';
import { durationText, notches, placeMarks, placeSpans, tapeRange } from '../../../src/renderer/tape/tapeLayout.ts';
import { MARKS_MAX, TermTape } from '../../../src/renderer/tape/termTape.ts';
import type { TraceBody } from '../../../src/trace/events.ts';

/** An event of a node, this many seconds after the beginning. */
type Happening = readonly [seconds: number, node: number, body: TraceBody];

const became = (role: 'leader' | 'candidate' | 'follower', term: number): TraceBody => ({
  type: 'roleChanged', role, previousRole: 'follower', term, leader: 0, votes: [], voterCount: 3, reason: 'a test',
});
const committed: TraceBody = { type: 'commitAdvanced', commitIndex: 2, previousCommitIndex: 1 };

function tapeOf(...happenings: readonly Happening[]): TermTape {
  const tape = new TermTape();
  for (const [position, [seconds, node, body]] of happenings.entries()) {
    tape.see({ ...body, seq: position + 1, atMs: seconds * 1000, node });
  }
  return tape;
}

const bandsOf = ({ bands }: TermTape) =>
  bands.map(({ term, leader, fromMs, toMs }) => [term, leader, fromMs / 1000, toMs === null ? null : toMs / 1000]);

describe('the tape', () => {
  it('has a band for each leader, and gaps where nobody leads', () => {
    const tape = tapeOf(
      [1, 1, became('candidate', 1)], [2, 1, became('leader', 1)], [5, 1, { type: 'nodeCrashed' }],
      [7, 2, became('leader', 2)], [9, 2, became('follower', 3)],
    );
    expect(bandsOf(tape)).toEqual([[1, 1, 2, 5], [2, 2, 7, 9]]);
    expect(tape.open).toBeNull();
    expect(tape.marks.map(({ kind, text }) => [kind, text]))
      .toEqual([['election', 'n1 asks for votes'], ['fault', 'n1 crashed']]);
  });

  it('follows the newer term while the leader of an older one does not know yet', () => {
    const tape = tapeOf(
      [1, 1, became('leader', 1)], [2, 0, { type: 'partitioned', groups: [['n1'], ['n2', 'n3']] }],
      [4, 2, became('leader', 2)], [5, 1, committed], [6, 1, became('follower', 1)], [7, 2, committed],
      [8, 0, { type: 'healed' }],
    );
    expect(bandsOf(tape)).toEqual([[1, 1, 1, 4], [2, 2, 4, null]]);
    expect(tape.commitsMs).toEqual([7000]);
    expect(tape.cuts).toMatchObject([{ fromMs: 2000, toMs: 8000 }]);
    expect(tape.marks.map(({ text }) => text)).toEqual(['n1 | n2 n3', 'healed']);
  });

  it('ends a partition with the last node of its one side', () => {
    const tape = tapeOf(
      [1, 0, { type: 'partitioned', groups: [['n1', 'n2'], ['n3']] }], [2, 0, { type: 'nodeRemoved', name: 'n1' }],
      [3, 0, { type: 'nodeRemoved', name: 'n2' }],
    );
    expect(tape.cuts).toMatchObject([{ fromMs: 1000, toMs: 3000 }]);
  });

  it('lets a paused leader lead on, unless another has been elected', () => {
    const pause: readonly Happening[] = [[1, 1, became('leader', 1)], [2, 1, { type: 'nodePaused' }]];
    const resume: Happening = [4, 1, { type: 'nodeResumed' }];
    expect(bandsOf(tapeOf(...pause, resume))).toEqual([[1, 1, 1, 2], [1, 1, 4, null]]);
    expect(bandsOf(tapeOf(...pause, [3, 2, became('leader', 2)], resume))).toEqual([[1, 1, 1, 2], [2, 2, 3, null]]);
  });

  it('begins with the leader that was there before it', () => {
    const tape = tapeOf([3, 2, committed]);
    tape.leadsAlready(1, 7);
    tape.leadsAlready(1, 7);
    expect(bandsOf(tape)).toEqual([[7, 1, 3, null]]);
  });

  it('is bounded', () => {
    const many = Array.from({ length: MARKS_MAX + 5 }, (_, second): Happening => [second, 1, { type: 'nodeCrashed' }]);
    const tape = tapeOf(...many);
    expect(tape.marks).toHaveLength(MARKS_MAX);
    expect(tape.marks[0]?.atMs).toBe(5000);
  });
});

describe('its layout', () => {
  it('reaches from what is known to now, and at most over the span of the pace', () => {
    const tape = tapeOf([1, 1, became('leader', 1)]);
    expect(tapeRange(tape, 'class', 3000)).toEqual({ fromMs: -17_000, toMs: 3000 });
    expect(tapeRange(tape, 'class', 101_000)).toEqual({ fromMs: 1000, toMs: 101_000 });
    expect(tapeRange(tape, 'fast', 101_000)).toEqual({ fromMs: 41_000, toMs: 101_000 });
  });

  it('cuts what begins before it, ends what goes on now, and leaves out what is over', () => {
    const range = { fromMs: 10_000, toMs: 30_000 };
    const spans = [{ fromMs: 0, toMs: 5000 }, { fromMs: 8000, toMs: 15_000 }, { fromMs: 20_000, toMs: null }];
    expect(placeSpans(spans, range, 25_000).map(({ left, width }) => [left, width])).toEqual([[0, 0.25], [0.5, 0.25]]);
  });

  it('gives words to marks that are apart, and only a line to those between', () => {
    const mark = (seq: number, atMs: number) => ({ seq, atMs, kind: 'fault' as const, text: 'n1 crashed' });
    const range = { fromMs: 0, toMs: 100_000 };
    const placed = placeMarks([mark(1, 10_000), mark(2, 11_000), mark(3, 50_000), mark(4, 99_000)], range, 50);
    expect(placed.map(({ hasText }) => hasText)).toEqual([true, false, true, false]);
  });

  it('draws a notch for commits at the same place once', () => {
    expect(notches([1000, 1001, 50_000], { fromMs: 0, toMs: 100_000 })).toBe('M10 0V1M500 0V1');
  });

  it('says how long', () => {
    expect([9_400, 61_000, 185_000].map(durationText)).toEqual(['9 s', '1:01 min', '3:05 min']);
  });
});
