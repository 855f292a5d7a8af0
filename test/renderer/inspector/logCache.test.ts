import { describe, expect, it } from 'vitest';
import type { LogRow } from '../../../src/contract/answers.ts';
import { LogCache } from '../../../src/renderer/inspector/logCache.ts';
import { diskPage } from '../support/cluster.ts';

const row = (index: number, text: string): LogRow =>
  ({ index, term: 1, type: 'command', bytes: 1, text, client: null });
const page = (commitIndex: number, rows: readonly LogRow[], firstIndex = 1) => diskPage('n1', {
  firstIndex, lastIndex: rows[0]?.index ?? 0, rows, hardState: { currentTerm: 1, votedFor: 0, commitIndex },
});

describe('the cache of log rows', () => {
  it('keeps what was committed and forgets what may have been replaced', () => {
    const cache = new LogCache();
    cache.add(page(2, [row(4, 'old'), row(3, 'old'), row(2, 'old'), row(1, 'old')]));
    cache.add(page(2, [row(3, 'new')]));
    expect([1, 2, 3, 4].map((index) => cache.row(index)?.text)).toEqual(['old', 'old', 'new', undefined]);
  });

  it('forgets what compaction took away', () => {
    const cache = new LogCache();
    cache.add(page(3, [row(3, 'a'), row(2, 'a'), row(1, 'a')]));
    cache.add(page(3, [row(3, 'a')], 3));
    expect(cache.row(2)).toBeUndefined();
  });

  it('names the part of a range that is missing', () => {
    const cache = new LogCache();
    cache.add(page(5, [row(5, 'a'), row(4, 'a')]));
    expect(cache.missing(5, 4)).toBeNull();
    expect(cache.missing(5, 1)).toEqual({ fromIndex: 3, count: 3 });
  });

  it('stays bounded', () => {
    const cache = new LogCache();
    for (let last = 500; last <= 10_000; last += 500) {
      cache.add(page(last, Array.from({ length: 500 }, (_, offset) => row(last - offset, 'a'))));
    }
    const kept = Array.from({ length: 10_000 }, (_, position) => position + 1).filter((index) => cache.row(index));
    expect(kept).toHaveLength(4000);
    expect(kept.at(-1)).toBe(10_000);
  });
});
