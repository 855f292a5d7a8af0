/** Linearizable reads (dissertation §6.4): ReadIndex and the lease. */
import { describe, expect, it } from 'vitest';
import { InvalidSettings, type Message } from '../../src/raft/index.ts';
import { Cluster, ofType, text } from './support/cluster.ts';

const asText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

const answers = (cluster: Cluster, id: number) =>
  cluster.server(id).readStates.map(({ readIndex, context }) => [asText(context), readIndex]);

function read(cluster: Cluster, id: number, context: string): boolean {
  const taken = cluster.node(id).readIndex(text(context));
  cluster.handle(id);
  return taken;
}

describe('§6.4 ReadIndex', () => {
  it('is answered with commitIndex after a round of heartbeats, on the leader and on followers', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.propose(1, 'a');
    cluster.settle();
    read(cluster, 1, 'on the leader');
    expect(answers(cluster, 1)).toEqual([]);
    read(cluster, 3, 'on a follower');
    cluster.settle();
    expect(answers(cluster, 1)).toEqual([['on the leader', 2]]);
    expect(answers(cluster, 3)).toEqual([['on a follower', 2]]);
  });

  it('a follower hands on its own request, and none of another server: the answer goes to whom it is from', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.run(2);
    const request = { type: 'ReadIndex', from: 3, to: 2, term: 0, context: text('astray'), needsRound: false } as const;
    expect(cluster.node(2).step(request)).toBe('stepped');
    cluster.handle(2);
    expect(cluster.pending.filter(ofType('ReadIndex'))).toEqual([]);
    read(cluster, 2, 'own');
    expect(cluster.pending.filter(ofType('ReadIndex'))).toMatchObject([{ from: 2, to: 1 }]);
  });

  it('a leader that is cut off answers nothing', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.partition([1], [2, 3]);
    read(cluster, 1, 'stale');
    cluster.run(5);
    expect(answers(cluster, 1)).toEqual([]);
  });

  it('with the rule off a deposed leader answers with what is no longer true', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { rules: { readIndexNeedsRound: false } } });
    cluster.elect(1);
    cluster.partition([1], [2, 3]);
    cluster.runUntil(() => cluster.leader()?.id !== 1, 'another leader');
    cluster.propose(cluster.leader()?.id ?? 0, 'newer');
    cluster.settle();
    read(cluster, 1, 'stale');
    expect(answers(cluster, 1)).toEqual([['stale', 1]]);
    expect(cluster.leader()?.node.status().commitIndex).toBeGreaterThan(1);
  });

  it('a new leader answers only after the first commit of its term', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.filter = (message) => message.type !== 'AppendEntries';
    cluster.elect(1);
    read(cluster, 1, 'early');
    cluster.run(3);
    expect(answers(cluster, 1)).toEqual([]);
    cluster.heal();
    cluster.run(3);
    expect(answers(cluster, 1)).toEqual([['early', 1]]);
  });

  it('a cluster of one answers at once, but also not before its term’s first commit', () => {
    const cluster = new Cluster({ voters: [1] });
    cluster.elect(1);
    cluster.propose(1, 'a');
    cluster.crash(1);
    cluster.restart(1);
    const { node, storage } = cluster.server(1);
    node.campaign();
    storage.persist(node.ready());
    node.advance();
    expect(node.status()).toMatchObject({ role: 'leader', lastIndex: 3, commitIndex: 2 });
    node.readIndex(text('early'));
    const ready = node.ready();
    expect(ready.readStates).toEqual([]);
    storage.persist(ready);
    node.advance();
    cluster.handle(1);
    expect(answers(cluster, 1)).toEqual([['early', 3]]);
  });

  it('is refused where no leader is known, and when too many wait', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { maxPendingReads: 2 } });
    expect(read(cluster, 1, 'x')).toBe(false);
    cluster.elect(1);
    cluster.partition([1], [2, 3]);
    expect([read(cluster, 1, 'a'), read(cluster, 1, 'b'), read(cluster, 1, 'c')]).toEqual([true, true, false]);
    expect(cluster.node(1).status().pendingReads).toBe(2);
  });

  it('is answered when nobody is left who could confirm it', () => {
    const cluster = new Cluster({ voters: [1, 2] });
    cluster.elect(1);
    cluster.change(1, 'r2');
    cluster.filter = (message) => message.type !== 'Heartbeat';
    read(cluster, 1, 'waiting');
    expect(answers(cluster, 1)).toEqual([]);
    cluster.settle();
    expect(cluster.node(1).status()).toMatchObject({ configuration: { voters: [1] }, pendingReads: 0 });
    expect(answers(cluster, 1).map(([context]) => context)).toEqual(['waiting']);
  });

  it('one answer confirms all reads before it', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    read(cluster, 1, 'a');
    read(cluster, 1, 'b');
    const [, second] = cluster.intercept((message) => message.type === 'Heartbeat' && message.to === 2);
    cluster.intercept(() => true);
    cluster.deliver(second!);
    cluster.settle();
    expect(answers(cluster, 1).map(([context]) => context)).toEqual(['a', 'b']);
  });

  it('a delayed or repeated answer confirms no read that came after its heartbeat (etcd #20418)', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    read(cluster, 1, 'same context');
    cluster.deliverOnly(ofType('Heartbeat'));
    const old: Message[] = cluster.intercept(ofType('HeartbeatResponse'));
    expect(old).toHaveLength(2);
    old.forEach((message) => {
      cluster.deliver(message);
    });
    expect(answers(cluster, 1)).toHaveLength(1);
    // The same request again, as a client would that missed the answer; server 1 no longer reaches anybody.
    cluster.partition([1], [2, 3]);
    read(cluster, 1, 'same context');
    cluster.heal();
    [...old, ...old].forEach((message) => {
      cluster.deliver(message);
    });
    expect(answers(cluster, 1)).toHaveLength(1);
    cluster.run(2);
    expect(answers(cluster, 1)).toHaveLength(2);
  });
});

