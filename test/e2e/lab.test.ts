// A lesson in the real window: write, crash the leader, write, restart, partition, heal, close and open again.
import { expect, test } from 'vitest';
import type { NodeName } from '../../src/trace/names.ts';
import { dataFolder, TestApp } from './support/app.ts';
import { LabWindow } from './support/labWindow.ts';

test('a whole lesson, by mouse, menu, console and keys, and the data is there the next day', async () => {
  const dataPath = dataFolder();
  const app = await TestApp.launch({ dataPath });
  const lab = new LabWindow(app.page);
  await lab.skipIntroduction();
  await lab.byId('pace-fast').click();

  // Five nodes, one leader; a write through a node that does not lead.
  const firstLeader = await lab.untilLeader();
  const names = (await lab.nodes()).map((node) => node.name);
  expect(names).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
  const follower = names.find((name) => name !== firstLeader)!;
  const first = await lab.ask(`@${follower} put colour teal`);
  expect(first).toMatchObject({ tone: 'ok', text: expect.stringContaining(`${follower} → ${firstLeader}`) as string });
  await app.screenshot('lab-1-first-write');

  // The leader is crashed from its menu; another leads, and the next write succeeds.
  await lab.chooseFor(firstLeader, 'crash');
  await lab.until(`${firstLeader} crashed`, (nodes) =>
    nodes.find((node) => node.name === firstLeader && node.life === 'crashed'));
  const secondLeader = await lab.untilLeader();
  expect(secondLeader).not.toBe(firstLeader);
  expect(await lab.ask(`@${secondLeader} put owner ada`)).toMatchObject({ tone: 'ok' });
  await app.screenshot('lab-2-leader-crashed');

  // Restarted, the old leader follows and its log is repaired.
  await lab.chooseFor(firstLeader, 'restart');
  await lab.untilConverged();
  expect(await lab.ask(`@${firstLeader} get owner`)).toMatchObject({
    tone: 'ok', text: expect.stringContaining('ada') as string,
  });
  await app.screenshot('lab-3-restarted');

  await partitionAndHeal(app, lab, names);
  expect(app.complaints).toEqual([]);
  expect(app.loggedProblems()).toEqual([]);
  await app.close();

  // The next day.
  const again = await TestApp.launch({ dataPath });
  const reopened = new LabWindow(again.page);
  await reopened.untilLeader();
  expect(await reopened.ask('get colour')).toMatchObject({
    tone: 'ok', text: expect.stringContaining('majority') as string,
  });
  await again.screenshot('lab-6-reopened');
  expect(again.complaints).toEqual([]);
});

test('another lab takes the place of the one before, which is as it was when it is opened again', async () => {
  const app = await TestApp.launch({ dataPath: dataFolder() });
  const lab = new LabWindow(app.page);
  await lab.skipIntroduction();
  await lab.byId('pace-fast').click();
  await lab.untilLeader();
  expect(await lab.ask('put place first')).toMatchObject({ tone: 'ok' });

  await app.chooseFromMenu('New Lab…');
  await lab.byId('new-lab-name').fill('Three nodes');
  await app.page.getByRole('radio', { name: '3', exact: true }).click();
  await lab.byId('create-lab').click();
  await lab.until('three nodes', (nodes) => (nodes.length === 3 ? true : undefined));
  await lab.untilLeader();
  expect((await lab.ask('get place')).text).toContain('absent');
  await app.screenshot('lab-7-another-lab');

  await app.chooseFromMenu('Open Lab…');
  await app.page.getByRole('button', { name: 'Open Default lab' }).click();
  await lab.until('five nodes again', (nodes) => (nodes.length === 5 ? true : undefined));
  await app.page.keyboard.press('Escape');
  await lab.untilLeader();
  expect(await lab.ask('get place')).toMatchObject({ tone: 'ok', text: expect.stringContaining('first') as string });
  expect(app.complaints).toEqual([]);
  expect(app.loggedProblems()).toEqual([]);
});

/** Parts the leader and one more from the other three: two cannot acknowledge, three can; healed, all agree. */
async function partitionAndHeal(app: TestApp, lab: LabWindow, names: readonly NodeName[]): Promise<void> {
  const leader = await lab.untilLeader();
  const minority = [leader, await lab.neighbourOf(leader)];
  const majority = names.filter((name) => !minority.includes(name));
  await lab.partition(minority);

  const unanswered = await lab.type(`@${leader} put colour minority`);
  await lab.untilLeader(majority);
  expect(await lab.ask(`@${majority[0]!} put colour majority`)).toMatchObject({ tone: 'ok' });
  await app.screenshot('lab-4-partitioned');
  // What was asked of the minority is never acknowledged.
  expect((await lab.untilAnswer(unanswered)).tone).toMatch(/^(?:unknown|error)$/);

  await lab.heal();
  await lab.untilConverged();
  for (const name of names) {
    expect(await lab.ask(`@${name} get colour`)).toMatchObject({
      tone: 'ok', text: expect.stringContaining('majority') as string,
    });
  }
  await app.screenshot('lab-5-healed');
}
