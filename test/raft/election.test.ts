/** Leader election (Raft §5.2, §5.4.1; dissertation §4.2.3, §6.2, §9.6). */
import { describe, expect, it } from 'vitest';
import type { Message } from '../../src/raft/index.ts';
import { Cluster, ofType } from './support/cluster.ts';

/** A vote request of a candidate with an empty log. */
const ask = {
  type: 'RequestVote',
  to: 3,
  term: 1,
  lastLogIndex: 0,
  lastLogTerm: 0,
  leadershipTransfer: false,
} as const;

describe('§5.2 leader election', () => {
  it.each([1, 2, 3, 5, 7])('elects one leader among %i servers, whom all follow', (size) => {
    const voters = Array.from({ length: size }, (_, index) => index + 1);
    const cluster = new Cluster({ voters, seed: size });
    const leader = cluster.elect();
    cluster.run(3);
    for (const server of cluster.running) {
      expect(server.node.status()).toMatchObject({ leader: leader.id, term: leader.node.status().term });
    }
  });

  it('a candidate that is behind in its term learns of the newer one, even where nobody asks for its vote', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.deliver({ ...ask, from: 2, to: 3, term: 9 }); // server 3 has been busy with elections of its own
    cluster.deliver({ ...ask, from: 1, to: 3, term: 2, lastLogIndex: 5, lastLogTerm: 1 });
    const [answer] = cluster.intercept(({ to, type }) => to === 1 && type === 'RequestVoteResponse');
    expect(answer).toMatchObject({ term: 9, voteGranted: false });
  });

  it('a vote request that was overtaken by a newer one of the same candidate does not cost it the vote', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.deliver({ ...ask, from: 1, to: 3, term: 2 });
    cluster.deliver({ ...ask, from: 1, to: 3, term: 1 });
    const answers = cluster.intercept(({ to, type }) => to === 1 && type === 'RequestVoteResponse');
    expect(answers).toMatchObject([{ term: 2, voteGranted: true }]);
  });

  it('whoever leads an older term hears of the newer one and steps down (§5.1)', () => {
    for (const type of ['AppendEntries', 'Heartbeat', 'InstallSnapshot'] as const) {
      const cluster = new Cluster({ voters: [1, 2, 3] });
      cluster.elect(1);
      cluster.propose(1, 'a');
      cluster.settle();
      cluster.compact(1);
      cluster.deliver({ ...ask, from: 2, to: 3, term: 9 });
      const envelope = { from: 1, to: 3, term: 1 } as const;
      cluster.deliver({
        AppendEntries: { type, ...envelope, prevLogIndex: 2, prevLogTerm: 1, entries: [], leaderCommit: 2 },
        Heartbeat: { type, ...envelope, leaderCommit: 2, context: new Uint8Array() },
        InstallSnapshot: { type, ...envelope, snapshot: cluster.server(1).storage.snapshot() },
      }[type] as Message);
      cluster.settle();
      expect(cluster.node(1).status(), type).toMatchObject({ role: 'follower', term: 9 });
    }
  });

  const SETTINGS = [{}, { checkQuorum: true }, { preVote: true }];
  it.each(SETTINGS)('a learner that is ahead in its term comes back: %o', (node) => {
    const cluster = new Cluster({ voters: [1, 2, 3], learners: [4], node });
    cluster.elect(1);
    cluster.run(5);
    // It was a candidate before it was demoted, and can be none any more to say what term it is in.
    cluster.deliver({ ...ask, from: 2, to: 4, term: 9, leadershipTransfer: true });
    cluster.propose(1, 'x');
    cluster.runUntil(() => cluster.server(4).commands().includes('x'), 'the learner has the entry');
  });

  it('elects no leader without a majority', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5] });
    cluster.partition([1, 2], [3, 4], [5]);
    cluster.run(200);
    expect(cluster.leader()).toBeUndefined();
  });

  it('a leader that is cut off is replaced, and follows its successor when it returns', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const old = cluster.elect(1);
    cluster.partition([1], [2, 3]);
    cluster.runUntil(() => cluster.leader()?.id !== 1, 'another leader');
    const successor = cluster.leader();
    cluster.heal();
    cluster.run(5);
    expect(old.node.status()).toMatchObject({ role: 'follower', leader: successor?.id });
  });

  it('a split vote is resolved by another election', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4], seed: 5 });
    cluster.node(1).campaign();
    cluster.node(2).campaign();
    cluster.handle(1);
    cluster.handle(2);
    // Each candidate gets two of four votes.
    cluster.deliverOnly((message) => message.from === 1 && message.to === 3);
    cluster.deliverOnly((message) => message.from === 2 && message.to === 4);
    cluster.settle();
    expect(cluster.leader()).toBeUndefined();
    cluster.elect();
  });

  it('gives one vote a term, and the same answer again to the same candidate', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const answers: boolean[] = [];
    cluster.filter = (message) => {
      if (message.type === 'RequestVoteResponse') {
        answers.push(message.voteGranted);
      }
      return false;
    };
    cluster.deliver({ ...ask, from: 1 });
    cluster.deliver({ ...ask, from: 2 });
    cluster.deliver({ ...ask, from: 1 });
    expect(answers).toEqual([true, false, true]);
  });

  it('waits a whole election timeout again after it gave its vote', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const { node } = cluster.server(3);
    for (let i = 0; i < 9; i++) {
      node.tick();
    }
    cluster.deliver({ ...ask, from: 1 });
    expect(node.status()).toMatchObject({ votedFor: 1, electionElapsedTicks: 0 });
    for (let i = 0; i < 9; i++) {
      node.tick();
    }
    cluster.deliver({ ...ask, from: 1 }); // the same candidate again
    expect(node.status().electionElapsedTicks).toBe(0);
  });

  it('remembers its vote over a crash', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.deliver({ ...ask, from: 1 });
    cluster.crash(3);
    cluster.restart(3);
    cluster.deliver({ ...ask, from: 2 });
    expect(cluster.node(3).status().votedFor).toBe(1);
    expect(cluster.pending.filter(ofType('RequestVoteResponse'))).toMatchObject([
      { to: 1, voteGranted: true },
      { to: 2, voteGranted: false },
    ]);
  });

  it('hands a vote out only after it was persisted', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const { node } = cluster.server(3);
    node.step({ ...ask, from: 1 });
    const ready = node.ready();
    expect(ready.messagesBeforePersist).toEqual([]);
    expect(ready.messages).toMatchObject([{ type: 'RequestVoteResponse', voteGranted: true }]);
    expect(ready).toMatchObject({ mustSync: true, hardState: { currentTerm: 1, votedFor: 1 } });
  });

  it('sends vote requests only after the own term and vote were persisted', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const { node } = cluster.server(1);
    node.campaign();
    const ready = node.ready();
    expect(ready.messagesBeforePersist).toEqual([]);
    expect(ready.messages.map(({ type, to }) => [type, to])).toEqual([
      ['RequestVote', 2],
      ['RequestVote', 3],
    ]);
  });

  it('draws a new election timeout each time it becomes follower or candidate', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const drawn = new Set<number>();
    for (let i = 0; i < 50; i++) {
      cluster.node(1).campaign();
      cluster.handle(1);
      drawn.add(cluster.node(1).status().randomizedElectionTimeoutTicks);
    }
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(10);
    expect(Math.max(...drawn)).toBeLessThan(20);
    expect(drawn.size).toBeGreaterThan(5);
  });
});

