/** The largest values on a real cluster: they go through fragments, over links that lose, and the leader stays. */
import { expect, test } from 'vitest';
import { VALUE_BYTES_MAX } from '../../src/kv/commands.ts';
import type { Pace } from '../../src/trace/events.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { NodeName } from '../../src/trace/names.ts';
import { makeLab, openService, startLab, temporaryFolder, TestLab } from './support.ts';

/** A value that is as long as may be, and unlike any other. */
function largest(seed: string): string {
  return seed.repeat(Math.ceil(VALUE_BYTES_MAX / seed.length)).slice(0, VALUE_BYTES_MAX);
}

/** With 5 % loss on every link, three of the largest values written through a follower are on all nodes. */
async function writeOverLossyLinks(pace: Pace): Promise<{ lab: TestLab; leader: NodeName; term: number }> {
  const dataDirectory = temporaryFolder();
  await makeLab(dataDirectory, 3, pace);
  const lab = await TestLab.follow(await openService(dataDirectory), dataDirectory);
  const leader = await lab.leaderOf();
  const [follower = 'n1'] = lab.names.filter((name) => name !== leader);
  await lab.put(follower, 'first', 'opens the session');
  const { term } = lab.node(leader);
  for (const from of lab.names) {
    for (const to of lab.names.filter((name) => name !== from)) {
      await lab.service.execute('link:set', { from, to, bothWays: false, faults: { ...NO_FAULTS, lossPercent: 5 } });
    }
  }
  const values = ['one ', 'two ', 'three '].map(largest);
  for (const [count, value] of values.entries()) {
    const answer = await lab.putUntilAcknowledged(follower, `large ${count}`, value);
    expect(answer.result.type).toBe('written');
  }
  await lab.converged();
  const expected = Object.fromEntries(values.map((value, count) => [`large ${count}`, value]));
  for (const name of lab.names) {
    for (const [key, value] of Object.entries(expected)) {
      expect(await lab.holds(name, key, value), `${key} on ${name}`).toBe(true);
    }
  }
  expect(lab.nodes.some(({ counters }) => counters.retransmitted > 0)).toBe(true);
  return { lab, leader, term };
}

test('1 MiB asked of a follower is on all nodes, though 5 % of all datagrams get lost', async () => {
  const { lab } = await writeOverLossyLinks('fast');
  // The trace holds beginnings of values, never the values.
  expect(Math.max(...lab.events.map((event) => JSON.stringify(event).length))).toBeLessThan(20_000);
});

// At the class pace, so that a busy machine that runs the test does not end a term by itself.
test('and the leader stays: heartbeats overtake the fragments', async () => {
  const { lab, leader, term } = await writeOverLossyLinks('class');
  expect(lab.node(leader)).toMatchObject({ role: 'leader', term });
});

test('a compare-and-set of two of the largest values goes through', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const [follower = 'n1'] = lab.names.filter((name) => name !== leader);
  const [before, after] = [largest('before '), largest('after ')];
  await lab.putUntilAcknowledged(follower, 'k', before);
  // At this pace a busy machine may need more than the two seconds of one command.
  await lab.kv(follower, { op: 'cas', key: 'k', expected: before, value: after }).catch(() => undefined);
  await lab.converged();
  expect(await lab.get(follower, 'k') === after).toBe(true);
});

test('a follower that was cut off in the middle of a large value catches up when it is back', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const [cut = 'n1', other = 'n1'] = lab.names.filter((name) => name !== leader);
  await lab.put(other, 'first', 'opens the session');
  await lab.service.execute('network:partition', { groups: [[leader, other], [cut]] });
  for (let count = 0; count < 6; count += 1) {
    await lab.putUntilAcknowledged(other, `large ${count}`, largest(`${count} `));
  }
  await lab.service.execute('network:heal', {});
  await lab.converged();
  expect(await lab.holds(cut, 'large 5', largest('5 '))).toBe(true);
  // The inspector's page of the log ends where it gets too large, and the next one goes on from there.
  const { rows } = await lab.disk(cut);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.reduce((bytes, row) => bytes + row.bytes, 0)).toBeLessThan(5.1 * VALUE_BYTES_MAX);
});
