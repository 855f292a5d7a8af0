/** Which events have no row of their own: links of a partition, and pre-votes that are asked for again and again. */
import { describe, expect, it } from 'vitest';
import { EventFolder, foldEvents, listedSentence } from '../../../src/renderer/events/eventParts.ts';
import type { TraceBody, TraceEvent } from '../../../src/trace/events.ts';
import { wordsFor } from '../../../src/trace/words.ts';
import { eventOf } from './support.ts';

type At = readonly [node: number, body: TraceBody];

const role = (change: Partial<TraceBody & { type: 'roleChanged' }>, node = 1): At => [node, {
  type: 'roleChanged', role: 'pre-candidate', previousRole: 'follower', term: 4, leader: 0, votes: [], voterCount: 5,
  reason: 'election timeout', ...change,
}];
const counted = (voter: number, grantedCount: number, node = 1): At => [node, {
  type: 'voteReceived', voter, granted: true, preVote: true, term: 4, grantedCount, refusedCount: 0, voterCount: 5,
}];
const granted = (node: number, candidate: number): At =>
  [node, { type: 'voteGranted', candidate, term: 5, preVote: true }];
const refused = (node: number, candidate: number): At =>
  [node, { type: 'voteRefused', candidate, term: 5, preVote: true, reason: 'leader-lease' }];
const follows: At = [1, { type: 'leaderChanged', leader: 3, term: 4 }];
/** One try of n1 in a minority with n2. */
const TRY = [counted(1, 1), granted(2, 1), counted(2, 2)];

const eventsOf = (events: readonly At[]): TraceEvent[] =>
  events.map(([node, body], at) => eventOf(at + 1, body, node));
const rowsOf = (events: readonly At[]): string[] =>
  foldEvents(eventsOf(events)).map((event) => `${wordsFor(event).subject} ${listedSentence(event)}`);

describe('pre-votes that are asked for again and again', () => {
  const first = [
    'n1 counted its own pre-vote: 1 of 5', 'n2 would vote for n1 in term 5', 'n1 got the pre-vote of n2: 2 of 5',
  ];

  it('are one row that counts the tries', () => {
    expect(rowsOf([role({}), ...TRY])).toEqual(['n1 asks for pre-votes before it begins term 5', ...first]);
    expect(rowsOf([role({}), ...TRY, ...TRY, ...TRY, ...TRY]))
      .toEqual(['n1 4× asks for pre-votes before it begins term 5', ...first]);
  });

  it('of two nodes that ask each other are counted for each, whatever comes between', () => {
    const other = [counted(2, 1, 2), granted(1, 2), counted(1, 2, 2)];
    const applied: At = [3, { type: 'applied', index: 1, term: 4, text: 'put a "1"' }];
    const rows = rowsOf([role({}), role({}, 2), ...TRY, ...other, applied, ...other, applied, ...TRY, ...TRY]);
    expect(rows).toHaveLength(10);
    expect(rows.slice(0, 2)).toEqual([
      'n1 3× asks for pre-votes before it begins term 5', 'n2 2× asks for pre-votes before it begins term 5',
    ]);
  });

  it('fold also where each try is refused, and the node is a follower in between', () => {
    const isRefused = [refused(3, 1), role({ role: 'follower', previousRole: 'pre-candidate', reason: 'lost' })];
    const once = [role({}), counted(1, 1), ...isRefused];
    expect(rowsOf([...once, ...once, ...once])).toEqual([
      'n1 3× asks for pre-votes before it begins term 5', 'n1 counted its own pre-vote: 1 of 5',
      expect.stringContaining('n3 refused its pre-vote to n1'), expect.stringContaining('n1 '),
    ]);
  });

  it('count from the question on, even where a vote is heard of before it', () => {
    expect(rowsOf([granted(2, 1), role({}), counted(1, 1), counted(2, 2), ...TRY])[1])
      .toBe('n1 2× asks for pre-votes before it begins term 5');
  });

  it('begin anew in another term, and after the node has followed a leader or stood for election', () => {
    const asks = (rows: readonly string[]): number => rows.filter((row) => row.includes('asks for pre-votes')).length;
    const later = [role({ term: 5 }), counted(1, 1)];
    expect(asks(rowsOf([role({}), ...TRY, ...later]))).toBe(2);
    for (const between of [follows, role({ role: 'candidate', previousRole: 'pre-candidate', term: 5 })]) {
      expect(asks(rowsOf([role({}), ...TRY, between, role({}), ...TRY]))).toBe(2);
    }
  });

  it('do not count in a row that is gone', () => {
    const folder = new EventFolder();
    const [asks, ...once] = eventsOf([role({}), ...TRY, ...TRY]);
    if (asks === undefined) throw new Error('there is no first event');
    for (const event of [asks, ...once]) folder.fold(event);
    expect(folder.fold({ ...asks, seq: 20 }, 10)).toBeNull();
    expect(folder.fold({ ...asks, seq: 21 }, 10)).toMatchObject({ seq: 20 });
  });

  it('leaves real votes alone', () => {
    const vote: At = [2, { type: 'voteGranted', candidate: 1, term: 5, preVote: false }];
    expect(rowsOf([role({}), vote, vote])).toHaveLength(3);
  });
});
