/**
 * Known ways in which other implementations of Raft went wrong (with the threads that tell of them): each is shown to
 * do no harm here, and where a safety rule stands against it, to do harm without that rule.
 */
import { describe, expect, it } from 'vitest';
import { InvariantViolation, type Message } from '../../src/raft/index.ts';
import { Cluster, ofType, text } from './support/cluster.ts';
import { SafetyViolation } from './support/safety.ts';

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** Whether running this is caught, by the checks of the tests or by the core's own assertions. */
function isCaught(action: () => void): boolean {
  try {
    action();
    return false;
  } catch (error) {
    if (error instanceof SafetyViolation || error instanceof InvariantViolation) {
      return true;
    }
    throw error;
  }
}

function campaign(cluster: Cluster, id: number): void {
  cluster.node(id).campaign();
  cluster.handle(id);
  cluster.settle();
}

describe('hazard 1: Figure 8 (logcabin #44, canonical/raft #220)', () => {
  // The figure itself, with the rule on and off, is in replication.test.ts.
  it('entries of earlier terms are committed only by one of the own term', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.filter = (message) => message.type !== 'AppendEntriesResponse';
    cluster.propose(1, 'of term 1');
    cluster.settle(); // everybody has it, nobody knows
    cluster.heal();
    cluster.crash(1);
    // The new leader's no-op reaches nobody: although all have the entry, it must not be committed.
    cluster.filter = (message) => message.type !== 'AppendEntries' || message.entries.every(({ term }) => term < 2);
    campaign(cluster, 2);
    cluster.run(3);
    expect(cluster.node(2).status()).toMatchObject({ role: 'leader', commitIndex: 1, lastIndex: 3 });
    cluster.heal();
    cluster.run(3);
    expect(cluster.node(2).status().commitIndex).toBe(3);
  });
});

describe('hazard 2: single-server membership changes (raft-dev 2015, etcd #7280, #7625)', () => {
  /**
   * Two removals are committed at once; server 3 has both but does not know that they are. Under the new configuration
   * servers 1 and 2 commit a write that 3 lacks, and 3 is elected by the servers that were removed.
   */
  function twoRemovalsAtOnce(rules: object): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5], node: { rules } });
    cluster.elect(1);
    cluster.partition([1, 2, 3], [4, 5]);
    cluster.filter = (message) => !(message.to === 3 && message.type === 'AppendEntries' && message.leaderCommit > 1);
    cluster.node(1).proposeConfigurationChange({ transition: 'auto', changes: [{ type: 'remove', id: 5 }] });
    cluster.node(1).proposeConfigurationChange({ transition: 'auto', changes: [{ type: 'remove', id: 4 }] });
    cluster.handle(1);
    cluster.settle();
    cluster.cut((from, to) => [from, to].some((id) => id > 2));
    cluster.propose(1, 'acknowledged');
    cluster.settle();
    return cluster;
  }

  function thenTheRemovedElect3(cluster: Cluster): void {
    cluster.heal();
    cluster.partition([1, 2], [3, 4, 5]);
    campaign(cluster, 3);
    cluster.run(20);
    cluster.heal();
    cluster.run(20);
  }

  it('the second change waits for the first: no quorum is without a common server', () => {
    const cluster = twoRemovalsAtOnce({});
    expect(cluster.node(1).status().configuration.voters).toEqual([1, 2, 3, 4]);
    expect(cluster.server(1).commands()).toEqual([]);
    thenTheRemovedElect3(cluster);
  });

  it('with the rule off, an acknowledged write is lost', () => {
    const cluster = twoRemovalsAtOnce({ oneChangeAtATime: false });
    expect(cluster.node(1).status().configuration.voters).toEqual([1, 2, 3]);
    expect(cluster.server(1).commands()).toEqual(['acknowledged']);
    expect(
      isCaught(() => {
        thenTheRemovedElect3(cluster);
      }),
    ).toBe(true);
  });

  /** As above, but the first removal was left in the log by an earlier leader. */
  function aRemovalLeftByAnEarlierLeader(rules: object): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5], node: { rules } });
    cluster.elect(2);
    cluster.partition([1, 2, 3], [4, 5]);
    // Servers 1 and 3 take the change, but their answers are lost: nobody knows that it is committed.
    cluster.filter = (message) => message.type !== 'AppendEntriesResponse';
    cluster.change(2, 'r5');
    cluster.settle();
    cluster.filter = (message) => !(message.to === 3 && message.type === 'AppendEntries' && message.leaderCommit > 1);
    cluster.crash(2);
    cluster.restart(2);
    cluster.node(1).campaign();
    cluster.handle(1);
    cluster.deliverOnly(ofType('RequestVote'));
    cluster.deliverOnly(ofType('RequestVoteResponse'));
    // Leader now, with nothing of its own term committed.
    expect(cluster.node(1).status()).toMatchObject({ role: 'leader', commitIndex: 1 });
    cluster.intercept(() => true);
    cluster.change(1, 'r4');
    cluster.tick(1);
    cluster.settle(); // its no-op and the second change arrive together
    cluster.cut((from, to) => [from, to].some((id) => id > 2));
    cluster.propose(1, 'acknowledged');
    cluster.settle();
    return cluster;
  }

  it('a new leader first settles what an earlier one left', () => {
    const cluster = aRemovalLeftByAnEarlierLeader({});
    expect(cluster.node(1).status().configuration.voters).toEqual([1, 2, 3, 4]);
    expect(cluster.server(1).commands()).toEqual([]);
    thenTheRemovedElect3(cluster);
  });

  it('with that rule off, an acknowledged write is lost', () => {
    const cluster = aRemovalLeftByAnEarlierLeader({ changeNeedsOwnTermEntry: false });
    expect(cluster.server(1).commands()).toEqual(['acknowledged']);
    expect(
      isCaught(() => {
        thenTheRemovedElect3(cluster);
      }),
    ).toBe(true);
  });
});

