/** A real cluster on a bad network: partitions, cut links, loss and duplication; what was acknowledged stays. */
import { expect, test } from 'vitest';
import type { LinkFaults } from '../../src/trace/events.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import { networkFaults } from '../../src/trace/network.ts';
import { labErrorOf, startLab } from './support.ts';
import type { TestLab } from './support.ts';

async function setAllLinks(lab: TestLab, faults: LinkFaults): Promise<void> {
  for (const from of lab.names) {
    for (const to of lab.names.filter((name) => name !== from)) {
      await lab.service.execute('link:set', { from, to, bothWays: false, faults });
    }
  }
}

test('a minority never acknowledges, the majority does, and healing brings them to one log', async () => {
  const lab = await startLab(5);
  const leader = await lab.leaderOf();
  const followers = lab.names.filter((name) => name !== leader);
  const [near = 'n1', ...majority] = followers;
  const minority = [leader, near];
  for (const name of lab.names) {
    await lab.put(name, 'all', 'together');
  }

  await lab.service.execute('network:partition', { groups: [minority, majority] });
  const sides = new Set(networkFaults(lab.view).partition?.map((side) => side.join(' ')));
  expect(sides).toEqual(new Set([minority, majority].map((side) => side.toSorted().join(' '))));
  const refusals = minority.map((name) => labErrorOf(lab.put(name, 'minority', name)));
  const traceId = 'asked-in-a-minority';
  refusals.push(labErrorOf(lab.service.execute('kv:execute', {
    node: leader, command: { op: 'put', key: 'minority', value: 'watched' }, traceId,
  })));
  const next = await lab.leaderOf(majority);
  for (const name of majority) {
    await lab.put(name, 'majority', name);
  }
  for (const refusal of await Promise.all(refusals)) {
    expect(refusal.code).toBe('unknown-outcome');
    expect(refusal.message).toContain('sees 2 of 5');
    expect(refusal.message).toContain('It may still take effect');
  }
  // By now the old leader has stepped down: nobody in the minority even takes a command.
  await lab.until('no leader in the minority', () => minority.every((name) => lab.node(name).role !== 'leader'
    && lab.node(name).leader === 0));
  const late = await labErrorOf(lab.put(near, 'minority', 'late'));
  expect(late.code).toBe('no-leader');
  expect(late.message).toContain('never takes effect');
  expect(await labErrorOf(lab.get(leader, 'all'))).toMatchObject({ code: 'no-leader' });

  await lab.service.execute('network:heal', {});
  expect(lab.view.links).toEqual({});
  await lab.converged();
  for (const name of lab.names) {
    const contents = await lab.contents(name);
    expect(contents).toMatchObject({ all: 'together', majority: majority.at(-1) });
    expect(contents['minority']).not.toBe('late');
  }
  expect(lab.node(next).term).toBeGreaterThan(1);

  const told = () => lab.events.filter((event) => 'requestId' in event && event.requestId === traceId);
  await lab.until('what became of the minority’s write', () => told().find(({ type }) => type === 'clientDecided'));
  const waited = told().find((event) => event.type === 'clientWaits' && event.index !== undefined);
  expect(waited).toMatchObject({ type: 'clientWaits', waitsFor: 'commit', text: 'put minority "watched"' });
  expect(told().at(-1)).toMatchObject({
    isApplied: false, detail: expect.stringMatching(/^entry \d+ of term \d+ was overwritten$/) as string,
  });
});

test('nodes that no group names make up one more group', async () => {
  const lab = await startLab(5);
  await lab.leaderOf();
  await lab.service.execute('network:partition', { groups: [['n1'], ['n2']] });
  expect(networkFaults(lab.view).partition).toEqual([['n1'], ['n2'], ['n3', 'n4', 'n5']]);
  expect(lab.view.links['n1>n2']?.faults.down).toBe(true);
  expect(lab.view.links['n3>n1']?.faults.down).toBe(true);
  expect(lab.view.links['n3>n4']).toBeUndefined();
  await lab.leaderOf(['n3', 'n4', 'n5']);
  await lab.put('n4', 'majority', 'writes');
  const twice = await labErrorOf(lab.service.execute('network:partition', { groups: [['n1'], ['n1', 'n2']] }));
  expect(twice.message).toContain('n1 is named twice');
});

