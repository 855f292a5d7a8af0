/** Snapshots and compaction in running clusters: taken, restarted from, sent to whom the log no longer helps. */
import { expect, test } from 'vitest';
import type { CompactionSettings } from '../../src/server/snapshots/compactionPolicy.ts';
import type { LinkFaults, TraceEvent } from '../../src/trace/events.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { NodeName } from '../../src/trace/names.ts';
import { makeLab, openService, temporaryFolder, TestLab } from './support.ts';

const OFTEN: CompactionSettings = { afterEntries: 20, afterBytes: 64 * 1024 * 1024, trailingEntries: 5 };
const NEVER: CompactionSettings = { afterEntries: 1_000_000, afterBytes: 256 * 1024 * 1024, trailingEntries: 5 };
const KIB = 1024;

async function startLab(compaction: CompactionSettings, nodeCount = 3): Promise<TestLab> {
  const folder = temporaryFolder();
  await makeLab(folder, nodeCount, 'fast', compaction);
  return TestLab.follow(await openService(folder), folder);
}

/** Writes `count` keys through a node, a few at a time. @returns what was written */
async function write(lab: TestLab, node: NodeName, count: number, first = 1, valueBytes = 8): Promise<Entries> {
  const written: Record<string, string> = {};
  for (let at = first; at < first + count; at += 16) {
    await Promise.all(Array.from({ length: Math.min(16, first + count - at) }, async (_, offset) => {
      const key = `key-${at + offset}`;
      const value = `${at + offset}-`.padEnd(valueBytes, 'v');
      await lab.putUntilAcknowledged(node, key, value);
      written[key] = value;
    }));
  }
  return written;
}

type Entries = Readonly<Record<string, string>>;

function eventsOf<Type extends TraceEvent['type']>(lab: TestLab, type: Type): readonly (TraceEvent & { type: Type })[] {
  return lab.events.filter((event): event is TraceEvent & { type: Type } => event.type === type);
}

/** Transfers of snapshots to a node that ended well. */
function broughtTo(lab: TestLab, node: NodeName): readonly TraceEvent[] {
  return eventsOf(lab, 'snapshotSending').filter(({ to, state }) => to === lab.node(node).id && state === 'finished');
}

/** What the node itself holds, whole: a page of its state machine only previews large values. */
async function expectToHold(lab: TestLab, node: NodeName, written: Entries): Promise<void> {
  const { keyCount } = await lab.service.execute('node:kv', { node, prefix: '', limit: 1 });
  expect(keyCount).toBe(Object.keys(written).length);
  for (const [key, value] of Object.entries(written)) {
    expect(await lab.holds(node, key, value), key).toBe(true);
  }
}

/**
 * Lets several nodes compact their logs at the same entry: whichever of them leads later, it has a snapshot to send,
 * and it is the same one.
 */
async function compactAlike(lab: TestLab, names: readonly NodeName[]): Promise<void> {
  await lab.converged(names);
  await Promise.all(names.map((name) => lab.act('node:compact', name)));
}

function others(lab: TestLab, ...names: readonly NodeName[]): readonly NodeName[] {
  return lab.names.filter((name) => !names.includes(name));
}

async function setLinks(lab: TestLab, node: NodeName, faults: Partial<LinkFaults>): Promise<void> {
  for (const other of others(lab, node)) {
    await lab.service.execute('link:set', {
      from: node, to: other, bothWays: true, faults: { ...NO_FAULTS, ...faults },
    });
  }
}

test('the log is compacted while writes go on, and the file says so', async () => {
  const lab = await startLab(OFTEN);
  const leader = await lab.leaderOf();
  const written = await write(lab, leader, 150);
  await lab.converged();
  for (const name of lab.names) {
    const { snapshotIndex, firstIndex, lastIndex } = await lab.until(`${name} to have compacted`, () => {
      const node = lab.node(name);
      return node.snapshotIndex > 100 && node.firstIndex > 60 && node;
    });
    expect(snapshotIndex).toBeLessThanOrEqual(lastIndex);
    expect(firstIndex).toBeLessThanOrEqual(snapshotIndex + 1);
    const disk = await lab.disk(name);
    expect(disk.snapshotIndex).toBeGreaterThanOrEqual(snapshotIndex);
    expect(disk.snapshotBytes).toBeGreaterThan(0);
    expect(disk.rows.at(-1)?.index).toBe(disk.firstIndex);
    expect(await lab.contents(name)).toEqual(written);
  }
});