describe('hazard 2b: a leader that removed itself is the only one who knows (etcd #12359)', () => {
  /** Of two voters the leader removes itself; the news that this is committed reaches nobody. */
  function removedInSilence(): Cluster {
    const cluster = new Cluster({ voters: [1, 2] });
    cluster.elect(1);
    cluster.filter = (message) =>
      message.type !== 'AppendEntries' ||
      (message.leaderCommit < 2 && message.entries.every(({ type }) => type === 'configuration'));
    cluster.change(1, 'r1');
    cluster.propose(1, 'a tail that the other lacks');
    cluster.settle();
    expect(cluster.node(1).status()).toMatchObject({ role: 'follower', configuration: { voters: [2] } });
    expect(cluster.node(2).status()).toMatchObject({ commitIndex: 1, configuration: { voters: [1, 2] } });
    cluster.heal();
    return cluster;
  }

  it('the other learns it with the refusal of its vote, applies the change and leads alone', () => {
    const cluster = removedInSilence();
    cluster.runUntil(() => cluster.leader()?.id === 2, 'server 2 leads', 100);
    expect(cluster.node(2).status().configuration.voters).toEqual([2]);
  });

  it('without that, it asks in vain for ever for the vote of a server with a longer log', () => {
    const cluster = removedInSilence();
    cluster.hears = (message) =>
      message.type === 'RequestVoteResponse' ? { ...message, commitIndex: 0, commitTerm: 0 } : message;
    cluster.run(200);
    expect(cluster.leader()).toBeUndefined();
  });
});

