/** Variants of Raft on real nodes: as in the paper from the beginning, and changed while the lab runs. */
import { expect, test } from 'vitest';
import type { LabSummary } from '../../src/contract/answers.ts';
import { RAFTLAB_VARIANT, variantOf } from '../../src/trace/variant.ts';
import { labErrorOf, openService, temporaryFolder, TestLab } from './support.ts';

async function labOf(dataDirectory: string, summary: { last?: LabSummary } = {}): Promise<TestLab> {
  const service = await openService(dataDirectory);
  summary.last = await service.execute('lab:create', {
    name: 'Paper', nodeCount: 3, pace: 'fast', variant: variantOf('paper', ['commitOnlyCurrentTerm']),
  });
  return TestLab.follow(service, dataDirectory);
}

test('a lab as in the paper has plain commands, no no-ops and reads in the log, and keeps that', async () => {
  const dataDirectory = temporaryFolder();
  const made: { last?: LabSummary } = {};
  const lab = await labOf(dataDirectory, made);
  const paper = variantOf('paper', ['commitOnlyCurrentTerm']);
  expect(made.last?.variant).toEqual(paper);
  const leader = await lab.leaderOf();
  expect(lab.view).toMatchObject({ variant: paper, rulesOff: ['commitOnlyCurrentTerm'] });
  expect(lab.node(leader).lastIndex).toBe(0);

  expect(await lab.put(leader, 'colour', 'red')).toMatchObject({ index: 1, tries: 1 });
  expect(await lab.kv(leader, { op: 'get', key: 'colour' })).toMatchObject({
    index: 2, result: { value: 'red' }, read: { kind: 'log', readIndex: 2 },
  });
  await lab.converged();
  const types = lab.nodes.map(({ tail }) => tail.map(({ type }) => type));
  expect(types).toEqual([1, 2, 3].map(() => ['command', 'command']));
  await lab.service.close();

  const again = await TestLab.follow(await openService(dataDirectory), dataDirectory);
  await again.leaderOf();
  expect(again.view.variant).toEqual(paper);
  expect(again.events.some((event) => event.type === 'voteGranted' && event.preVote)).toBe(false);
});

test('what can change changes on all nodes at once, and what cannot is refused with the reason', async () => {
  const lab = await labOf(temporaryFolder());
  const leader = await lab.leaderOf();
  expect(await labErrorOf(lab.service.execute('lab:setVariant', { variant: RAFTLAB_VARIANT }))).toMatchObject({
    code: 'refused', message: expect.stringContaining('has no client sessions, and keeps it so') as string,
  });
  const leases = lab.service.execute('lab:setLeaseReads', { enabled: true });
  expect((await labErrorOf(leases)).message).toContain('lease reads need check-quorum');

  const wanted = { ...RAFTLAB_VARIANT, sessions: false };
  await lab.service.execute('lab:setVariant', { variant: wanted });
  expect(lab.view).toMatchObject({ variant: wanted, rulesOff: [] });
  // The leader has no entry of its term: with the no-op on it appends one at once.
  await lab.until('the no-op of the leader', () => lab.node(leader).commitIndex === 1);
  expect(lab.node(leader).tail).toMatchObject([{ type: 'no-op' }]);
  expect(await lab.kv(leader, { op: 'get', key: 'k' })).toMatchObject({ read: { kind: 'read-index' } });
  await lab.service.execute('lab:setLeaseReads', { enabled: true });
  const paper = lab.service.execute('lab:setVariant', { variant: variantOf('paper') });
  expect((await labErrorOf(paper)).message).toContain('`lease off` first');
});
