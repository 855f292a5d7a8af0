/** Messages in the hand of a simulated lab: held while time goes on, and let go by a person. */
import { expect, test } from 'vitest';
import { SimulatedLab } from '../../src/sim/lab/simulatedLab.ts';
import type { NodeName } from '../../src/trace/names.ts';

function makeLab(): { readonly lab: SimulatedLab; readonly leader: NodeName } {
  const lab = new SimulatedLab({
    labId: 'lab-a', name: 'Lab', nodeCount: 3, pace: 'class', seed: 4, beginsAtMs: 0, onEvents: () => undefined,
  });
  lab.run(10_000);
  const leader = Object.values(lab.trace.view.nodes).find(({ role }) => role === 'leader');
  return { lab, leader: leader?.name ?? expect.unreachable('nobody leads') };
}

test('votes that are held elect nobody, and the candidate leads when one of them is delivered', async () => {
  const { lab, leader } = makeLab();
  lab.crash(leader);
  lab.holdAll(['RequestVoteResponse']);
  lab.run(10_000);
  expect(Object.values(lab.trace.view.nodes).filter(({ life, role }) => life === 'running' && role === 'leader'))
    .toEqual([]);
  const vote = lab.trace.view.held.at(-1) ?? expect.unreachable('no vote is held');
  const { term } = vote.message;
  await lab.actOnHeld(vote.from, 'deliver', vote.messageId);
  lab.run(5);
  expect(lab.trace.view.nodes[vote.to]).toMatchObject({ role: 'leader', term });
  await expect(lab.actOnHeld(vote.from, 'deliver', vote.messageId)).rejects.toMatchObject({ code: 'not-held' });
  lab.close();
});

test('with everything held a leader steps down; let go at once, its messages arrive and time goes on', () => {
  const { lab, leader } = makeLab();
  lab.holdAll('everything');
  lab.run(5000);
  expect(lab.trace.view.nodes[leader]?.role).not.toBe('leader');
  expect(lab.trace.view.held.some(({ message }) => message.type === 'Heartbeat')).toBe(true);
  lab.holdAll('nothing');
  lab.run(10_000);
  expect(lab.trace.view.held).toEqual([]);
  expect(Object.values(lab.trace.view.nodes).filter(({ role }) => role === 'leader')).toHaveLength(1);
  lab.close();
});
