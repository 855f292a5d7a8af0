import { describe, expect, it } from 'vitest';
import { searchFor, searchOlder, startReverseSearch } from '../../../src/renderer/console/reverseSearch.ts';

const lines = ['put owner "ada"', 'get colour', 'put colour "red"', 'get colour', 'status'];

describe('reverse search', () => {
  it('shows nothing before something is typed, and keeps the draft', () => {
    expect(startReverseSearch('put x')).toEqual({ query: '', index: -1, match: null, draft: 'put x' });
  });

  it('finds the newest line that contains the query, whatever its case', () => {
    expect(searchFor(startReverseSearch(''), lines, 'COLOUR').match).toBe('get colour');
    expect(searchFor(startReverseSearch(''), lines, 'put').match).toBe('put colour "red"');
  });

  it('goes on to older lines with another text, and stays at the oldest', () => {
    let search = searchFor(startReverseSearch(''), lines, 'o');
    const seen = [search.match];
    for (let step = 0; step < 4; step += 1) {
      search = searchOlder(search, lines);
      seen.push(search.match);
    }
    expect(seen).toEqual(['get colour', 'put colour "red"', 'get colour', 'put owner "ada"', 'put owner "ada"']);
  });

  it('begins at the newest line again when the query changes', () => {
    const older = searchOlder(searchFor(startReverseSearch(''), lines, 'put'), lines);
    expect(older.match).toBe('put owner "ada"');
    expect(searchFor(older, lines, 'colour').match).toBe('get colour');
  });

  it('says when no line matches', () => {
    expect(searchFor(startReverseSearch(''), lines, 'crash')).toMatchObject({ index: -1, match: null });
    expect(searchFor(searchFor(startReverseSearch(''), lines, 'put'), lines, '').match).toBeNull();
  });
});