test('healing takes back cuts and leaves loss and delay; reset takes everything', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  const slow = { ...NO_FAULTS, delayMs: 5, lossPercent: 1 };
  await lab.service.execute('link:set', { from: 'n1', to: 'n2', bothWays: true, faults: slow });
  const cut = { ...NO_FAULTS, down: true };
  await lab.service.execute('link:set', { from: 'n1', to: 'n3', bothWays: false, faults: cut });
  await lab.service.execute('network:partition', { groups: [['n1'], ['n2', 'n3']] });
  expect(lab.view.links['n1>n2']?.faults).toEqual({ ...slow, down: true });
  await lab.service.execute('network:heal', {});
  expect(lab.view.links).toEqual({
    'n1>n2': { from: 'n1', to: 'n2', faults: slow }, 'n2>n1': { from: 'n2', to: 'n1', faults: slow },
  });
  await lab.service.execute('network:reset', {});
  expect(lab.view.links).toEqual({});
  const itself = lab.service.execute('link:set', { from: 'n1', to: 'n1', bothWays: true, faults: slow });
  expect((await labErrorOf(itself)).code).toBe('invalid-argument');
});

test('a leader cut off one way only is replaced, and the cluster goes on', async () => {
  const lab = await startLab(3);
  const leader = await lab.leaderOf();
  const others = lab.names.filter((name) => name !== leader);
  for (const to of others) {
    await lab.service.execute('link:set', { from: leader, to, bothWays: false, faults: { ...NO_FAULTS, down: true } });
  }
  const next = await lab.leaderOf(others);
  await lab.put(next, 'goes', 'on');
  await lab.service.execute('network:heal', {});
  await lab.converged();
  expect(await lab.contents(leader)).toEqual({ goes: 'on' });
});

test('with 10 % loss, duplicates, reordering and jitter every acknowledged write is on all nodes', async () => {
  const lab = await startLab(5);
  await lab.leaderOf();
  await setAllLinks(lab, {
    down: false, lossPercent: 10, delayMs: 2, jitterMs: 2, duplicatePercent: 10, reorderPercent: 10,
    hold: 'nothing',
  });
  const writers = lab.names.map(async (name) => {
    for (let count = 1; count <= 20; count += 1) {
      await lab.putUntilAcknowledged(name, `${name}/${count}`, String(count));
      await lab.kv(name, { op: 'incr', key: 'total', by: 0 }).catch(() => undefined);
    }
  });
  await Promise.all(writers);
  const dropped = lab.nodes.map((node) => node.counters.dropped);
  expect(dropped.some((reasons) => (reasons.loss ?? 0) > 0)).toBe(true);
  expect(dropped.some((reasons) => (reasons.duplicate ?? 0) > 0)).toBe(true);

  await lab.converged();
  for (const name of lab.names) {
    const contents = await lab.contents(name);
    for (const writer of lab.names) {
      for (let count = 1; count <= 20; count += 1) {
        expect(contents[`${writer}/${count}`]).toBe(String(count));
      }
    }
  }
});

test('a retried increment takes effect once, whatever the network does to it', async () => {
  const lab = await startLab(3);
  await lab.leaderOf();
  await setAllLinks(lab, { ...NO_FAULTS, lossPercent: 20, duplicatePercent: 30 });
  let asked = 0;
  let acknowledged = 0;
  let triesMax = 0;
  await Promise.all(lab.names.map(async (name) => {
    for (let count = 1; count <= 20; count += 1) {
      asked += 1;
      const answer = await lab.kv(name, { op: 'incr', key: 'n', by: 1 }).catch(() => undefined);
      acknowledged += answer === undefined ? 0 : 1;
      triesMax = Math.max(triesMax, answer?.tries ?? 0);
    }
  }));
  await lab.service.execute('network:reset', {});
  await lab.leaderOf();
  const value = Number(await lab.get('n1', 'n'));
  expect(triesMax).toBeGreaterThan(1);
  expect(acknowledged).toBeGreaterThan(0);
  expect(value).toBeGreaterThanOrEqual(acknowledged);
  expect(value).toBeLessThanOrEqual(asked);
});
