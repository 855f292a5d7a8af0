/** What a log holds, told by one function wherever it is told. */
import { expect, it } from 'vitest';
import { keptWords, logRangeOf, rangeWords, whyNoEntries } from '../../src/trace/logRange.ts';

it.each([
  [1, 0, 'empty', 'no entries'],
  [1, 1, '1', '1 entry'],
  [1, 152, '1–152', '152 entries'],
  [141, 152, '141–152', '12 entries'],
  [153, 152, 'compacted to 152', 'a snapshot to 152'],
])('a log from %i to %i is %s', (firstIndex, lastIndex, words, kept) => {
  const range = logRangeOf({ firstIndex, lastIndex });
  expect([rangeWords(range), keptWords(range)]).toEqual([words, kept]);
});

it('says of a log without entries whether there never were any, or the snapshot covers them', () => {
  expect(whyNoEntries(logRangeOf({ firstIndex: 1, lastIndex: 0 }))).toContain('The first leader appends a no-op');
  const compacted = whyNoEntries(logRangeOf({ firstIndex: 153, lastIndex: 152 }));
  expect(compacted).toContain('the snapshot covers all of them up to 152');
  expect(compacted).toContain('The next entry is 153.');
  expect(whyNoEntries(logRangeOf({ firstIndex: 1, lastIndex: 3 }))).toBeNull();
});
