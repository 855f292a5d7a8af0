/** Nodes come and go while the cluster works: real threads, sockets and files. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { MembershipAction } from '../../src/contract/console.ts';
import type { NodeName } from '../../src/trace/names.ts';
import { labErrorOf, openService, startLab, TestLab } from './support.ts';

const add = (lab: TestLab, asLearner = false) => lab.service.execute('cluster:add', { asLearner });
const change = (lab: TestLab, action: MembershipAction, node: NodeName) =>
  lab.service.execute(`cluster:${action}`, { node });
/** Waits until a command's change is complete, however slow the machine is. */
const settled = (lab: TestLab, voters: readonly number[], learners: readonly number[] = []) =>
  lab.until(`voters ${voters.join(' ')}, learners ${learners.join(' ')} on all nodes`, () =>
    lab.nodes.every(({ configuration }) => isDeepStrictEqual(
      [configuration?.voters, configuration?.learners, configuration?.votersOutgoing], [voters, learners, []],
    )));
const leavingSteps = (lab: TestLab) =>
  lab.events.flatMap((event) => (event.type === 'nodeLeaving' ? [event.step] : []));

test('from three nodes to five: each joins as a learner, catches up and votes', async () => {
  const lab = await startLab(3);
  await lab.converged();
  await lab.put('n1', 'kept', 'by all');
  expect(await add(lab)).toMatchObject({ node: 'n4' });
  expect(await add(lab)).toMatchObject({ node: 'n5' });
  await settled(lab, [1, 2, 3, 4, 5]);
  await lab.converged();
  expect(await lab.contents('n5')).toEqual({ kept: 'by all' });
  const steps = lab.events.flatMap((event) => (event.type === 'nodeJoining' && event.node === 5 ? [event.step] : []));
  // Each for the first time: a new leader in between makes its own plan, and tells of it again.
  expect([...new Set(steps)].filter((step) => step !== 'waiting'))
    .toEqual(['adding', 'catching-up', 'promoting', 'joined']);
  // Their votes count: two of the first three may go.
  const leader = await lab.leaderOf();
  const [first, second] = (['n1', 'n2', 'n3'] as const).filter((name) => name !== leader);
  await lab.act('node:crash', first ?? 'n1');
  await lab.act('node:crash', second ?? 'n1');
  await lab.putUntilAcknowledged('n5', 'needs', 'the new ones');
});

test('a removed leader hands over first; its disk is deleted, and its name is not used again', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  await lab.put(leader, 'kept', 'by the others');
  const folder = join(lab.dataDirectory, 'labs', lab.view.labId, leader);
  expect(existsSync(folder)).toBe(true);
  const answer = await change(lab, 'remove', leader);
  expect(answer.node).toBe(leader);
  await lab.until('it to be gone', () => lab.view.nodes[leader] === undefined);
  expect(leavingSteps(lab)).toEqual(expect.arrayContaining(['handing-over', 'removing', 'removed']));
  const rest = lab.names;
  expect(rest).toHaveLength(2);
  expect(await lab.leaderOf()).not.toBe(leader);
  await lab.until('its folder to be deleted', () => !existsSync(folder));
  expect(await lab.get(rest[0] ?? 'n1', 'kept')).toBe('by the others');
  expect(await labErrorOf(lab.put(leader, 'x', 'y'))).toMatchObject({ code: 'unknown-node' });
  expect(await add(lab)).toMatchObject({ node: 'n4' });
});

test('replaced under writes: a new node takes the place in one joint change, and nothing is lost', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const writing = new AbortController();
  const acknowledged: string[] = [];
  const writer = (async () => {
    for (let count = 1; !writing.signal.aborted; count += 1) {
      await lab.putUntilAcknowledged('n1', `k${count}`, 'kept');
      acknowledged.push(`k${count}`);
    }
  })();
  await lab.until('some writes', () => acknowledged.length > 20);
  expect(await change(lab, 'replace', 'n2')).toMatchObject({ node: 'n4' });
  await lab.until('n2 to be gone', () => !lab.names.includes('n2'));
  writing.abort();
  await writer;
  await settled(lab, [1, 3, 4]);
  const joint = lab.events.filter((event) => event.type === 'configurationChanged'
    && event.configuration.votersOutgoing.includes(2) && event.configuration.voters.includes(4));
  expect(joint.length).toBeGreaterThan(0);
  await lab.converged();
  expect(Object.keys(await lab.contents('n4')).sort()).toEqual([...acknowledged].sort());
});

