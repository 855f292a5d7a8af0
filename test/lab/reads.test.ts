/** The four kinds of reads on real nodes: what each promises, and what each refuses to answer. */
import { expect, test } from 'vitest';
import type { KvAnswer, ReadKind } from '../../src/contract/answers.ts';
import { LabError } from '../../src/contract/errors.ts';
import { NO_FAULTS } from '../../src/trace/events.ts';
import type { NodeName } from '../../src/trace/names.ts';
import { labErrorOf, startLab } from './support.ts';
import type { TestLab } from './support.ts';

const readOnce = (lab: TestLab, node: NodeName, key: string, kind: ReadKind): Promise<KvAnswer> =>
  lab.service.execute('kv:execute', { node, command: { op: 'get', key }, read: kind });

/** Asks until there is an answer: elections may be going on, on a slow machine. */
async function read(lab: TestLab, node: NodeName, key: string, kind: ReadKind): Promise<KvAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await readOnce(lab, node, key, kind);
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== 'no-leader' || attempt >= 10) {
        throw error;
      }
    }
  }
}

const valueOf = ({ result }: KvAnswer): string | null =>
  result.type === 'value' ? result.value : expect.unreachable(`get answered ${result.type}`);

/** A lab of three whose leader is alone on its side of a partition; the others have elected another and written. */
async function deposedLeader(lab: TestLab): Promise<{ readonly old: NodeName; readonly next: NodeName }> {
  const old = await lab.leaderOf();
  const others = lab.names.filter((name) => name !== old);
  await lab.put(old, 'colour', 'old');
  await lab.converged();
  await lab.service.execute('network:partition', { groups: [[old], others] });
  const next = await lab.until('another leader', () =>
    others.find((name) => lab.node(name).role === 'leader' && lab.node(name).term > lab.node(old).term));
  await lab.putUntilAcknowledged(next, 'colour', 'new');
  return { old, next };
}

test('each kind says how it was answered; only one of them is in the log', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  const follower = lab.names.find((name) => name !== leader) ?? 'n1';
  const { index: written } = await lab.put(leader, 'colour', 'red');
  const seen = lab.events.length;

  const onFollower = await read(lab, follower, 'colour', 'read-index');
  expect(onFollower).toMatchObject({
    result: { type: 'value', value: 'red' }, route: [follower, leader], hops: 1, leader,
    read: { kind: 'read-index', confirmedBy: 'round', batchSize: 1 }, timing: { appendedMs: null },
  });
  expect(onFollower.read?.readIndex).toBeGreaterThanOrEqual(written);
  expect(onFollower.index).toBeGreaterThanOrEqual(onFollower.read?.readIndex ?? Infinity);
  expect(onFollower.term).toBe(lab.node(leader).term);
  expect(await read(lab, leader, 'colour', 'read-index')).toMatchObject({ route: [leader], hops: 0 });
  expect(await read(lab, follower, 'colour', 'stale')).toMatchObject({
    route: [follower], read: { kind: 'stale', readIndex: null, confirmedBy: null },
  });
  const logged = await read(lab, follower, 'colour', 'log');
  expect(logged).toMatchObject({ result: { value: 'red' }, read: { kind: 'log', readIndex: logged.index } });
  const absent = await lab.kv(follower, { op: 'get', key: 'nothing' });
  expect(absent).toMatchObject({ result: { value: null }, read: { kind: 'read-index' } });

  // A session for the follower's clients, and the read itself: no other read made an entry.
  await lab.until('the logged read on the follower', () => lab.node(follower).lastApplied >= logged.index);
  const texts = lab.events.slice(seen)
    .flatMap((event) => (event.type === 'applied' && event.node === lab.node(follower).id ? [event.text] : []));
  expect(texts.filter((text) => text.startsWith('get'))).toEqual(['get colour']);
  const forwarded = lab.events.flatMap((event) => (event.type === 'clientForwarded' ? [event.text] : []));
  expect(forwarded).toContain('get colour');
});

