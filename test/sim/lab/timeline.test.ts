/** Time in a person's hands: steps, back, branches, what comes next, and that the same comes out again. */
import { describe, expect, test } from 'vitest';
import { labRecordSchema } from '../../../src/sim/lab/labRecord.ts';
import { LabInHand } from './labInHand.ts';

const put = (key: string, value: string) => ({ op: 'put', key, value }) as const;

test('the same seed and the same actions at the same moments give the same view', async () => {
  const play = async () => {
    const lab = LabInHand.make({ nodeCount: 5 });
    await lab.do('time:step', { unit: 'election' });
    await lab.within(3000, 'kv:execute', { node: 'n1', command: put('colour', 'red') });
    await lab.do('node:crash', { node: lab.leader });
    await lab.do('time:until', { condition: 'somebody leads', withinMs: 20_000 });
    await lab.runFor(1234.5);
    return lab.view;
  };
  expect(await play()).toEqual(await play());
});

describe('back', () => {
  test('shows exactly what was shown before, by every unit', async () => {
    const lab = LabInHand.make({ nodeCount: 5 });
    for (const unit of ['event', 'message', 'turn', 'election', 'commit'] as const) {
      await lab.do('time:step', { unit });
      const [view, { step, atMs }] = [structuredClone(lab.view), lab.status];
      await lab.do('time:step', { unit });
      expect(await lab.do('time:back', { unit })).toMatchObject({ step, atMs, state: 'held' });
      expect(lab.view).toEqual(view);
    }
  });

  test('comes to the beginning, and to any moment by its time', async () => {
    const lab = LabInHand.make();
    await lab.runFor(5000);
    expect(await lab.do('time:seek', { atMs: 2500 })).toMatchObject({ atMs: 2500 });
    expect(await lab.do('time:back', { unit: 'finding' })).toMatchObject({ step: 0, atMs: 0 });
    expect(await lab.do('time:seek', { atMs: 99_000 })).toMatchObject({ atMs: 5000 });
  });

  test('whoever waits for an answer learns that time was taken back', async () => {
    const lab = LabInHand.make();
    await lab.do('time:step', { unit: 'election' });
    const answer = lab.timeline.execute('kv:execute', { node: lab.leader, command: put('a', '1') });
    answer.catch(() => undefined);
    await lab.do('time:back', { unit: 'event' });
    await expect(answer).rejects.toThrow('time was taken to another moment before it was answered');
  });
});

describe('a branch', () => {
  test('begins with an action in the past, and the earlier future stays', async () => {
    const lab = LabInHand.make();
    await lab.do('time:step', { unit: 'election' });
    const leader = lab.leader;
    await lab.runFor(3000);
    await lab.within(2000, 'kv:execute', { node: leader, command: put('colour', 'red') });
    const end = structuredClone(lab.view);
    await lab.do('time:seek', { atMs: 3000 });
    await lab.do('node:crash', { node: leader });
    await lab.runFor(10_000);
    const { branches, branch } = lab.status;
    expect(branches.map(({ name, parent }) => [name, parent])).toEqual([
      ['the first run', null], [`crash ${leader} at 3.000 s`, 0],
    ]);
    expect(lab.leader).not.toBe(leader);
    const comparison = await lab.do('branch:compare', { branch: 0, other: branch });
    expect(comparison.second).toMatchObject({ atMs: 3000, text: `${leader} crashed` });
    expect(comparison.first?.atMs).toBeGreaterThanOrEqual(3000);
    await lab.do('branch:select', { branch: 0 });
    expect(lab.view).toEqual(end);
    await lab.do('branch:rename', { branch, name: 'without its leader' });
    await expect(lab.do('branch:delete', { branch: 0 })).rejects.toThrow('cannot be deleted');
    expect((await lab.do('branch:delete', { branch })).branches).toHaveLength(1);
  });

  test('what is kept of a lab brings back each branch and the moment that was shown', async () => {
    const lab = LabInHand.make({ nodeCount: 5, seed: 9 });
    await lab.runFor(4000);
    await lab.do('time:seek', { atMs: 2000 });
    await lab.do('network:partition', { groups: [['n1', 'n2'], ['n3', 'n4', 'n5']] });
    await lab.runFor(6000);
    await lab.do('time:back', { unit: 'message' });
    const record = labRecordSchema.parse(JSON.parse(JSON.stringify(lab.timeline.record())));
    const again = new LabInHand(record);
    await again.do('time:status', {});
    again.work();
    await Promise.resolve();
    again.work();
    expect(again.view).toEqual(lab.view);
    expect({ ...again.status, heldBecause: null }).toEqual({ ...lab.status, heldBecause: null });
  });

  test('a kept branch that leads elsewhere holds time and says so; what is done then begins another', async () => {
    const lab = LabInHand.make();
    await lab.runFor(3000);
    await lab.do('node:crash', { node: lab.leader });
    await lab.runFor(3000);
    const { simulation, ...record } = lab.timeline.record();
    // Another seed stands for another version of Raftlab: what was done comes at moments that are not there.
    const other = new LabInHand({ ...record, simulation: { ...simulation, seed: simulation.seed + 1 } });
    await other.do('time:status', {});
    for (let goes = 0; goes < 3; goes += 1) {
      other.work();
      await Promise.resolve();
    }
    expect(other.status.heldBecause).toContain('cannot be done again');
    await other.do('time:run', {});
    other.timeline.passTime(9000);
    other.timeline.work(1000);
    expect(other.status.state).toBe('held');
    expect(other.status.heldBecause).toContain('cannot be done again');
    await other.do('node:crash', { node: 'n1' });
    expect(other.status.branch).toBe(1);
    await other.runFor(1000);
    expect(other.view.nodes['n1']?.life).toBe('crashed');
  });

  test('a moment after the end of a branch is its end', async () => {
    const lab = LabInHand.make();
    await lab.runFor(2000);
    const { step } = lab.status;
    expect(await lab.do('branch:select', { branch: 0, step: 900_000_000 })).toMatchObject({ step });
  });
});

