/** Messages in the hand in a real cluster: held at their sender, then delivered, lost or gone with it. */
import { expect, test } from 'vitest';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { NodeName } from '../../src/trace/names.ts';
import type { HeldMessageView } from '../../src/trace/view.ts';
import { labErrorOf, startLab } from './support.ts';
import type { TestLab } from './support.ts';

/** Waits until a leader holds the next entry for each of these nodes. */
function heldFor(lab: TestLab, leader: NodeName, followers: readonly NodeName[]): Promise<HeldMessageView[]> {
  return lab.until('an entry held for each follower', ({ view }) => {
    const held = followers.flatMap((to) => view.held.filter(({ from, to: its, message }) => (
      from === leader && its === to && message.type === 'AppendEntries' && (message.entryCount ?? 0) > 0)).slice(0, 1));
    return held.length === followers.length && held;
  });
}

test('a write waits while its AppendEntries are held, and commits when one is delivered by hand', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const followers = lab.names.filter((name) => name !== leader);
  await lab.put(leader, 'key', 'before');
  await lab.converged();
  for (const to of followers) {
    await lab.service.execute('link:set', {
      from: leader, to, bothWays: false, faults: { ...NO_FAULTS, hold: ['AppendEntries'] },
    });
  }
  let isAnswered = false;
  const writing = lab.put(leader, 'key', 'after').finally(() => {
    isAnswered = true;
  });
  const [first, second] = await heldFor(lab, leader, followers);
  expect(isAnswered).toBe(false);
  expect(await lab.holds(leader, 'key', 'before'), 'nothing is committed').toBe(true);
  if (first === undefined || second === undefined) expect.unreachable('two are held');

  const deliver = { node: leader, messageId: first.messageId };
  await lab.service.execute('message:deliver', deliver);
  expect(await writing).toMatchObject({ result: { type: 'written' } });
  expect(await lab.holds(second.to, 'key', 'before'), 'the other follower has not got it').toBe(true);
  expect(await labErrorOf(lab.service.execute('message:deliver', deliver))).toMatchObject({ code: 'not-held' });
  await lab.service.execute('message:lose', { node: leader, messageId: second.messageId });
  await lab.until('it is lost', ({ events }) => events.some((event) => (
    event.type === 'messageDropped' && event.messageId === second.messageId && event.reason === 'by-hand')));

  // What is still held when the hold ends is delivered, and what was lost is sent again (Raft §5.3).
  await lab.service.execute('network:hold', { hold: 'nothing' });
  await lab.converged();
  expect(await lab.contents(second.to)).toEqual({ key: 'after' });
  expect(lab.view.held).toEqual([]);
});

test('a crash takes along what a node holds, and the others go on without it', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const followers = lab.names.filter((name) => name !== leader);
  await lab.put(leader, 'key', 'before');
  await lab.service.execute('network:hold', { hold: ['AppendEntries'] });
  const writing = labErrorOf(lab.put(leader, 'key', 'lost'));
  await heldFor(lab, leader, followers);
  await lab.act('node:crash', leader);
  expect(await writing).toMatchObject({ code: 'unknown-outcome' });
  await lab.until('nothing of it is held', ({ view }) => view.held.every(({ from }) => from !== leader));
  await lab.service.execute('network:reset', {});
  const next = await lab.leaderOf(followers);
  await lab.put(next, 'other', 'goes on');
  await lab.act('node:restart', leader);
  await lab.converged();
  expect(await lab.contents(leader)).toEqual({ key: 'before', other: 'goes on' });
});