describe('§6.4.1 the lease', () => {
  const lease = { readOnly: 'lease', checkQuorum: true } as const;

  it('answers at once while a majority heard from the leader lately', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: lease });
    cluster.elect(1);
    cluster.run(2);
    expect(cluster.node(1).status().holdsLease).toBe(true);
    read(cluster, 1, 'by lease');
    expect(answers(cluster, 1)).toEqual([['by lease', 1]]);
  });

  it('is forgotten when ticks came late, until a round that was begun since renews it', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: lease });
    cluster.elect(1);
    cluster.run(2);
    cluster.tick(1);
    const late = cluster.intercept(ofType('Heartbeat'));
    cluster.node(1).forgetLease();
    late.forEach((message) => {
      cluster.deliver(message);
    });
    cluster.settle();
    expect(cluster.node(1).status().holdsLease).toBe(false);
    cluster.run(2);
    expect(cluster.node(1).status().holdsLease).toBe(true);
  });

  it('does not serve a read that needs a round; each answer says what confirmed it', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: lease });
    cluster.elect(1);
    cluster.run(2);
    cluster.node(1).readIndex(text('careful'), true);
    cluster.node(2).readIndex(text('careful too'), true);
    cluster.handle(1);
    expect(answers(cluster, 1)).toEqual([]);
    read(cluster, 2, 'by lease');
    cluster.settle();
    expect(cluster.server(1).readStates).toMatchObject([{ confirmedBy: 'round' }]);
    const confirmations = cluster.server(2).readStates
      .map(({ context, confirmedBy }) => [asText(context), confirmedBy]);
    expect(Object.fromEntries(confirmations)).toEqual({ 'careful too': 'round', 'by lease': 'lease' });
  });

  it('is switched on and off while the cluster runs', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { checkQuorum: true } });
    cluster.elect(1);
    cluster.run(2);
    expect(cluster.node(1).status().holdsLease).toBe(false);
    [1, 2, 3].forEach((id) => {
      cluster.node(id).setReadOnly('lease');
    });
    expect(cluster.node(1).status().holdsLease).toBe(false); // no round has confirmed it yet
    cluster.run(2);
    expect(cluster.node(1).status().holdsLease).toBe(true);
    cluster.node(2).forgetLeader();
    expect(cluster.node(2).status().leader).toBe(1);
    cluster.node(1).setReadOnly('read-index');
    expect(cluster.node(1).status().holdsLease).toBe(false);
    const unsafe = new Cluster({ node: { checkQuorum: false } });
    expect(() => { unsafe.node(1).setReadOnly('lease'); }).toThrow(InvalidSettings);
  });

  it('runs out before any other server could be elected', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const cluster = new Cluster({ voters: [1, 2, 3], node: lease, seed });
      cluster.elect(1);
      cluster.run(seed % 5);
      cluster.partition([1], [2, 3]);
      for (let i = 0; i < 60; i++) {
        cluster.tick();
        cluster.settle();
        const others = [2, 3].some((id) => cluster.node(id).status().role === 'leader');
        expect(others && cluster.node(1).status().holdsLease).toBe(false);
      }
      expect(cluster.node(1).status().holdsLease).toBe(false);
    }
  });

  it('is over when another is elected as early as can be, though the leader’s clock is a tick slow', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { ...lease, randomizedElectionTimeout: (ticks) => ticks } });
    cluster.elect(1);
    cluster.run(2);
    cluster.partition([1], [2, 3]);
    cluster.node(3).setRandomizedElectionTimeout(20);
    // Its last heartbeat was answered at once. Just after that, and from then on every 8 units of time, the others'
    // ticks come; its own every 9: 8 of them take as long as 9 of theirs.
    let heldUntil = 0;
    let electedAt = 0;
    for (let time = 0; time < 200 && electedAt === 0; time++) {
      if (time > 0 && time % 9 === 0) {
        cluster.tick(1);
      }
      heldUntil = cluster.node(1).status().holdsLease ? time : heldUntil;
      if (time % 8 === 0) {
        cluster.tick(2, 3);
        cluster.settle();
      }
      electedAt = cluster.node(2).status().role === 'leader' ? time : 0;
    }
    // No later, nor any earlier than it must.
    expect({ heldUntil, electedAt }).toEqual({ heldUntil: 71, electedAt: 72 });
  });

  it('without it a read falls back to a round of heartbeats', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: lease });
    cluster.elect(1);
    for (let i = 0; i < 12; i++) {
      cluster.tick(1);
      cluster.intercept(() => true);
    }
    expect(cluster.node(1).status().holdsLease).toBe(false);
    read(cluster, 1, 'by round');
    expect(answers(cluster, 1)).toEqual([]);
    cluster.settle();
    expect(answers(cluster, 1)).toEqual([['by round', 1]]);
  });

  it('is forfeited by a leadership transfer, however late its TimeoutNow arrives', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: lease });
    cluster.elect(1);
    cluster.run(2);
    cluster.filter = (message) => message.type !== 'TimeoutNow';
    cluster.node(1).transferLeadership(2);
    cluster.handle(1);
    cluster.run(15);
    expect(cluster.node(1).status()).toMatchObject({ role: 'leader', holdsLease: false });
  });

  it('is respected by a server that restarts: it may have promised not to vote', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: lease });
    cluster.elect(1);
    cluster.run(2);
    cluster.crash(2);
    cluster.restart(2);
    const ask = { type: 'RequestVote', lastLogIndex: 9, lastLogTerm: 1, leadershipTransfer: false } as const;
    cluster.deliver({ ...ask, from: 3, to: 2, term: 2 });
    expect(cluster.node(2).status()).toMatchObject({ term: 1, votedFor: 1 });
    for (let i = 0; i < 10; i++) {
      cluster.node(2).tick();
    }
    cluster.deliver({ ...ask, from: 3, to: 2, term: 2 });
    expect(cluster.node(2).status()).toMatchObject({ term: 2, votedFor: 3 });
  });

  it('needs checkQuorum', () => {
    expect(() => new Cluster({ node: { readOnly: 'lease', checkQuorum: false } })).toThrow(InvalidSettings);
  });

  it('with that rule off, a deposed leader answers from a lease that is none', () => {
    const cluster = new Cluster({
      voters: [1, 2, 3],
      node: { readOnly: 'lease', checkQuorum: false, rules: { leaseNeedsCheckQuorum: false } },
    });
    cluster.elect(1);
    cluster.partition([1], [2, 3]);
    cluster.runUntil(() => [2, 3].includes(cluster.leader()?.id ?? 0), 'another leader');
    read(cluster, 1, 'stale');
    expect(answers(cluster, 1)).toEqual([['stale', 1]]);
  });
});