describe('hazard 3: a stale read index on a new leader (etcd #7331, redisraft PR 22)', () => {
  function readOnNewLeader(rules: object): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { rules } });
    cluster.elect(1);
    // The write is committed and acknowledged, but its commit index reaches nobody before the leader crashes.
    cluster.filter = (message) => !(message.type === 'AppendEntries' && message.leaderCommit > 1);
    cluster.propose(1, 'acknowledged');
    cluster.settle();
    expect(cluster.server(1).commands()).toEqual(['acknowledged']);
    cluster.crash(1);
    cluster.filter = (message) => message.type !== 'AppendEntries';
    campaign(cluster, 2);
    cluster.node(2).readIndex(text('read'));
    cluster.handle(2);
    cluster.settle();
    return cluster;
  }

  it('a new leader does not know its commit index: reads wait for the first commit of its term', () => {
    const cluster = readOnNewLeader({});
    expect(cluster.server(2).readStates).toEqual([]);
    cluster.heal();
    cluster.run(3);
    expect(cluster.server(2).readStates).toMatchObject([{ readIndex: 3 }]);
  });

  it('with the rule off, a read misses an acknowledged write', () => {
    const cluster = readOnNewLeader({ readNeedsOwnTermCommit: false });
    expect(cluster.server(2).readStates).toMatchObject([{ readIndex: 1 }]);
  });
});

describe('hazard 4: late answers confirm a later read (etcd #20418)', () => {
  it('a read that is asked again with the same context is confirmed only by answers to its own round', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.node(1).readIndex(text('retried'));
    cluster.handle(1);
    cluster.deliverOnly(ofType('Heartbeat'));
    const late = cluster.intercept(ofType('HeartbeatResponse'));
    // Meanwhile others elect a leader and write; server 1 does not hear of it, and the client asks again.
    cluster.partition([1], [2, 3]);
    cluster.runUntil(() => [2, 3].includes(cluster.leader()?.id ?? 0), 'another leader');
    cluster.propose(cluster.leader()?.id ?? 0, 'newer');
    cluster.settle();
    cluster.node(1).readIndex(text('retried'));
    cluster.handle(1);
    cluster.intercept(() => true);
    late.forEach((message) => {
      cluster.server(1).node.step(message);
    });
    cluster.handle(1);
    // The first may be answered: it came before the newer write. The second may not.
    expect(cluster.server(1).readStates.map(({ context }) => textOf(context))).toEqual(['retried']);
    expect(cluster.node(1).status().pendingReads).toBe(1);
  });

  it('a round number that was never begun confirms nothing', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.node(1).readIndex(text('read'));
    cluster.handle(1);
    cluster.intercept(() => true);
    for (const context of [new Uint8Array(8).fill(255), new Uint8Array(3), text('12345678')]) {
      cluster.deliver({ type: 'HeartbeatResponse', from: 2, to: 1, term: 1, context });
    }
    expect(cluster.server(1).readStates).toEqual([]);
  });
});

