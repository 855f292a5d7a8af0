/** What would end the cluster is refused, whatever is under way; a command that fails leaves nothing behind. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { LinkFaults } from '../../src/trace/events.ts';
import type { NodeName } from '../../src/trace/names.ts';
import { labErrorOf, makeLab, openService, startLab, temporaryFolder, TestLab } from './support.ts';

const folderOf = (lab: TestLab, name: NodeName): string =>
  join(lab.dataDirectory, 'labs', lab.view.labId, name);
const deleteFile = (lab: TestLab, name: NodeName): void => {
  for (const file of ['raft.db', 'raft.db-wal', 'raft.db-shm']) {
    rmSync(join(folderOf(lab, name), file), { force: true });
  }
};
/** Waits until all nodes vote as they are now. */
const allVote = (lab: TestLab) => lab.until('all to vote', ({ nodes }) => {
  const ids = nodes.map(({ id }) => id);
  return nodes.every(({ life, configuration }) => life === 'running'
    && ids.every((id) => configuration?.voters.includes(id)) && configuration?.voters.length === ids.length);
});
/** The messages with which of several commands those were refused that were. */
async function refusals(...commands: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const outcomes = await Promise.allSettled(commands);
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected'
    ? [outcome.reason instanceof LabError ? outcome.reason.message : String(outcome.reason)]
    : []));
}

test('of two wipes that would take the majority\'s data the second is refused, whatever the order', async () => {
  const lab = await startLab(3);
  await lab.converged();
  await lab.put('n1', 'kept', 'by the others');
  await lab.converged();

  const atOnce = await refusals(lab.act('node:wipe', 'n1'), lab.act('node:wipe', 'n2'));
  expect(atOnce).toHaveLength(1);
  expect(atOnce[0]).toContain('wiping n2 now would leave no majority with its data');
  expect(atOnce[0]).toMatch(/n1 was wiped|n1′2 is not a voter yet/);
  await allVote(lab);
  await lab.converged();

  await lab.act('node:crash', 'n2');
  const behindRestart = await refusals(
    lab.act('node:restart', 'n2'), lab.act('node:wipe', 'n2'), lab.act('node:wipe', 'n3'), lab.act('node:wipe', 'n1'),
  );
  expect(behindRestart).toHaveLength(2);
  await allVote(lab);
  await lab.converged();
  expect(await lab.contents('n3')).toEqual({ kept: 'by the others' });
});

test('a node without its file is not counted on; where the majority is gone the words say what is left', async () => {
  const lab = await startLab(3);
  await lab.converged();
  await lab.put('n1', 'kept', 'by n1');
  await lab.converged();
  // Under a node that runs, where the system deletes open files: nobody has noticed yet.
  if (process.platform === 'win32') await lab.act('node:crash', 'n2');
  deleteFile(lab, 'n2');
  const unnoticed = await labErrorOf(lab.act('node:wipe', 'n1'));
  expect(unnoticed.message).toContain('the file of n2 is gone or damaged');
  await refusals(lab.act('node:crash', 'n2')); // it may have noticed by itself meanwhile, and have stopped
  expect((await labErrorOf(lab.act('node:restart', 'n2'))).code).toBe('corrupt-file');
  await lab.act('node:crash', 'n1');
  expect((await labErrorOf(lab.act('node:wipe', 'n1'))).message).toContain('would leave no majority with its data');
  await lab.act('node:restart', 'n1');
  await lab.leaderOf();
  await lab.act('node:wipe', 'n2');
  await allVote(lab);
  await lab.converged();
  await lab.service.close();

  // When the lab is opened again nobody leads, and what ran before has to be seen first.
  writeFileSync(join(folderOf(lab, 'n3'), 'raft.db'), 'no database');
  deleteFile(lab, 'n2');
  const again = await TestLab.follow(await openService(lab.dataDirectory), lab.dataDirectory);
  await again.until('n2 and n3 to fail', () => ['n2', 'n3'].every((name) => (
    again.nodes.some((node) => node.name === name && node.life === 'failed'))));
  await again.until('n1 to run', () => again.node('n1').configuration !== null);
  for (const name of again.names) {
    expect((await labErrorOf(again.act('node:wipe', name))).message).toContain('only n1 has data left, 2 are needed');
  }
  const refused = await labErrorOf(again.service.execute('cluster:add', { asLearner: false }));
  expect(refused).toMatchObject({ code: 'no-leader' });
  expect(refused.message).toContain('what n1 holds can be read (stale reads), then delete the lab');
  expect(await again.holds('n1', 'kept', 'by n1')).toBe(true);
});

