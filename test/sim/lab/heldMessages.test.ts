/** Messages in the hand of a simulated lab: held while time goes on, and let go by a person. */
import { expect, test } from 'vitest';
import { LabInHand } from './labInHand.ts';

async function makeLab() {
  const lab = LabInHand.make();
  await lab.runFor(10_000);
  return { lab, leader: lab.leader };
}

test('votes that are held elect nobody, and the candidate leads when one of them is delivered', async () => {
  const { lab, leader } = await makeLab();
  await lab.do('node:crash', { node: leader });
  await lab.do('network:hold', { hold: ['RequestVoteResponse'] });
  await lab.runFor(10_000);
  expect(Object.values(lab.view.nodes).filter(({ life, role }) => life === 'running' && role === 'leader')).toEqual([]);
  const vote = lab.view.held.at(-1) ?? expect.unreachable('no vote is held');
  const { term } = vote.message;
  await lab.within(10, 'message:deliver', { node: vote.from, messageId: vote.messageId });
  expect(lab.view.nodes[vote.to]).toMatchObject({ role: 'leader', term });
  await expect(lab.within(10, 'message:deliver', { node: vote.from, messageId: vote.messageId }))
    .rejects.toMatchObject({ code: 'not-held' });
});

test('with everything held a leader steps down; let go at once, its messages arrive and time goes on', async () => {
  const { lab, leader } = await makeLab();
  await lab.do('network:hold', { hold: 'everything' });
  await lab.runFor(5000);
  expect(lab.view.nodes[leader]?.role).not.toBe('leader');
  expect(lab.view.held.some(({ message }) => message.type === 'Heartbeat')).toBe(true);
  await lab.do('network:hold', { hold: 'nothing' });
  await lab.runFor(10_000);
  expect(lab.view.held).toEqual([]);
  expect(Object.values(lab.view.nodes).filter(({ role }) => role === 'leader')).toHaveLength(1);
});