describe('what comes next', () => {
  test('a message of an idle cluster is lost, doubled, late or first by hand', async () => {
    const lab = LabInHand.make();
    await lab.do('time:step', { unit: 'election' });
    await lab.runFor(1000);
    await lab.do('time:step', { unit: 'message' });
    const isMessage = ({ kind, isHeld }: { kind: string; isHeld: boolean }) => kind === 'message' && !isHeld;
    const [first] = lab.status.next.filter(isMessage);
    if (first === undefined) expect.unreachable('no message is on its way');
    await lab.do('next:hold', { id: first.id });
    expect(lab.status.next.find(({ id }) => id === first.id)).toMatchObject({ isHeld: true, inMs: 0 });
    await lab.runFor(200);
    expect(lab.status.next.some(({ id }) => id === first.id)).toBe(true);
    lab.events.length = 0;
    await lab.do('next:first', { id: first.id });
    expect(lab.events).toContainEqual(expect.objectContaining({
      type: 'messageReceived', messageId: first.message?.messageId,
    }));
    await expect(lab.do('next:first', { id: first.id })).rejects.toThrow('has happened already');
  });

  test('an election timer that is let fire makes its node a candidate, and time does not pass', async () => {
    const lab = LabInHand.make();
    const timer = lab.status.next.find(({ kind, node }) => kind === 'election-timer' && node === 'n3');
    if (timer === undefined) expect.unreachable('n3 has no election timer');
    await lab.do('next:first', { id: timer.id });
    expect(lab.status.atMs).toBe(0);
    expect(lab.view.nodes['n3']?.role).toBe('pre-candidate');
  });

  test('the timer of a node that has something to write fires as well', async () => {
    const lab = LabInHand.make();
    await lab.do('time:step', { unit: 'election' });
    const { leader } = lab;
    const follower = leader === 'n1' ? 'n2' : 'n1';
    lab.timeline.execute('kv:execute', { node: leader, command: put('colour', 'red') }).catch(() => undefined);
    // Its next turn writes down what it has just learned to be committed.
    await lab.do('time:until', { condition: `commit of ${follower} >= 2` });
    await lab.do('node:crash', { node: leader });
    const timer = lab.status.next.find(({ kind, node }) => kind === 'election-timer' && node === follower);
    if (timer === undefined) expect.unreachable(`${follower} has no election timer`);
    await lab.do('next:first', { id: timer.id });
    expect(lab.view.nodes[follower]?.role).toBe('pre-candidate');
  });

  test('what a node was about to do ends with its crash, and does not come back with its restart', async () => {
    const lab = LabInHand.make();
    await lab.runFor(1000);
    await lab.do('node:crash', { node: 'n1' });
    await lab.do('node:restart', { node: 'n1' });
    const ofN1 = lab.status.next.filter(({ kind, node }) => kind === 'election-timer' && node === 'n1');
    expect(ofN1).toHaveLength(1);
  });
});

test('a running lab goes on with real time, at its speed, and a held one does not', async () => {
  const lab = LabInHand.make();
  await lab.do('time:setSpeed', { speed: 10 });
  await lab.do('time:run', {});
  lab.timeline.passTime(100);
  lab.timeline.work(1000);
  expect(lab.status).toMatchObject({ atMs: 1000, state: 'running', speed: 10, next: [] });
  await lab.do('time:hold', {});
  lab.timeline.passTime(100);
  lab.timeline.work(1000);
  expect(lab.status).toMatchObject({ atMs: 1000, state: 'held' });
});

test('members change as in a live lab', async () => {
  const lab = LabInHand.make();
  await lab.do('time:step', { unit: 'election' });
  expect(await lab.within(20_000, 'cluster:add', {})).toMatchObject({ node: 'n4', isDone: true });
  expect(await lab.within(20_000, 'cluster:remove', { node: 'n1' })).toMatchObject({ isDone: true });
  expect(Object.keys(lab.view.nodes)).toEqual(['n2', 'n3', 'n4']);
  await lab.do('node:wipe', { node: 'n4' });
  await lab.runFor(20_000);
  expect(lab.view.nodes['n4']).toMatchObject({ incarnation: 2, life: 'running' });
  expect(lab.view.nodes[lab.leader]?.configuration?.voters).toContain(1004);
});