describe('hazard 5: partly connected servers (Cloudflare 2020, hashicorp #606, openraft #2080)', () => {
  const both = { preVote: true, checkQuorum: true } as const;
  const links =
    (...pairs: readonly (readonly [number, number])[]) =>
    (from: number, to: number): boolean =>
      !pairs.some(([a, b]) => (a === from && b === to) || (b === from && a === to));

  it('a chain: the servers at its ends do not depose each other for ever', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: both });
    cluster.elect(1);
    cluster.run(2);
    const { term } = cluster.node(1).status();
    cluster.cut(links([1, 2], [2, 3])); // 3 no longer hears the leader
    cluster.run(200);
    expect(cluster.node(1).status()).toMatchObject({ role: 'leader', term });
    cluster.propose(1, 'still writing');
    cluster.settle();
    expect(cluster.server(2).commands()).toEqual(['still writing']);
  });

  it('a chain without pre-vote and check-quorum: they do, and the one in the middle follows whoever is newest', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.cut(links([1, 2], [2, 3]));
    cluster.run(200);
    expect(cluster.node(2).status().term).toBeGreaterThan(5);
  });

  it('a chain where older terms are not answered either: the leader is deposed, and does not even hear of it', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const isAnswer = ({ type }: Message) => type.endsWith('Response');
    cluster.hears = (message, { term }) => (message.term < term && !isAnswer(message) ? undefined : message);
    cluster.elect(1);
    cluster.cut(links([1, 2], [2, 3]));
    cluster.run(200);
    expect(cluster.node(3).status().role).toBe('leader');
    expect(cluster.node(1).status()).toMatchObject({ role: 'leader', term: 1 });
    cluster.propose(1, 'never');
    cluster.run(50);
    expect(cluster.server(1).commands()).toEqual([]);
  });

  it('a star: a leader that hears only the server in the middle makes way for it', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5], node: both });
    cluster.elect(1);
    cluster.run(2);
    cluster.cut(links([2, 1], [2, 3], [2, 4], [2, 5]));
    cluster.runUntil(() => cluster.leader()?.id === 2, 'the server in the middle leads', 200);
    cluster.propose(2, 'x');
    cluster.run(3);
    expect(cluster.running.map((server) => server.commands())).toEqual(Array<string[]>(5).fill(['x']));
  });

  it('a star without check-quorum: nobody can write and nobody can be elected', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5], node: { preVote: true } });
    cluster.elect(1);
    cluster.run(2);
    cluster.cut(links([2, 1]));
    cluster.run(200);
    expect(cluster.leader()?.id).toBe(1);
    cluster.propose(1, 'never');
    cluster.run(50);
    expect(cluster.server(1).commands()).toEqual([]);
  });

  it('a bridge: an old leader whose heartbeats reach one server does not block a connected quorum', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5], node: both });
    cluster.elect(1);
    cluster.run(2);
    // 2 to 5 are connected. The old leader is heard by 2 alone, and hears nobody.
    cluster.cut((from, to) => to === 1 || (from === 1 && to !== 2));
    cluster.runUntil(() => [2, 3, 4, 5].includes(cluster.leader()?.id ?? 0), 'a leader of the quorum', 200);
    cluster.propose(cluster.leader()?.id ?? 0, 'x');
    cluster.settle();
    expect(cluster.leader()?.commands()).toEqual(['x']);
  });

  it('a transfer skips the pre-vote, which live followers would refuse (canonical/raft #203)', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: both });
    cluster.elect(1);
    cluster.run(2);
    cluster.node(1).transferLeadership(2);
    cluster.handle(1);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(2);
  });

  it('servers that are ahead in their term come back, with and without pre-vote and check-quorum', () => {
    for (const node of [{}, both, { preVote: true }, { checkQuorum: true }]) {
      const cluster = new Cluster({ voters: [1, 2, 3], node });
      cluster.elect(1);
      cluster.run(2);
      cluster.partition([1, 2], [3]);
      cluster.node(3).forgetLeader();
      for (let i = 0; i < 5; i++) {
        campaign(cluster, 3);
      }
      cluster.heal();
      cluster.run(60);
      const seen = cluster.running.map((server) => server.node.status().leader);
      expect(cluster.leader()).toBeDefined();
      expect(seen).toEqual(Array<number | undefined>(3).fill(cluster.leader()?.id));
    }
  });
});

describe('hazard 6: a snapshot over a divergent log (hashicorp #697, RedisLabs/raft #49)', () => {
  // Every case of Figure 13 is in snapshots.test.ts.
  function divergentFollower(rules: object): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { rules } });
    cluster.elect(3);
    cluster.partition([3], [1, 2]);
    cluster.propose(3, 'a', 'b', 'c', 'd', 'e', 'f');
    cluster.runUntil(() => [1, 2].includes(cluster.leader()?.id ?? 0), 'another leader');
    const leader = cluster.leader()?.id ?? 0;
    cluster.propose(leader, 'x', 'y');
    cluster.settle();
    cluster.compact(leader);
    cluster.heal();
    return cluster;
  }

  it('ends with the leader’s log, after one snapshot', () => {
    const cluster = divergentFollower({});
    let snapshots = 0;
    cluster.filter = (message) => {
      snapshots += message.type === 'InstallSnapshot' ? 1 : 0;
      return true;
    };
    cluster.run(30);
    expect(snapshots).toBe(1);
    expect(cluster.server(3).commands()).toEqual(['x', 'y']);
    expect(cluster.node(3).status()).toMatchObject({ lastIndex: cluster.leader()?.node.status().lastIndex });
  });

  it('with the rule off, the follower keeps entries that its leader never had', () => {
    const cluster = divergentFollower({ snapshotDiscardsConflictingLog: false });
    cluster.filter = (message) => message.type !== 'AppendEntries' || message.entries.length === 0;
    cluster.run(30);
    expect(cluster.node(3).status().lastIndex).toBeGreaterThan(cluster.leader()?.node.status().lastIndex ?? Infinity);
  });
});

