/** The lease (dissertation §6.4.1) while what it rests on changes: modes, paces, members, restarts, clocks. */
import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src/raft/index.ts';
import { Cluster, ofType, text } from './support/cluster.ts';

const LEASE = { readOnly: 'lease', checkQuorum: true, preVote: true } as const;

const holdsLease = (cluster: Cluster, id: NodeId) => cluster.node(id).status().holdsLease;

/** Three servers; 1 leads and holds a lease. */
function leading(node: object = {}): Cluster {
  const cluster = new Cluster({ voters: [1, 2, 3], node: { ...LEASE, ...node } });
  cluster.elect(1);
  cluster.propose(1, 'old');
  cluster.run(2);
  expect(holdsLease(cluster, 1)).toBe(true);
  return cluster;
}

/** Server 3 hears nothing of the leader until it asks for votes; the leader has just heard from server 2. */
function leftByOne(cluster: Cluster): void {
  cluster.cut((from, to) => [from, to].includes(1) && [from, to].includes(3));
  cluster.runUntil(() => cluster.node(3).status().role === 'pre-candidate', 'a pre-candidate');
  cluster.run(1);
}

/** Server 1 hears from nobody; for as long as it holds a lease nobody else may lead. */
function expectNoOtherLeaderMeanwhile(cluster: Cluster): void {
  cluster.partition([1], [2, 3]);
  for (let tick = 0; tick < 60; tick++) {
    const others = [2, 3].some((id) => cluster.servers.get(id)?.raft?.status().role === 'leader');
    expect(others && holdsLease(cluster, 1)).toBe(false);
    // Whoever is not bound stands as early as can be.
    cluster.node(3).campaign();
    cluster.handle(3);
    cluster.settle();
    cluster.tick();
    cluster.settle();
  }
  expect(cluster.leader()?.id).not.toBe(1);
}

const setAll = (cluster: Cluster, mode: 'lease' | 'read-index', ids: readonly NodeId[] = [1, 2, 3]) => {
  ids.forEach((id) => {
    cluster.node(id).setReadOnly(mode);
  });
};

describe('a lease and a switch of modes', () => {
  it('off, forget the leader, on: no lease that the others do not honour, and no stale read', () => {
    const cluster = leading();
    leftByOne(cluster);
    setAll(cluster, 'read-index');
    cluster.node(2).forgetLeader();
    expect(cluster.node(2).status().leader).toBe(0);
    setAll(cluster, 'lease');
    expectNoOtherLeaderMeanwhile(cluster);
    cluster.propose(cluster.leader()?.id ?? 0, 'new');
    cluster.settle();
    cluster.node(1).readIndex(text('stale'));
    cluster.handle(1);
    expect(cluster.server(1).readStates).toEqual([]);
  });

  it('ends with the mode, though the leader alone goes through off and on', () => {
    const cluster = leading();
    cluster.tick(1);
    const rounds = cluster.intercept(ofType('Heartbeat'));
    setAll(cluster, 'read-index', [1]);
    setAll(cluster, 'lease', [1]);
    expect(holdsLease(cluster, 1)).toBe(false);
    // What was under way says nothing about the time since.
    rounds.forEach((message) => {
      cluster.deliver(message);
    });
    cluster.settle();
    expect(holdsLease(cluster, 1)).toBe(false);
    cluster.run(1);
    expect(holdsLease(cluster, 1)).toBe(true);
    setAll(cluster, 'lease', [1]);
    expect(holdsLease(cluster, 1)).toBe(true);
  });

  it('a follower keeps its promise when leases are switched off and the leader does not hear of it', () => {
    const cluster = leading();
    setAll(cluster, 'read-index', [2, 3]);
    [2, 3].forEach((id) => {
      cluster.node(id).forgetLeader();
    });
    expectNoOtherLeaderMeanwhile(cluster);
  });

  it('is not granted by a server that goes by no leases, whatever it answers', () => {
    const cluster = leading();
    setAll(cluster, 'read-index', [2, 3]);
    cluster.run(20);
    expect(holdsLease(cluster, 1)).toBe(false);
    cluster.node(1).readIndex(text('by a round'));
    cluster.handle(1);
    cluster.settle();
    expect(cluster.server(1).readStates).toMatchObject([{ confirmedBy: 'round' }]);
    setAll(cluster, 'lease', [2]);
    cluster.run(2);
    expect(holdsLease(cluster, 1)).toBe(true);
    expectNoOtherLeaderMeanwhile(cluster);
  });

  it('a promise is kept in a term that was learnt of since, in which the candidate asks again', () => {
    const cluster = leading();
    const ask = { type: 'RequestVote', from: 3, to: 2, term: 2, lastLogIndex: 9, lastLogTerm: 1 } as const;
    cluster.deliver({ ...ask, leadershipTransfer: false });
    expect(cluster.node(2).status()).toMatchObject({ term: 1, votedFor: 1 });
    cluster.deliver({
      type: 'RequestVoteResponse', from: 3, to: 2, term: 2, voteGranted: false, commitIndex: 0, commitTerm: 0,
    });
    expect(cluster.node(2).status()).toMatchObject({ term: 2, votedFor: 0 });
    cluster.deliver({ ...ask, leadershipTransfer: false });
    expect(cluster.node(2).status()).toMatchObject({ term: 2, votedFor: 0 });
    // The leader itself wants to be replaced: it has let its lease go.
    cluster.deliver({ ...ask, leadershipTransfer: true });
    expect(cluster.node(2).status()).toMatchObject({ term: 2, votedFor: 3 });
  });
});