test('a voter becomes a learner and a voter again; a learner gets the log and gives no vote', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  await change(lab, 'demote', leader);
  const id = lab.node(leader).id;
  await settled(lab, [1, 2, 3].filter((voter) => voter !== id), [id]);
  await lab.putUntilAcknowledged(leader, 'through', 'a learner');
  await lab.converged();
  expect(await lab.get(leader, 'through')).toBe('a learner');
  // Of two voters none may fail: the learner does not make up for one.
  const now = await lab.leaderOf();
  const other = lab.names.find((name) => name !== now && name !== leader) ?? 'n1';
  const refused = await labErrorOf(change(lab, 'remove', now).then(() => change(lab, 'remove', other)));
  expect(refused.code).toMatch(/refused|no-leader/);
  await change(lab, 'promote', leader);
  await lab.until('it to be a voter', () => lab.node(leader).configuration?.voters.includes(id));
});

test('what would leave too few voters is refused in words, and changes nothing', async () => {
  const lab = await startLab(3);
  await lab.converged();
  await lab.act('node:crash', 'n3');
  const leader = await lab.leaderOf(['n1', 'n2', 'n3']);
  const other = leader === 'n1' ? 'n2' : 'n1';
  for (const action of ['remove', 'demote'] as const) {
    const refused = await labErrorOf(change(lab, action, other));
    expect(refused.code).toBe('refused');
    expect(refused.message).toContain(`without the vote of ${other} nothing more could be committed`);
    expect(refused.message).toContain('2 are needed');
  }
  expect(await labErrorOf(change(lab, 'promote', other))).toMatchObject({ code: 'refused' });
  expect(await labErrorOf(change(lab, 'remove', 'n9'))).toMatchObject({ code: 'unknown-node' });
  // The dead one may go: that is what removing is for.
  await change(lab, 'remove', 'n3');
  await settled(lab, [1, 2]);
  await change(lab, 'remove', other);
  const last = await lab.until('one node', () => lab.names.length === 1 && lab.names[0]);
  await lab.leaderOf([last]);
  expect((await labErrorOf(change(lab, 'remove', last))).message).toContain(`${last} is the only voter`);
  await lab.putUntilAcknowledged(last, 'alone', 'yes');
});

test('a change goes on after crashes and after the lab was closed; without a leader none begins', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  const others = lab.names.filter((name) => name !== leader) as [NodeName, NodeName];
  // The new node crashes before it has caught up, then the leader does.
  const adding = add(lab).catch((error: unknown) => error);
  await lab.until('n4', () => lab.view.nodes['n4']?.life === 'running');
  await lab.act('node:crash', 'n4');
  await lab.act('node:crash', leader);
  await adding;
  await lab.service.close();

  const again = await TestLab.follow(await openService(lab.dataDirectory), lab.dataDirectory);
  expect(again.names).toEqual(['n1', 'n2', 'n3', 'n4']);
  await again.leaderOf(others.concat(leader));
  await again.act('node:restart', 'n4');
  await again.act('node:restart', leader);
  await settled(again, [1, 2, 3, 4]);
  await again.service.execute('cluster:add', { asLearner: true });
  await settled(again, [1, 2, 3, 4], [5]);
  await again.service.close();

  const third = await TestLab.follow(await openService(lab.dataDirectory), lab.dataDirectory);
  await third.leaderOf();
  await settled(third, [1, 2, 3, 4], [5]);
  for (const node of ['n1', 'n2', 'n3'] as const) {
    await third.act('node:crash', node);
  }
  await third.until('nobody to lead', () => third.nodes.every(({ role }) => role !== 'leader'));
  const refused = await labErrorOf(add(third));
  expect(refused).toMatchObject({ code: 'no-leader' });
  expect(refused.message).toContain('no leader: ');
});
