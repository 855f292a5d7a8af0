/** A wiped node forgot its vote: it comes back under another identity, by membership changes, and never as itself. */
import { expect, test } from 'vitest';
import { labErrorOf, startLab } from './support.ts';

test('a wiped follower is taken in as a learner, catches up, and votes again under its new identity', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const wiped = lab.names.find((name) => name !== leader) ?? 'n1';
  const formerId = lab.node(wiped).id;
  await lab.put(leader, 'kept', 'by the others');

  await lab.act('node:wipe', wiped);
  expect(lab.node(wiped)).toMatchObject({ incarnation: 2, id: formerId + 1000 });
  await lab.until('the new identity to be a voter everywhere', () => lab.nodes.every(({ configuration }) =>
    configuration?.voters.includes(formerId + 1000) === true && !configuration.voters.includes(formerId)));
  await lab.converged();
  expect(await lab.contents(wiped)).toEqual({ kept: 'by the others' });
  const steps = lab.events.flatMap((event) => (event.type === 'nodeJoining' ? [event.step] : []));
  // Each for the first time: a new leader in between makes its own plan, and tells of it again.
  expect([...new Set(steps)].filter((step) => step !== 'waiting'))
    .toEqual(['adding', 'catching-up', 'promoting', 'joined']);

  // Its vote counts: without it the two others make no majority once one of them is gone.
  const other = lab.names.find((name) => name !== leader && name !== wiped) ?? 'n1';
  await lab.act('node:crash', other);
  await lab.putUntilAcknowledged(wiped, 'needs', 'both');
});

test('a wiped leader is replaced and comes back as a follower', async () => {
  const lab = await startLab(5);
  const leader = await lab.leaderOf();
  await lab.put(leader, 'kept', 'by the others');
  await lab.act('node:wipe', leader);
  await lab.until('it to be a voter again', () => lab.node(leader).configuration?.voters.includes(lab.node(leader).id));
  await lab.converged();
  expect(await lab.contents(leader)).toEqual({ kept: 'by the others' });
  expect((await lab.disk(leader, 0)).identity).toMatchObject({ incarnation: 2, boot: 1 });
});

test('without a majority a wiped node waits and says so; a wipe that would end the cluster is refused', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  await lab.act('node:crash', 'n2');
  await lab.act('node:wipe', 'n3');
  await lab.until('n3 to say that it waits', () =>
    lab.events.some((event) => event.type === 'nodeJoining' && event.step === 'waiting' && event.node === 1003));
  const refused = await labErrorOf(lab.act('node:wipe', 'n1'));
  expect(refused.code).toBe('refused');
  expect(refused.message).toContain('wiping n1 now would leave no majority');
  await lab.act('node:restart', 'n2');
  await lab.until('n3 to be a voter again', () => lab.node('n1').configuration?.voters.includes(1003));
  await lab.converged();
});

test('a cluster of one begins anew when it is wiped', async () => {
  const lab = await startLab(1);
  await lab.leaderOf();
  await lab.put('n1', 'gone', 'with the disk');
  await lab.act('node:wipe', 'n1');
  await lab.leaderOf();
  expect(await lab.get('n1', 'gone')).toBeNull();
});