test('a node starts again from its snapshot and the log behind it', async () => {
  const lab = await startLab(OFTEN);
  const leader = await lab.leaderOf();
  const [follower] = others(lab, leader);
  const written = await write(lab, leader, 90);
  await lab.converged();
  await lab.act('node:crash', follower ?? 'n1');
  await lab.act('node:restart', follower ?? 'n1');
  await lab.converged();
  expect(eventsOf(lab, 'nodeStarted').at(-1)?.snapshotIndex).toBeGreaterThan(20);
  expect(eventsOf(lab, 'nodeStarted').at(-1)?.firstIndex).toBeGreaterThan(1);
  expect(await lab.contents(follower ?? 'n1')).toEqual(written);
  expect(broughtTo(lab, follower ?? 'n1')).toEqual([]);
});

test('a person has a node compact its log at once; a node that has nothing to compact says so', async () => {
  const lab = await startLab(NEVER);
  const leader = await lab.leaderOf();
  const written = await write(lab, leader, 30);
  await lab.converged();
  await lab.act('node:compact', leader);
  const { firstIndex, lastIndex, snapshotIndex } = await lab.disk(leader);
  expect(snapshotIndex).toBeGreaterThanOrEqual(30);
  expect(firstIndex).toBe(snapshotIndex + 1);
  expect(lastIndex).toBeGreaterThanOrEqual(snapshotIndex);
  await lab.act('node:compact', leader); // again, with nothing new: no harm
  const more = await write(lab, leader, 5, 100);
  await lab.converged();
  expect(await lab.contents(others(lab, leader)[0] ?? 'n1')).toEqual({ ...written, ...more });
});

test('a follower that was crashed while the log moved on is brought back by a snapshot', async () => {
  const lab = await startLab(OFTEN);
  const leader = await lab.leaderOf();
  const [follower = 'n1'] = others(lab, leader);
  const before = await write(lab, leader, 10);
  await lab.converged();
  await lab.act('node:crash', follower);
  const while_ = await write(lab, leader, 120, 1000);
  await lab.act('node:restart', follower);
  const after = await write(lab, leader, 30, 2000);
  await lab.converged();
  expect(await lab.contents(follower)).toEqual({ ...before, ...while_, ...after });
  await lab.until('the transfer to be told', () => broughtTo(lab, follower).length > 0);
  expect(eventsOf(lab, 'snapshotRestored').map(({ node }) => node)).toContain(lab.node(follower).id);
});

test('the same with a state of several MiB over links that lose 5 % of the datagrams', async () => {
  const lab = await startLab(NEVER);
  const leader = await lab.leaderOf();
  const [follower = 'n1'] = others(lab, leader);
  await lab.act('node:crash', follower);
  const written = await write(lab, leader, 200, 1, 20 * KIB);
  await compactAlike(lab, others(lab, follower));
  await setLinks(lab, follower, { lossPercent: 5 });
  await lab.act('node:restart', follower);
  const after = await write(lab, leader, 60, 2000);
  await lab.until('the follower to have installed a snapshot', () =>
    eventsOf(lab, 'snapshotRestored').some(({ node }) => node === lab.node(follower).id));
  await setLinks(lab, follower, {});
  await lab.converged();
  expect(eventsOf(lab, 'snapshotSending').some(({ bytes }) => bytes > 3 * KIB * KIB)).toBe(true);
  await expectToHold(lab, follower, { ...written, ...after });
});

test('a slow follower catches up while writes go on', async () => {
  const lab = await startLab(OFTEN);
  const leader = await lab.leaderOf();
  const [slow = 'n1'] = others(lab, leader);
  await lab.act('node:crash', slow);
  await write(lab, leader, 100);
  await setLinks(lab, slow, { delayMs: 15, jitterMs: 10, lossPercent: 2 });
  await lab.act('node:restart', slow);
  // Until it has applied something that was written after its restart.
  for (let at = 10_000; lab.node(slow).lastApplied <= 150; at += 16) {
    await write(lab, leader, 16, at);
  }
  await lab.converged();
  expect(await lab.contents(slow)).toEqual(await lab.contents(leader));
});