describe('a lease and a transfer', () => {
  it('whoever is to lead stands at once, bound by its promise or not, and has a lease of its own then', () => {
    const cluster = leading();
    cluster.node(1).transferLeadership(2);
    cluster.handle(1);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(2);
    cluster.run(2);
    expect(holdsLease(cluster, 2)).toBe(true);
    // What the first leader gave up was the lease of that term.
    cluster.node(2).transferLeadership(1);
    cluster.handle(2);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(1);
    cluster.run(2);
    expect(holdsLease(cluster, 1)).toBe(true);
  });
});

describe('a lease and other paces', () => {
  const fast = { electionTimeoutTicks: 10, heartbeatTicks: 1, tickMs: 10 };
  const slow = { electionTimeoutTicks: 10, heartbeatTicks: 1, tickMs: 40 };

  it('is not held where the others promise less than it would last, and held where they promise more', () => {
    const cluster = leading(fast);
    cluster.node(1).setTicks(slow);
    expect(holdsLease(cluster, 1)).toBe(false);
    cluster.run(20);
    expect(holdsLease(cluster, 1)).toBe(false);
    cluster.node(2).setTicks(slow);
    cluster.run(2);
    expect(holdsLease(cluster, 1)).toBe(true);
    cluster.node(1).setTicks(fast);
    expect(holdsLease(cluster, 1)).toBe(false);
    cluster.run(2);
    expect(holdsLease(cluster, 1)).toBe(true);
  });

  it('a follower keeps a promise for the time that it was given for, however short its ticks have become', () => {
    const cluster = leading(slow);
    const ask = { type: 'PreVote', from: 3, to: 2, term: 2, lastLogIndex: 9, lastLogTerm: 1 } as const;
    const isRefused = () => {
      cluster.deliver({ ...ask, leadershipTransfer: false });
      return cluster.intercept(ofType('PreVoteResponse')).length === 0;
    };
    cluster.partition([1], [2, 3]);
    for (let tick = 0; tick < 4; tick++) {
      cluster.node(2).tick();
    }
    // 5 whole ticks of 40 ms are left, and the one that has begun: 20 of 10 ms, and again one that may be short.
    cluster.node(2).setTicks(fast);
    // What it promises at the new pace takes nothing from that.
    cluster.node(2).step({ type: 'Heartbeat', from: 1, to: 2, term: 1, leaderCommit: 0, context: new Uint8Array() });
    cluster.handle(2);
    cluster.node(2).setReadOnly('read-index');
    cluster.node(2).forgetLeader();
    cluster.node(2).setRandomizedElectionTimeout(1);
    for (let tick = 0; tick < 20; tick++) {
      cluster.node(2).tick();
      expect(cluster.node(2).status().role).toBe('follower');
      expect(isRefused()).toBe(true);
    }
    cluster.node(2).setRandomizedElectionTimeout(100);
    cluster.node(2).tick();
    expect(isRefused()).toBe(false);
  });
});

describe('a lease and other members', () => {
  it('ends when the configuration changes: those who promised may be no majority of the next one', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], learners: [4, 5], node: LEASE });
    cluster.elect(1);
    cluster.run(2);
    expect(holdsLease(cluster, 1)).toBe(true);
    cluster.filter = (message) => message.type !== 'Heartbeat';
    cluster.change(1, 'v4 v5 r2 r3');
    cluster.settle();
    expect(cluster.node(1).status().configuration.voters).toEqual([1, 4, 5]);
    expect(holdsLease(cluster, 1)).toBe(false);
    cluster.heal();
    cluster.run(2);
    expect(holdsLease(cluster, 1)).toBe(true);
  });
});

describe('a lease and a restart', () => {
  it('a server keeps votes back for as long as its owner says that it may have promised', () => {
    const cluster = leading();
    cluster.server(2).options = { ...cluster.server(2).options, readOnly: 'read-index', promisedTicks: 15 };
    cluster.crash(2);
    cluster.restart(2);
    cluster.partition([2, 3]);
    cluster.node(3).setReadOnly('read-index');
    for (let tick = 0; tick < 15; tick++) {
      cluster.node(2).campaign();
      expect(cluster.node(2).status().role).toBe('follower');
      cluster.deliver({
        type: 'PreVote', from: 3, to: 2, term: 2, lastLogIndex: 9, lastLogTerm: 1, leadershipTransfer: false,
      });
      expect(cluster.intercept(ofType('PreVoteResponse'))).toEqual([]);
      cluster.node(2).tick();
    }
    cluster.node(2).campaign();
    expect(cluster.node(2).status().role).toBe('pre-candidate');
  });

  it('is told of settings that cannot be', () => {
    expect(() => new Cluster({ node: { promisedTicks: -1 } })).toThrow('promisedTicks');
    expect(() => new Cluster({ node: { tickMs: 0 } })).toThrow('tickMs');
  });
});
