/** A real cluster: it elects, takes writes through any node, and goes on when nodes crash. */
import { expect, test } from 'vitest';
import { labErrorOf, startLab } from './support.ts';

test('five nodes elect a leader, and a write through a follower is on all of them', async () => {
  const lab = await startLab(5);
  const leader = await lab.leaderOf();
  const follower = lab.names.find((name) => name !== leader) ?? 'n1';

  const answer = await lab.put(follower, 'colour', 'red');
  expect(answer).toMatchObject({
    result: { type: 'written', previous: null }, route: [follower, leader], leader, hops: 1,
  });
  expect(answer.timing.totalMs).toBeGreaterThan(0);
  expect(await lab.put(leader, 'colour', 'sea')).toMatchObject({
    result: { type: 'written', previous: 'red' }, route: [leader], hops: 0,
  });

  const lastIndex = await lab.converged();
  const pages = await Promise.all(lab.names.map((name) => lab.disk(name)));
  for (const page of pages) {
    expect(page.rows).toEqual(pages[0]?.rows);
    expect(page.lastIndex).toBe(lastIndex);
  }
  for (const name of lab.names) {
    expect(await lab.contents(name)).toEqual({ colour: 'sea' });
  }
});

test('every command is answered, refusals included, and each reaches the log', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  expect((await lab.kv('n1', { op: 'incr', key: 'visits', by: 2 })).result).toEqual({ type: 'number', value: 2 });
  expect((await lab.kv('n2', { op: 'cas', key: 'visits', expected: '2', value: 'two' })).result)
    .toEqual({ type: 'compared', swapped: true, actual: '2' });
  expect((await lab.kv('n3', { op: 'incr', key: 'visits', by: 1 })).result)
    .toMatchObject({ type: 'refused', code: 'not-a-number' });
  expect((await lab.kv('n1', { op: 'list', prefix: 'v', limit: 10 })).result)
    .toEqual({ type: 'list', entries: [{ key: 'visits', value: 'two' }], truncated: false });
  expect((await lab.kv('n2', { op: 'delete', key: 'visits' })).result).toEqual({ type: 'deleted', previous: 'two' });
  expect(await lab.get('n3', 'visits')).toBeNull();
});

test('many commands at once through one node are all answered, each once', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const follower = lab.names.find((name) => name !== leader) ?? 'n1';
  const answers = await Promise.all(
    Array.from({ length: 300 }, () => lab.kv(follower, { op: 'incr', key: 'n', by: 1 })),
  );
  const values = answers.map(({ result }) => (result.type === 'number' ? result.value : NaN));
  expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, position) => position + 1));
});

test('when the leader crashes another leads, no acknowledged write is lost, the old log is repaired', async () => {
  const lab = await startLab(5);
  const leader = await lab.leaderOf();
  const others = lab.names.filter((name) => name !== leader);
  const [asked = 'n1'] = others;
  await lab.put(asked, 'before', 'crash');

  await lab.act('node:crash', leader);
  expect(lab.node(leader).life).toBe('crashed');
  const next = await lab.leaderOf(others);
  expect(next).not.toBe(leader);
  expect(lab.node(next).term).toBeGreaterThan(lab.node(leader).term);
  await lab.put(asked, 'after', 'crash');
  expect(await lab.get(asked, 'before')).toBe('crash');

  await lab.act('node:restart', leader);
  await lab.converged();
  expect(lab.node(leader).boot).toBe(2);
  expect(await lab.contents(leader)).toEqual({ before: 'crash', after: 'crash' });
});

test('a write that no crashed leader\'s follower ever saw is discarded from its log', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const others = lab.names.filter((name) => name !== leader);
  const { index } = await lab.put(leader, 'session', 'open');
  await lab.service.execute('network:partition', { groups: [[leader], others] });
  const lost = labErrorOf(lab.put(leader, 'only', 'here'));
  await lab.until('the entry in the old leader\'s log', () => lab.node(leader).lastIndex > index);
  const next = await lab.leaderOf(others);
  await lab.put(next, 'other', 'side');
  expect((await lost).code).toBe('unknown-outcome');
  await lab.service.execute('network:heal', {});
  await lab.converged();
  const rows = (await lab.disk(leader)).rows.map(({ text }) => text);
  expect(rows).not.toContain('put only "here"');
  expect(rows).toContain('put other "side"');
});

test('what cannot be done is refused in words that say what to do', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  const say = async (promise: Promise<unknown>): Promise<string> => {
    const { code, message } = await labErrorOf(promise);
    return `${code}: ${message}`;
  };
  await lab.act('node:crash', 'n3');
  expect(await say(lab.get('n3', 'x')))
    .toBe('node-crashed: node n3 has crashed: restart it or ask another node');
  expect(await say(lab.act('node:crash', 'n3'))).toContain('node-crashed');
  expect(await say(lab.act('node:pause', 'n3'))).toContain('node-crashed');
  expect(await say(lab.act('node:restart', 'n1')))
    .toBe('node-running: node n1 is running already: crash it first');
  expect(await say(lab.act('node:resume', 'n1'))).toBe('node-running: node n1 is not paused');
  await lab.act('node:pause', 'n2');
  expect(await say(lab.get('n2', 'x'))).toBe('node-paused: node n2 is paused: resume it or ask another node');
  expect(await say(lab.act('node:restart', 'n2'))).toBe('node-running: node n2 is paused, not crashed: resume it');
  expect(await say(lab.get('n9', 'x'))).toBe('unknown-node: there is no node n9 in this lab: it has n1, n2, n3');
  expect((await lab.disk('n3')).identity.id).toBe(3);
});
