/** Leadership handed over on purpose, under load and against the odds; followers that forget their leader. */
import { expect, test } from 'vitest';
import type { NodeName } from '../../src/trace/names.ts';
import { labErrorOf, startLab } from './support.ts';

test('leadership is handed over, answered when the target leads, and no write is lost on the way', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  const [target, other] = lab.names.filter((name) => name !== leader) as [NodeName, NodeName];
  const writing = new AbortController();
  const acknowledged: string[] = [];
  const writer = (async () => {
    for (let count = 1; !writing.signal.aborted; count += 1) {
      await lab.putUntilAcknowledged(other, `k${count}`, 'kept');
      acknowledged.push(`k${count}`);
    }
  })();
  await lab.until('some writes', () => acknowledged.length > 5);
  const answer = await lab.service.execute('cluster:transfer', { to: target });
  expect(answer.leader).toBe(target);
  const soFar = acknowledged.length;
  await lab.until('writes under the new leader', () => acknowledged.length > soFar + 5);
  writing.abort();
  await writer;
  expect(await lab.leaderOf()).toBe(target);
  expect(lab.node(target).term).toBe(answer.term);
  await lab.converged();
  expect(Object.keys(await lab.contents(leader)).sort()).toEqual([...acknowledged].sort());
});

test('what cannot be handed over is refused in words', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  const [target, other] = lab.names.filter((name) => name !== leader) as [NodeName, NodeName];
  const transfer = (to: NodeName) => labErrorOf(lab.service.execute('cluster:transfer', { to }));
  expect(await transfer(leader)).toMatchObject({ code: 'refused', message: `${leader} leads already` });
  expect(await transfer('n9')).toMatchObject({ code: 'unknown-node' });
  await lab.service.execute('cluster:demote', { node: other });
  expect((await transfer(other)).message).toBe(
    `${other} is a learner, and only a voter can lead: promote it first`,
  );
  await lab.service.execute('cluster:promote', { node: other });
  await lab.act('node:crash', target);
  expect(await transfer(target)).toMatchObject({ code: 'node-crashed' });
  expect(await lab.leaderOf([leader, other])).toBe(leader);
});

test('a target that cannot be reached does not take over: the answer says so, and the leader goes on', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  const target = lab.names.find((name) => name !== leader) ?? 'n1';
  await lab.service.execute('network:partition', { groups: [[target], lab.names.filter((name) => name !== target)] });
  const failed = await labErrorOf(lab.service.execute('cluster:transfer', { to: target }));
  expect(failed.code).toBe('transfer-failed');
  expect(failed.message).toContain(`${target} did not take over in time, ${leader} leads`);
  await lab.putUntilAcknowledged(leader, 'still', 'writable');
});

test('a follower forgets its leader until it hears from it again', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  const follower = lab.names.find((name) => name !== leader) ?? 'n1';
  const seen = lab.events.length;
  await lab.service.execute('cluster:forgetLeader', { node: follower });
  const { id } = lab.node(follower);
  const leadersOf = () => lab.events.slice(seen)
    .flatMap((event) => (event.type === 'leaderChanged' && event.node === id ? [event.leader] : []));
  await lab.until('it to forget and to hear again', () => leadersOf().length >= 2);
  expect(leadersOf()).toEqual([0, lab.node(leader).id]);
  const refused = await labErrorOf(lab.service.execute('cluster:forgetLeader', { node: leader }));
  expect(refused.message).toContain(`${leader} leads: it has no leader to forget`);
  await lab.service.execute('lab:setLeaseReads', { enabled: true });
  const held = await labErrorOf(lab.service.execute('cluster:forgetLeader', { node: follower }));
  expect(held).toMatchObject({ code: 'refused', message: expect.stringContaining('`lease off` first') as string });
});
