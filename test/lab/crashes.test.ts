/** Crashes in the middle of writes, over and over: what was acknowledged is never lost. */
import { expect, test } from 'vitest';
import { labErrorOf, startLab } from './support.ts';
import type { TestLab } from './support.ts';

const ROUNDS = 50;

/** Writes one key after the other through `writer` until told to stop; notes what was acknowledged. */
function keepWriting(lab: TestLab, writer: Parameters<TestLab['put']>[0]): {
  readonly acknowledged: Map<string, string>;
  readonly stop: () => Promise<void>;
} {
  const acknowledged = new Map<string, string>();
  let goesOn = true;
  const done = (async () => {
    for (let count = 1; goesOn; count += 1) {
      await lab.putUntilAcknowledged(writer, `k${count % 100}`, String(count));
      acknowledged.set(`k${count % 100}`, String(count));
    }
  })();
  return {
    acknowledged,
    stop: () => {
      goesOn = false;
      return done;
    },
  };
}

test(`a follower that crashes mid-write ${ROUNDS} times loses nothing that was acknowledged`, async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const follower = lab.names.find((name) => name !== leader) ?? 'n1';
  const writing = keepWriting(lab, leader);
  for (let round = 1; round <= ROUNDS; round += 1) {
    // In the middle of writing: the follower has just been told of another entry.
    const { lastIndex } = lab.node(follower);
    await lab.until('the follower to write on', () => lab.node(follower).lastIndex > lastIndex);
    await lab.act('node:crash', follower);
    await lab.act('node:restart', follower);
    expect(lab.node(follower).boot).toBe(round + 1);
  }
  await writing.stop();
  await lab.converged();
  expect(writing.acknowledged.size).toBeGreaterThan(0);
  for (const name of lab.names) {
    expect(await lab.contents(name)).toEqual(Object.fromEntries(writing.acknowledged));
  }
  expect((await lab.disk(follower, 0)).identity.boot).toBe(ROUNDS + 1);
});

test('a leader that crashes mid-write five times loses nothing that was acknowledged', async () => {
  const lab = await startLab(5);
  const first = await lab.leaderOf();
  const writer = lab.names.find((name) => name !== first) ?? 'n1';
  const writing = keepWriting(lab, writer);
  for (let round = 1; round <= 5; round += 1) {
    const leader = await lab.until('another leader than the writer', () => {
      const found = lab.nodes.find(({ role, life }) => role === 'leader' && life === 'running');
      return found !== undefined && found.name !== writer && found.commitIndex === found.lastIndex && found.name;
    });
    await lab.act('node:crash', leader);
    await lab.leaderOf(lab.names.filter((name) => name !== leader));
    await lab.act('node:restart', leader);
  }
  await writing.stop();
  await lab.converged();
  for (const name of lab.names) {
    expect(await lab.contents(name)).toEqual(Object.fromEntries(writing.acknowledged));
  }
});

test('a client whose node crashes is told that the outcome is unknown', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const others = lab.names.filter((name) => name !== leader);
  await lab.put(leader, 'session', 'open');
  await lab.service.execute('network:partition', { groups: [[leader], others] });
  const answer = labErrorOf(lab.put(leader, 'x', 'y'));
  await lab.until('the entry in the leader\'s log', () => lab.node(leader).lastIndex > lab.node(leader).commitIndex);
  await lab.act('node:crash', leader);
  expect(await answer).toMatchObject({ code: 'unknown-outcome' });
});

test('every voter crashes and comes back: the log is what it was', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  await lab.put('n1', 'kept', 'on disk');
  await Promise.all(lab.names.map((name) => lab.act('node:crash', name)));
  await Promise.all(lab.names.map((name) => lab.act('node:restart', name)));
  await lab.leaderOf();
  expect(await lab.get('n2', 'kept')).toBe('on disk');
});