describe('§5.4.1 election restriction', () => {
  it('a server whose log is behind cannot win, one that is up-to-date can', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.partition([1, 2], [3]);
    cluster.propose(1, 'a');
    cluster.settle();
    cluster.heal();
    cluster.crash(1);
    cluster.node(3).campaign();
    cluster.handle(3);
    cluster.settle();
    expect(cluster.leader()).toBeUndefined();
    cluster.elect(2);
    cluster.run(2);
    expect(cluster.server(3).commands()).toEqual(['a']);
  });

  it('a later last term is more up-to-date than a longer log', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const server = cluster.server(1);
    const entry = (index: number, term: number) => ({ index, term, type: 'command', data: new Uint8Array() }) as const;
    server.storage.append([entry(1, 1), entry(2, 1), entry(3, 1)]);
    cluster.restart(1);
    const askWith = (lastLogIndex: number, lastLogTerm: number, term: number) => {
      cluster.deliver({ ...ask, from: 2, to: 1, term, lastLogIndex, lastLogTerm });
      return cluster.intercept(ofType('RequestVoteResponse'));
    };
    expect(askWith(9, 0, 3)).toMatchObject([{ voteGranted: false }]);
    expect(askWith(2, 1, 4)).toMatchObject([{ voteGranted: false }]);
    expect(askWith(3, 1, 5)).toMatchObject([{ voteGranted: true }]);
    expect(askWith(1, 2, 6)).toMatchObject([{ voteGranted: true }]);
  });
});

describe('dissertation §9.6 pre-vote', () => {
  it('a server that was cut off does not disturb the leader when it returns', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { preVote: true, checkQuorum: true } });
    cluster.elect(1);
    const { term } = cluster.node(1).status();
    cluster.partition([1, 2], [3]);
    cluster.run(100);
    expect(cluster.node(3).status().term).toBe(term);
    cluster.heal();
    cluster.run(30);
    expect(cluster.node(1).status()).toMatchObject({ role: 'leader', term });
  });

  it('without it the returning server forces a new election', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    const { term } = cluster.node(1).status();
    cluster.partition([1, 2], [3]);
    cluster.run(100);
    cluster.heal();
    cluster.run(60);
    expect(cluster.leader()?.node.status().term).toBeGreaterThan(term);
  });
});

describe('dissertation §6.2 check quorum', () => {
  it('a leader that hears from no majority steps down', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5], node: { checkQuorum: true } });
    cluster.elect(1);
    cluster.partition([1, 2], [3, 4, 5]);
    cluster.run(25);
    expect(cluster.node(1).status().role).not.toBe('leader');
    expect(cluster.server(1).events).toContainEqual({ type: 'quorumLost', term: 1 });
  });

  it('a follower of a live leader refuses its vote (dissertation §4.2.3)', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { checkQuorum: true } });
    cluster.elect(1);
    cluster.run(2);
    cluster.node(3).campaign();
    cluster.handle(3);
    cluster.settle();
    expect(cluster.server(2).events).toContainEqual(
      expect.objectContaining({ type: 'voteRefused', candidate: 3, reason: 'leader-lease' }),
    );
  });
});

describe('events of an election', () => {
  it('tell who voted, who leads and since when', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    const { events } = cluster.server(1);
    expect(events).toContainEqual({ type: 'termChanged', term: 1, previousTerm: 0 });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'roleChanged', role: 'leader', votes: [1, 2], voterCount: 3 }),
    );
    expect(events).toContainEqual({ type: 'leaderChanged', leader: 1, term: 1 });
    expect(cluster.server(2).events).toContainEqual({ type: 'voteGranted', candidate: 1, term: 1, preVote: false });
  });

  it('are bounded, and what is dropped is counted', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { maxBufferedEvents: 4 } });
    const { node } = cluster.server(1);
    for (let i = 0; i < 10; i++) {
      node.campaign();
    }
    expect(node.takeEvents()).toHaveLength(4);
    expect(node.status().droppedEvents).toBeGreaterThan(0);
  });
});