test.each([
  ['the receiver is paused', 'pause'],
  ['the receiver crashes', 'crash'],
  ['the link is cut', 'cut'],
] as const)('a transfer that breaks off because %s goes on where it was', async (_what, how) => {
  const lab = await startLab(NEVER);
  const leader = await lab.leaderOf();
  const [follower = 'n1'] = others(lab, leader);
  await lab.act('node:crash', follower);
  const written = await write(lab, leader, 200, 1, 30 * KIB);
  await compactAlike(lab, others(lab, follower));
  // Slow enough that something can happen in the middle: a window each round trip.
  await setLinks(lab, follower, { delayMs: 25 });
  await lab.act('node:restart', follower);
  const id = lab.node(follower).id;
  await lab.until('a part to have arrived', () => eventsOf(lab, 'snapshotReceiving')
    .some(({ node, receivedBytes }) => node === id && receivedBytes > 1024 * KIB));
  const breakOff = { pause: 'node:pause', crash: 'node:crash' } as const;
  if (how === 'cut') {
    await setLinks(lab, follower, { down: true });
  } else {
    await lab.act(breakOff[how], follower);
  }
  await lab.until('the leader to give up', () => eventsOf(lab, 'snapshotSending')
    .some(({ to, state }) => to === id && (state === 'given-up' || state === 'cancelled')));
  expect(eventsOf(lab, 'snapshotRestored')).toEqual([]);
  await setLinks(lab, follower, {});
  if (how !== 'cut') {
    await lab.act(how === 'pause' ? 'node:resume' : 'node:restart', follower);
  }
  await lab.converged();
  const resumed = await lab.until('the transfer to go on', () =>
    eventsOf(lab, 'snapshotSending').find(({ to, state }) => to === id && state === 'resumed'));
  expect(resumed.acknowledgedBytes).toBeGreaterThan(1024 * KIB);
  await expectToHold(lab, follower, written);
});

test('the log of a former leader that has gone its own way is overwritten by a snapshot', async () => {
  const lab = await startLab(OFTEN);
  const former = await lab.leaderOf();
  const before = await write(lab, former, 10);
  await lab.converged();
  const rest = others(lab, former);
  await lab.service.execute('network:partition', { groups: [[former], [...rest]] });
  // Entries that nobody else ever gets, at indexes where the others will have theirs.
  const lost = Promise.allSettled(Array.from({ length: 12 }, (_, at) => lab.put(former, `lost-${at}`, 'never')));
  await lost;
  const leader = await lab.leaderOf(rest);
  const after = await write(lab, leader, 120, 1000);
  expect(lab.node(former).lastIndex).toBeGreaterThan(lab.node(former).commitIndex);
  await lab.service.execute('network:heal', {});
  await lab.converged();
  expect(await lab.contents(former)).toEqual({ ...before, ...after });
  expect(eventsOf(lab, 'snapshotRestored').some(({ node }) => node === lab.node(former).id)).toBe(true);
  expect(lab.view.violations).toEqual([]);
});

test('a wiped node gets its first configuration and its data from a snapshot when the log is compacted', async () => {
  const lab = await startLab(OFTEN);
  const leader = await lab.leaderOf();
  const [wiped = 'n1'] = others(lab, leader);
  const written = await write(lab, leader, 80);
  await lab.converged();
  await lab.act('node:wipe', wiped);
  const id = lab.node(wiped).id;
  await lab.until('it to be a voter everywhere', () =>
    lab.nodes.every(({ configuration }) => configuration?.voters.includes(id)));
  await lab.converged();
  expect(broughtTo(lab, wiped).length).toBeGreaterThan(0);
  expect(await lab.contents(wiped)).toEqual(written);
  const more = await write(lab, wiped, 5, 5000);
  await lab.converged();
  expect(await lab.contents(leader)).toEqual({ ...written, ...more });
});
