/** What a leader knows of a follower: matchIndex never goes back, whatever answers come, however late and often. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Inflights } from '../../src/raft/inflights.ts';
import { Progress } from '../../src/raft/progress.ts';

const LIMITS = { maxMessages: 4, maxBytes: 100 };

const index = fc.integer({ min: 0, max: 30 });
const action = fc.oneof(
  index.map((to) => (progress: Progress) => void progress.acknowledged(to)),
  fc.tuple(index, index).map(([at, hint]) => (progress: Progress) => void progress.rejected(at, hint)),
  fc.integer({ min: 0, max: 3 }).map((count) => (progress: Progress) => {
    // As sendAppend does: an acknowledgement ends a pause, but only freed messages make room for entries.
    if (!progress.paused && !progress.inflights.full) {
      progress.sentEntries(count, 10 * count);
    }
  }),
  fc.constant((progress: Progress) => {
    progress.becomeProbe();
  }),
  fc.constant((progress: Progress) => {
    progress.becomeReplicate();
  }),
  index.map((at) => (progress: Progress) => {
    progress.becomeSnapshot(at);
  }),
);

describe('Progress', () => {
  it('keeps 0 <= matchIndex < nextIndex, and matchIndex never goes back', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const progress = new Progress(2, 1, false, LIMITS);
        let highest = 0;
        for (const act of actions) {
          act(progress);
          if (progress.matchIndex < highest || progress.nextIndex <= progress.matchIndex) {
            return false;
          }
          highest = progress.matchIndex;
        }
        return true;
      }),
      { numRuns: 5000 },
    );
  });
});

describe('the commit index on its way to a follower', () => {
  it('does not go back for a heartbeat that carries less', () => {
    const progress = new Progress(2, 10, false, LIMITS);
    progress.sentCommit(5);
    progress.sentCommit(3);
    expect(progress.canAdvanceCommit(5)).toBe(false);
    expect(progress.canAdvanceCommit(6)).toBe(true);
  });

  it('is sent again with entries that were refused', () => {
    const progress = new Progress(2, 10, false, LIMITS);
    progress.sentCommit(8);
    progress.rejected(9, 6);
    expect(progress).toMatchObject({ nextIndex: 7 });
    progress.acknowledged(9);
    expect(progress.canAdvanceCommit(8)).toBe(true);
  });
});

describe('Inflights', () => {
  it('is full at its limit of messages, and frees what a later answer covers', () => {
    const inflights = new Inflights(3, 1000);
    [5, 7, 9].forEach((lastIndex) => {
      inflights.add(lastIndex, 1);
    });
    expect(inflights.full).toBe(true);
    expect(() => {
      inflights.add(10, 1);
    }).toThrow(/no room/);
    inflights.freeUpTo(8);
    expect(inflights.count).toBe(1);
    inflights.freeUpTo(4);
    expect(inflights.count).toBe(1);
  });

  it('is full at its limit of bytes, which one message may pass', () => {
    const inflights = new Inflights(100, 50);
    inflights.add(1, 40);
    expect(inflights.full).toBe(false);
    inflights.add(2, 400);
    expect(inflights.full).toBe(true);
    inflights.freeUpTo(2);
    expect(inflights).toMatchObject({ count: 0, full: false });
  });

  it('counts the same as a plain list, over many messages', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 400 }), (adds) => {
        const inflights = new Inflights(1000, 1000);
        let list: number[] = [];
        return adds.every((add, at) => {
          if (add) {
            inflights.add(at, 1);
            list.push(at);
          } else {
            const until = list[Math.floor(list.length / 2)] ?? 0;
            inflights.freeUpTo(until);
            list = list.filter((lastIndex) => lastIndex > until);
          }
          return inflights.count === list.length;
        });
      }),
    );
  });
});