describe('hazard 7: a configuration is rolled back with its entry (scylladb PR 30936, canonical/raft #323)', () => {
  it('two changes that are truncated at once leave the configuration that is committed', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { rules: { oneChangeAtATime: false } } });
    cluster.elect(1);
    cluster.partition([1], [2, 3]);
    cluster.change(1, 'v4');
    cluster.change(1, 'r2');
    expect(cluster.server(1).log().slice(1).map(({ type }) => type)).toEqual(['configuration', 'configuration']);
    cluster.runUntil(() => cluster.leader()?.id !== 1, 'another leader');
    cluster.heal();
    cluster.run(20);
    expect(cluster.server(1).log()).toEqual(cluster.server(2).log());
    expect(cluster.node(1).status().configuration.voters).toEqual([1, 2, 3]);
  });
});

describe('hazard 8: votes and answers that a crash forgets (robustmq PR 2039, openraft PR 1125, etcd #14370)', () => {
  const ask = (from: number): Message => ({
    type: 'RequestVote',
    from,
    to: 3,
    term: 1,
    lastLogIndex: 0,
    lastLogTerm: 0,
    leadershipTransfer: false,
  });

  /** Server 3 crashes when its first messages are out and its write is not done; then another candidate asks. */
  function votesAround(rules: object): Message[] {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { rules } });
    const votes: Message[] = [];
    cluster.server(3).node.step(ask(1));
    votes.push(...cluster.server(3).node.ready().messagesBeforePersist);
    cluster.crash(3);
    cluster.restart(3);
    cluster.deliver(ask(2));
    votes.push(...cluster.intercept(ofType('RequestVoteResponse')));
    return votes.filter((message) => message.type === 'RequestVoteResponse' && message.voteGranted);
  }

  it('a vote leaves after it was written: two candidates of a term never get the same vote', () => {
    expect(votesAround({})).toMatchObject([{ to: 2 }]);
  });

  it('with the rule off, both get it', () => {
    expect(votesAround({ persistVoteBeforeAnswer: false })).toMatchObject([{ to: 1 }, { to: 2 }]);
  });

  /** Server 2 crashes when its first messages are out and its write is not done. */
  function acknowledgedWrite(rules: object): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { rules } });
    cluster.elect(1);
    cluster.filter = ({ to }) => to !== 3;
    cluster.propose(1, 'acknowledged');
    const [append] = cluster.intercept((message) => message.type === 'AppendEntries' && message.to === 2);
    const { node } = cluster.server(2);
    node.step(append!);
    const { messagesBeforePersist } = node.ready();
    cluster.crash(2);
    messagesBeforePersist.forEach((message) => {
      cluster.deliver(message);
    });
    return cluster;
  }

  it('entries are acknowledged after they were written', () => {
    expect(acknowledgedWrite({}).server(1).commands()).toEqual([]);
  });

  it('with that rule off, an acknowledged write is lost', () => {
    const cluster = acknowledgedWrite({ persistEntriesBeforeAnswer: false });
    expect(cluster.server(1).commands()).toEqual(['acknowledged']);
    cluster.crash(1);
    cluster.heal();
    cluster.restart(2);
    expect(
      isCaught(() => {
        campaign(cluster, 3);
        cluster.run(5);
      }),
    ).toBe(true);
  });

  it('a single server acknowledges only what is on its own disk', () => {
    const cluster = new Cluster({ voters: [1] });
    cluster.elect(1);
    cluster.node(1).propose(text('x'));
    const ready = cluster.node(1).ready();
    expect(ready.entries).toHaveLength(1);
    expect(ready.committedEntries).toEqual([]);
  });
});