test('read-index and log see every acknowledged write, on any node', async () => {
  const lab = await startLab(3);
  await lab.converged();
  for (let count = 1; count <= 20; count += 1) {
    await lab.putUntilAcknowledged(lab.names[count % 3] ?? 'n1', 'count', String(count));
    for (const node of lab.names) {
      expect(valueOf(await read(lab, node, 'count', 'read-index'))).toBe(String(count));
    }
  }
  expect(valueOf(await read(lab, 'n2', 'count', 'log'))).toBe('20');
});

test('reads that come in together share one read index', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  const follower = lab.names.find((name) => name !== leader) ?? 'n1';
  await lab.put(follower, 'colour', 'red');
  const asked = lab.events.length;
  const answers = await Promise.all(Array.from({ length: 300 }, () => read(lab, follower, 'colour', 'read-index')));
  expect(new Set(answers.map(valueOf))).toEqual(new Set(['red']));
  expect(Math.max(...answers.map((answer) => answer.read?.batchSize ?? 0))).toBeGreaterThan(10);
  await lab.until('the last read in the trace', () =>
    lab.events.slice(asked).filter(({ type }) => type === 'clientAnswered').length > 0);
  const requests = lab.events.slice(asked).filter((event) => event.type === 'messageSent'
    && event.node === lab.node(follower).id && event.message.type === 'ReadIndex');
  expect(requests.length).toBeLessThan(100);
});

test('a deposed leader shows the old value to a stale read alone; the others are refused in words', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const { old, next } = await deposedLeader(lab);
  expect(valueOf(await read(lab, old, 'colour', 'stale'))).toBe('old');
  const refused = await labErrorOf(readOnce(lab, old, 'colour', 'read-index'));
  expect(refused.code).toBe('no-leader');
  expect(refused.message).toMatch(/^no answer after 2 s: n\d (has no leader|got no read index .*) \(sees 1 of 3\)\./);
  expect(refused.message).toContain(`A stale read shows what ${old} has.`);
  expect(valueOf(await read(lab, next, 'colour', 'read-index'))).toBe('new');
  // A read that is waiting when the network heals is answered, and with the new value.
  const waiting = read(lab, old, 'colour', 'read-index');
  await lab.service.execute('network:heal', {});
  expect(valueOf(await waiting)).toBe('new');
});

test('a read is asked for again, under another context, when the answer is lost', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  const follower = lab.names.find((name) => name !== leader) ?? 'n1';
  await lab.put(follower, 'colour', 'red');
  await lab.service.execute('link:set', {
    from: follower, to: leader, bothWays: true, faults: { ...NO_FAULTS, lossPercent: 60 },
  });
  let tries = 0;
  for (let count = 0; count < 200 && tries < 2; count += 1) {
    const outcome = await readOnce(lab, follower, 'colour', 'read-index').catch(() => undefined);
    if (outcome !== undefined) {
      expect(valueOf(outcome)).toBe('red');
      tries = Math.max(tries, outcome.tries);
    }
  }
  expect(tries).toBeGreaterThan(1);
});

test('lease reads are refused until they are allowed; then they need no round', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const leader = await lab.leaderOf();
  const follower = lab.names.find((name) => name !== leader) ?? 'n1';
  await lab.put(leader, 'colour', 'red');
  const refused = await labErrorOf(readOnce(lab, leader, 'colour', 'lease'));
  expect(refused.code).toBe('refused');
  expect(refused.message).toContain('`lease on` turns them on');

  await lab.service.execute('lab:setLeaseReads', { enabled: true });
  expect(lab.view.leaseReads).toBe(true);
  // The lease begins with the next heartbeats that a majority answers; until then a round takes its place.
  const kinds = async (node: NodeName) => (await read(lab, node, 'colour', 'lease')).read?.confirmedBy;
  for (const node of [leader, follower]) {
    let confirmedBy = await kinds(node);
    for (let count = 0; count < 1000 && confirmedBy !== 'lease'; count += 1) {
      confirmedBy = await kinds(node);
    }
    expect(confirmedBy).toBe('lease');
  }
  expect((await read(lab, leader, 'colour', 'read-index')).read?.confirmedBy).toBe('round');
  await lab.service.execute('lab:setLeaseReads', { enabled: false });
  expect(await labErrorOf(readOnce(lab, follower, 'colour', 'lease'))).toMatchObject({ code: 'refused' });
});

