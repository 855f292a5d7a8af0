import { describe, expect, it } from 'vitest';
import { fuzzyFilter, fuzzyScore } from '../../../src/renderer/shell/fuzzy.ts';

const TITLES = [
  'Inspect n1', 'Heal the partition and every cut link', 'Partition n1 n2 | n3 n4 n5',
  'Cut the leader n3 off from the others', 'Pace: slow (heartbeat 2 s)', 'Crash n1', 'Crash n12', 'Show the inspector',
];
const best = (query: string) => fuzzyFilter(TITLES, query, (title) => title)[0];

describe('finding a command', () => {
  it.each([
    ['crash n1', 'Crash n1'],
    ['n1 crash', 'Crash n1'],
    ['cr', 'Crash n1'],
    ['heal', 'Heal the partition and every cut link'],
    ['PART', 'Partition n1 n2 | n3 n4 n5'],
    ['cut lead', 'Cut the leader n3 off from the others'],
    ['slow', 'Pace: slow (heartbeat 2 s)'],
    ['si', 'Show the inspector'],
  ])('%s finds %s first', (query, title) => {
    expect(best(query)).toBe(title);
  });

  it('finds nothing where a letter is missing', () => {
    expect(fuzzyFilter(TITLES, 'xyz', (title) => title)).toEqual([]);
    expect(fuzzyScore('crash n7', 'Crash n1')).toBeNull();
  });

  it('leaves the list as it is while nothing is typed', () => {
    expect(fuzzyFilter(TITLES, '  ', (title) => title)).toEqual(TITLES);
  });
});