describe('hazard 9: wrong quorum arithmetic (openraft #1802)', () => {
  // The arithmetic itself is held against dumb counting in quorum.test.ts.
  it('with half of the servers as a quorum, a write is acknowledged that the other half replaces', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4], node: { rules: { majorityQuorum: false } } });
    cluster.elect(1);
    cluster.run(2);
    cluster.partition([1, 2], [3, 4]);
    cluster.propose(1, 'in one half');
    cluster.settle();
    expect(cluster.server(1).commands()).toEqual(['in one half']);
    expect(
      isCaught(() => {
        cluster.runUntil(() => [3, 4].includes(cluster.leader()?.id ?? 0), 'a leader of the other half');
        cluster.propose(cluster.leader()?.id ?? 0, 'in the other');
        cluster.settle();
        cluster.heal();
        cluster.run(20);
      }),
    ).toBe(true);
  });

  it('with a majority, neither half of four can write', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4] });
    cluster.elect(1);
    cluster.partition([1, 2], [3, 4]);
    cluster.propose(1, 'x');
    cluster.run(50);
    expect(cluster.running.flatMap((server) => server.commands())).toEqual([]);
  });
});

describe('hazard 10: matchIndex moved by refusals and old answers (CCF PR 5326, #5674)', () => {
  it('a refusal, a late or a repeated answer never moves matchIndex back, nor forward', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.propose(1, 'a', 'b', 'c');
    cluster.settle();
    const match = () => cluster.node(1).status().progress.find(({ id }) => id === 2)?.matchIndex;
    expect(match()).toBe(4);
    const answer = { type: 'AppendEntriesResponse', from: 2, to: 1, term: 1 } as const;
    const rejection = { ...answer, rejected: true, hintIndex: 0, hintTerm: 0 } as const;
    for (const [index, rejected] of [[1, false], [4, true], [9, true], [3, true], [0, false]] as const) {
      cluster.deliver(
        rejected ? { ...rejection, prevLogIndex: index } : { ...answer, rejected, matchIndex: index },
      );
      expect(match()).toBe(4);
    }
    cluster.settle();
    expect(cluster.server(2).log()).toEqual(cluster.server(1).log());
  });

  it('answers to a leader that stepped down count for nothing when it leads again', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.filter = (message) => message.type !== 'AppendEntriesResponse';
    cluster.propose(1, 'a');
    cluster.settle();
    cluster.heal();
    const old = { type: 'AppendEntriesResponse', from: 2, to: 1, term: 1 } as const;
    cluster.filter = (message) => message.type !== 'AppendEntries';
    campaign(cluster, 3);
    campaign(cluster, 1);
    expect(cluster.node(1).status()).toMatchObject({ role: 'leader', term: 3, commitIndex: 1 });
    cluster.deliver({ ...old, matchIndex: 2, rejected: false });
    expect(cluster.node(1).status().progress.find(({ id }) => id === 2)?.matchIndex).toBe(0);
  });
});

describe('hazard 11: a server that lost its disk under its old identity (etcd #21178, #20269)', () => {
  function wiped(): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.propose(1, 'a', 'b');
    cluster.settle();
    cluster.crash(3);
    cluster.servers.delete(3);
    cluster.safety.forget(3);
    return cluster;
  }

  it('stops with a message that says so, instead of going on with what it does not have', () => {
    const cluster = wiped();
    cluster.add(3);
    expect(() => {
      cluster.tick(1);
      cluster.settle();
    }).toThrow(/entry 3 is committed, but the log of this node ends at 0: did it lose its log\?/);
  });

  it('comes back as another member: under a new id, added and the old one removed', () => {
    const cluster = wiped();
    cluster.add(4);
    cluster.change(1, 'r3 v4');
    cluster.run(5);
    expect(cluster.node(4).status().configuration.voters).toEqual([1, 2, 4]);
    expect(cluster.server(4).commands()).toEqual(['a', 'b']);
  });

  it('a server that is removed and soon added again starts with a progress of its own', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.propose(1, 'a');
    cluster.settle();
    cluster.change(1, 'r3');
    cluster.settle();
    cluster.filter = ({ to }) => to !== 3;
    cluster.change(1, 'v3');
    cluster.settle();
    const progress = cluster.node(1).status().progress.find(({ id }) => id === 3);
    expect(progress).toMatchObject({ matchIndex: 0, state: 'probe' });
    cluster.heal();
    cluster.run(3);
    expect(cluster.server(3).log()).toEqual(cluster.server(1).log());
  });
});

