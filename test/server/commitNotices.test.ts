/** AppendEntries without entries wait a moment for one that says as much, and never longer. */
import { expect, test } from 'vitest';
import { CommitNotices, NOTICE_HELD_MS } from '../../src/server/turn/commitNotices.ts';
import type { Message } from '../../src/raft/index.ts';
import { TestClock } from './support.ts';

const envelope = { from: 1, term: 1 };
const notice = (to: number, leaderCommit: number): Message =>
  ({ type: 'AppendEntries', ...envelope, to, prevLogIndex: 9, prevLogTerm: 1, leaderCommit, entries: [] });
const withEntry = (to: number, leaderCommit: number): Message => ({
  type: 'AppendEntries', ...envelope, to, prevLogIndex: 9, prevLogTerm: 1, leaderCommit,
  entries: [{ index: 10, term: 1, type: 'command', data: new Uint8Array() }],
});
const timeoutNow = (to: number): Message => ({ type: 'TimeoutNow', ...envelope, to });
const forwarded = (from: number): Message => ({
  type: 'ForwardedProposal', from, to: 1, term: 1,
  entries: [{ index: 0, term: 0, type: 'command', data: new Uint8Array() }],
});

function setUp(): { readonly clock: TestClock; readonly notices: CommitNotices; readonly sent: readonly Message[] } {
  const clock = new TestClock();
  const sent: Message[] = [];
  return { clock, notices: new CommitNotices(clock, (message) => sent.push(message)), sent };
}

test('a notice leaves after a moment, the newest one to each follower', () => {
  const { clock, notices, sent } = setUp();
  notices.send(notice(2, 5), 0);
  notices.send(notice(3, 5), 0);
  notices.send(notice(2, 6), 0);
  expect(sent).toEqual([]);
  clock.advance(NOTICE_HELD_MS);
  expect(sent).toEqual([notice(2, 6), notice(3, 5)]);
  notices.send(notice(2, 7), 0);
  clock.advance(NOTICE_HELD_MS);
  expect(sent).toEqual([notice(2, 6), notice(3, 5), notice(2, 7)]);
});

test('entries to the same follower take its place; any other message leaves behind it', () => {
  const { clock, notices, sent } = setUp();
  notices.send(notice(2, 5), 0);
  notices.send(notice(3, 5), 0);
  notices.send(withEntry(2, 5), 0);
  notices.send(timeoutNow(3), 0);
  clock.advance(NOTICE_HELD_MS);
  expect(sent).toEqual([withEntry(2, 5), notice(3, 5), timeoutNow(3)]);
});

test('whose clients wait is told at once, for as long as they may', () => {
  const { notices, sent } = setUp();
  notices.noteReceived(forwarded(2), 100);
  notices.send(notice(2, 5), 109);
  notices.send(notice(3, 5), 109);
  expect(sent).toEqual([notice(2, 5)]);
  notices.send(notice(2, 6), 110);
  expect(sent).toEqual([notice(2, 5)]);
});

test('nothing leaves a node that has ended', () => {
  const { clock, notices, sent } = setUp();
  notices.send(notice(2, 5), 0);
  notices.close();
  clock.advance(NOTICE_HELD_MS);
  expect(sent).toEqual([]);
});