test('a deposed leader’s lease has run out: it never answers a lease read with the old value', async () => {
  const lab = await startLab(3);
  await lab.converged();
  await lab.service.execute('lab:setLeaseReads', { enabled: true });
  const { old, next } = await deposedLeader(lab);
  const refused = await labErrorOf(readOnce(lab, old, 'colour', 'lease'));
  expect(refused.code).toBe('no-leader');
  expect(valueOf(await read(lab, next, 'colour', 'lease'))).toBe('new');
});

test('a leader that stood still while another was elected trusts its lease no more', async () => {
  const lab = await startLab(3);
  await lab.converged();
  await lab.service.execute('lab:setLeaseReads', { enabled: true });
  const old = await lab.leaderOf();
  await lab.put(old, 'colour', 'old');
  await lab.until('the lease', () => lab.node(old).reads?.leaseHeld);
  const others = lab.names.filter((name) => name !== old);
  await lab.service.execute('network:partition', { groups: [[old], others] });
  await lab.act('node:pause', old);
  const next = await lab.leaderOf(others);
  await lab.putUntilAcknowledged(next, 'colour', 'new');
  // It goes on where it stood: by its own count of ticks, hardly any time has passed.
  await lab.act('node:resume', old);
  expect(await labErrorOf(readOnce(lab, old, 'colour', 'lease'))).toMatchObject({ code: 'no-leader' });
});

test('a cluster of one confirms its reads alone', async () => {
  const lab = await startLab(1);
  await lab.leaderOf();
  await lab.put('n1', 'colour', 'red');
  expect(await read(lab, 'n1', 'colour', 'read-index')).toMatchObject({
    result: { value: 'red' }, read: { confirmedBy: 'sole-voter' }, leader: 'n1',
  });
});

test('a stale read is answered where nobody leads, and says that it knows no leader', async () => {
  const lab = await startLab(3);
  await lab.converged();
  await lab.put('n1', 'colour', 'red');
  await lab.converged();
  await lab.act('node:crash', 'n2');
  await lab.act('node:crash', 'n3');
  await lab.until('n1 to know no leader', () => lab.node('n1').leader === 0);
  expect(await read(lab, 'n1', 'colour', 'stale')).toMatchObject({
    result: { value: 'red' }, leader: null, route: ['n1'], hops: 0,
  });
});

test('the sessions of clients can be looked at: the same on every node, by the position in the log', async () => {
  const lab = await startLab(3);
  await lab.converged();
  await lab.put('n1', 'a', '1');
  await lab.put('n2', 'a', '2');
  await lab.put('n1', 'a', '3');
  await lab.converged();
  const pages = await Promise.all(lab.names.map((node) => lab.service.execute('node:sessions', { node, limit: 10 })));
  const [page] = pages;
  expect(page).toMatchObject({ sessionCount: 2, truncated: false });
  expect(page?.sessions.map(({ client, lastSequence }) => [client, lastSequence])).toEqual([['n1', 2], ['n2', 1]]);
  expect(new Set(pages.map(({ sessions }) => JSON.stringify(sessions))).size).toBe(1);
  const short = await lab.service.execute('node:sessions', { node: 'n1', limit: 1 });
  expect(short).toMatchObject({ sessionCount: 2, truncated: true, sessions: [{ client: 'n1' }] });
});

test('a node that holds too many commands answers that it is busy, and answers the others', async () => {
  const lab = await startLab(3);
  await lab.converged();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 1500 }, (_, position) => lab.put('n1', `k${position % 10}`, String(position))),
  );
  const refusals = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
  expect(refusals.length).toBeGreaterThan(0);
  for (const refusal of refusals) {
    expect(refusal).toMatchObject({ code: 'busy', message: expect.stringContaining('then try again') as string });
  }
  expect(outcomes.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(1000);
});
