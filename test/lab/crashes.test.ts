/** Crashes in the middle of writes, over and over: what was acknowledged is never lost. */
import { expect, test } from 'vitest';
import { LabError } from '../../src/contract/errors.ts';
import type { NodeName } from '../../src/trace/names.ts';
import { labErrorOf, startLab } from './support.ts';
import type { TestLab } from './support.ts';

const ROUNDS = 50;

/** As many keys as one look into a state machine shows. */
const KEYS_MAX = 1000;

/**
 * Writes one new key after the other until told to stop, through the first of `writers` that runs; notes what was
 * acknowledged.
 */
function keepWriting(lab: TestLab, writers: readonly NodeName[]): {
  readonly acknowledged: Record<string, string>;
  readonly stop: () => Promise<void>;
} {
  const acknowledged: Record<string, string> = {};
  const stopping = new AbortController();
  const done = (async () => {
    for (let count = 1; !stopping.signal.aborted && count <= KEYS_MAX; count += 1) {
      const writer = await lab.until('a node to ask', () => writers.find((name) => lab.node(name).life === 'running'));
      try {
        await lab.put(writer, `k${count}`, String(count));
        acknowledged[`k${count}`] = String(count);
      } catch (error) {
        if (!(error instanceof LabError)) {
          throw error;
        }
        // Refused, or its outcome is not known: either way nothing was promised.
      }
    }
  })();
  // A failure is the test's to see when it stops the writing, and nobody's before.
  done.catch(() => undefined);
  return {
    acknowledged,
    stop: () => {
      stopping.abort();
      return done;
    },
  };
}

async function expectNothingLost(lab: TestLab, acknowledged: Record<string, string>): Promise<void> {
  await lab.converged();
  expect(Object.keys(acknowledged).length).toBeGreaterThan(0);
  for (const name of lab.names) {
    expect(await lab.contents(name)).toMatchObject(acknowledged);
  }
}

test(`a follower that crashes mid-write ${ROUNDS} times loses nothing that was acknowledged`, async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const [follower = 'n1', other = 'n2'] = lab.names.filter((name) => name !== leader);
  const writing = keepWriting(lab, [leader, other]);
  for (let round = 1; round <= ROUNDS; round += 1) {
    // In the middle of writing: the follower has just got another entry, unless all keys are written by now.
    const { lastIndex } = lab.node(follower);
    await lab.until('the follower to write on', () =>
      lab.node(follower).lastIndex > lastIndex || Object.keys(writing.acknowledged).length > KEYS_MAX - 10);
    await lab.act('node:crash', follower);
    await lab.act('node:restart', follower);
    expect(lab.node(follower).boot).toBe(round + 1);
  }
  await writing.stop();
  await expectNothingLost(lab, writing.acknowledged);
  expect((await lab.disk(follower, 0)).identity.boot).toBe(ROUNDS + 1);
}, 180_000);

test('a leader that crashes mid-write five times loses nothing that was acknowledged', async () => {
  const lab = await startLab(5);
  await lab.leaderOf();
  const writing = keepWriting(lab, lab.names);
  for (let round = 1; round <= 5; round += 1) {
    const leader = await lab.leaderOf();
    await lab.act('node:crash', leader);
    await lab.leaderOf(lab.names.filter((name) => name !== leader));
    await lab.act('node:restart', leader);
  }
  await writing.stop();
  await expectNothingLost(lab, writing.acknowledged);
});

test('a client whose node crashes is told that the outcome is unknown', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const others = lab.names.filter((name) => name !== leader);
  const { index } = await lab.put(leader, 'session', 'open');
  await lab.service.execute('network:partition', { groups: [[leader], others] });
  const answer = labErrorOf(lab.put(leader, 'x', 'y'));
  await lab.until('the entry in the leader\'s log', () => lab.node(leader).lastIndex > index);
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