describe('hazard 12: a leader whose disk stalls (hashicorp #503, etcd #13527)', () => {
  it('sends no heartbeat while its own write is not done, so that others take over', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    const { node } = cluster.server(1);
    node.propose(text('stuck'));
    node.ready(); // its write never ends
    for (let i = 0; i < 5; i++) {
      node.tick();
    }
    expect(node.hasReady()).toBe(true);
    expect(() => node.ready()).toThrow(/again before advance/);
  });
});

describe('hazard 13: lease reads under pauses (etcd #6005, sofa-jraft PR 34)', () => {
  /** The leader's process is paused while the others elect another leader and write; then it goes on, unaware. */
  function readAfterPause(readOnly: 'lease' | 'read-index'): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { checkQuorum: true, readOnly } });
    cluster.elect(1);
    cluster.run(2);
    cluster.partition([1], [2, 3]);
    for (let i = 0; i < 100 && cluster.leader()?.id === 1; i++) {
      cluster.tick(2, 3);
      cluster.settle();
    }
    cluster.propose(cluster.leader()?.id ?? 0, 'newer');
    cluster.settle();
    cluster.node(1).readIndex(text('after the pause'));
    cluster.handle(1);
    return cluster;
  }

  it('ReadIndex, the default, does not answer', () => {
    expect(readAfterPause('read-index').server(1).readStates).toEqual([]);
  });

  it('the lease answers with what is no longer true: its assumption about clocks is broken', () => {
    expect(readAfterPause('lease').server(1).readStates).toMatchObject([{ readIndex: 1 }]);
  });
});

describe('hazard 14: oversized messages (RedisLabs/raft #53)', () => {
  it('what one AppendEntries carries is limited, however far behind the follower is', () => {
    const limit = 1000;
    const cluster = new Cluster({ voters: [1, 2, 3], node: { maxEntriesBytesPerMessage: limit } });
    cluster.elect(1);
    cluster.crash(3);
    for (let i = 0; i < 100; i++) {
      cluster.propose(1, 'x'.repeat(100));
    }
    cluster.settle();
    cluster.restart(3);
    let largest = 0;
    cluster.filter = (message) => {
      if (message.type === 'AppendEntries') {
        largest = Math.max(largest, message.entries.reduce((bytes, { data }) => bytes + data.length, 0));
      }
      return true;
    };
    cluster.run(5);
    expect(cluster.server(3).commands()).toHaveLength(100);
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThanOrEqual(limit);
  });
});

describe('other rules, switched off', () => {
  it('voteOnlyIfUpToDate: a server that lacks an acknowledged write is elected', () => {
    const run = (voteOnlyIfUpToDate: boolean): boolean =>
      isCaught(() => {
        const cluster = new Cluster({ voters: [1, 2, 3], node: { rules: { voteOnlyIfUpToDate } } });
        cluster.elect(1);
        cluster.partition([1, 2], [3]);
        cluster.propose(1, 'acknowledged');
        cluster.settle();
        cluster.heal();
        cluster.crash(1);
        campaign(cluster, 3);
        cluster.run(5);
      });
    expect(run(true)).toBe(false);
    expect(run(false)).toBe(true);
  });

  it('voteOncePerTerm: two leaders in one term', () => {
    const run = (voteOncePerTerm: boolean): boolean =>
      isCaught(() => {
        const cluster = new Cluster({ voters: [1, 2, 3], node: { rules: { voteOncePerTerm } } });
        cluster.cut((from, to) => from !== 3 && to !== 3);
        cluster.node(1).campaign();
        cluster.node(2).campaign();
        cluster.handle(1);
        cluster.handle(2);
        cluster.settle();
      });
    expect(run(true)).toBe(false);
    expect(run(false)).toBe(true);
  });
});