test('a file that is another node\'s, or nobody\'s, is no data, whether the node has tried it or not', async () => {
  const lab = await startLab(3);
  await lab.converged();
  await lab.act('node:crash', 'n3');
  await lab.act('node:crash', 'n2');
  deleteFile(lab, 'n2');
  copyFileSync(join(folderOf(lab, 'n3'), 'raft.db'), join(folderOf(lab, 'n2'), 'raft.db'));
  await lab.act('node:restart', 'n3');
  await lab.leaderOf();
  const untried = await labErrorOf(lab.act('node:wipe', 'n1'));
  expect(untried.message).toContain('the file of n2 is gone or damaged');
  expect((await labErrorOf(lab.act('node:restart', 'n2'))).message).toContain('belongs to another node');
  expect((await labErrorOf(lab.act('node:wipe', 'n1'))).message).toContain('the file of n2 is gone or damaged');

  const empty = new Database(join(folderOf(lab, 'n2'), 'raft.db'));
  empty.exec('DROP TABLE log; DROP TABLE identity');
  empty.close();
  expect((await labErrorOf(lab.act('node:wipe', 'n3'))).message).toContain('the file of n2 is gone or damaged');
  await lab.act('node:wipe', 'n2');
  await allVote(lab);

  // Commands that come right after the lab is opened wait until its nodes run.
  await lab.service.close();
  const again = await TestLab.follow(await openService(lab.dataDirectory), lab.dataDirectory);
  await again.act('node:wipe', 'n1');
  await allVote(again);
  await again.service.close();
  const andAgain = await TestLab.follow(await openService(lab.dataDirectory), lab.dataDirectory);
  await andAgain.service.execute('cluster:add', { asLearner: true });
});

test('whoever the leader does not hear does not count, whatever the link does to the datagrams', async () => {
  // At class pace no leader is lost because the machine has other work.
  const folder = temporaryFolder();
  await makeLab(folder, 3, 'class');
  const lab = await TestLab.follow(await openService(folder), folder);
  await lab.converged();
  const leader = await lab.leaderOf();
  const [far, near] = lab.names.filter((name) => name !== leader) as [NodeName, NodeName];
  const link = (faults: Partial<LinkFaults>) => lab.service.execute('link:set', {
    from: leader, to: far, bothWays: true, faults: { ...NO_FAULTS, ...faults },
  });
  for (const faults of [{ lossPercent: 100 }, { delayMs: 60_000 }, { delayMs: 4000 }]) {
    await link(faults);
    const action = faults.lossPercent === undefined ? 'cluster:demote' : 'cluster:remove';
    const refused = await labErrorOf(lab.service.execute(action, { node: near }));
    expect(refused.code).toBe('refused');
    expect(refused.message).toContain(`without the vote of ${near} nothing more could be committed`);
    expect(refused.message).toContain(far);
    await link({});
  }
  await lab.putUntilAcknowledged(leader, 'still', 'committed');
  await lab.converged();
  await lab.service.execute('cluster:remove', { node: near });
  await lab.until('it to be gone', () => lab.view.nodes[near] === undefined);
});

test('a new leader is asked when the one that was asked is paused', async () => {
  const lab = await startLab(5);
  await lab.converged();
  const leader = await lab.leaderOf();
  const others = lab.names.filter((name) => name !== leader) as [NodeName, NodeName, NodeName, NodeName];
  const lose = (lossPercent: number) => Promise.all(others.map((to) => lab.service.execute('link:set', {
    from: leader, to, bothWays: false, faults: { ...NO_FAULTS, lossPercent },
  })));
  await lose(100);
  const [to] = others;
  const transfer = lab.service.execute('cluster:transfer', { to });
  await lab.until('the hand-over to begin', () => lab.node(leader).transferee !== 0);
  await lab.act('node:pause', leader);
  // The paused leader never answers: the one that is elected is asked, or it is the one that is to lead.
  expect(await transfer).toMatchObject({ leader: to });
  await lose(0);
  await lab.service.execute('cluster:add', { asLearner: true });
  await lab.until('n6 to be a learner', () => lab.node('n6').configuration?.learners.includes(6));
  const goes = others[3];
  await lab.service.execute('cluster:remove', { node: goes });
  await lab.until('it to be gone', () => lab.view.nodes[goes] === undefined);
});

test('a node that cannot be started, or wiped, leaves nothing behind', async () => {
  const lab = await startLab(3);
  await lab.converged();
  writeFileSync(folderOf(lab, 'n4'), 'in the way');
  const labFile = join(lab.dataDirectory, 'labs', lab.view.labId, 'lab.json');
  for (const command of ['cluster:replace', 'cluster:add'] as const) {
    const failed = await labErrorOf(command === 'cluster:add'
      ? lab.service.execute(command, { asLearner: false })
      : lab.service.execute(command, { node: 'n2' }));
    expect(failed.message).toContain('n4 was not added: the files of n4 could not be touched');
    expect(lab.names).toEqual(['n1', 'n2', 'n3']);
    expect(readFileSync(labFile, 'utf8')).not.toMatch(/"number": 4|leaving/);
  }
  const inTheWay = `${labFile}.${process.pid}.new`;
  mkdirSync(inTheWay);
  const wiped = await labErrorOf(lab.act('node:wipe', 'n2'));
  rmSync(inTheWay, { recursive: true });
  expect(wiped.message).toContain('n2 was not wiped: lab.json cannot be saved');
  expect(lab.node('n2')).toMatchObject({ id: 2, life: 'running', boot: 1 });
  expect(existsSync(join(folderOf(lab, 'n2'), 'raft.db'))).toBe(true);
  expect(readFileSync(folderOf(lab, 'n4'), 'utf8')).toBe('in the way');
  rmSync(folderOf(lab, 'n4'));
  expect(await lab.service.execute('cluster:replace', { node: 'n2' })).toMatchObject({ node: 'n4' });
  await lab.until('n2 to be gone', () => !lab.names.includes('n2'));
  await lab.converged();
});
