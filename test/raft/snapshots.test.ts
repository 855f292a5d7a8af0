/** Snapshots and log compaction (Raft §7). */
import { describe, expect, it } from 'vitest';
import { configurationOf, type Entry, type Snapshot } from '../../src/raft/index.ts';
import { Cluster, ofType, text } from './support/cluster.ts';
import { SafetyViolation } from './support/safety.ts';

const entry = (term: number, index: number): Entry => ({
  term,
  index,
  type: 'command',
  data: text(`t${term}i${index}`),
});

/** Server 3 is away while the others write and compact. */
function behind(writes: number, trailing: number, node = {}): Cluster {
  const cluster = new Cluster({ voters: [1, 2, 3], node });
  cluster.elect(1);
  cluster.crash(3);
  for (let i = 0; i < writes; i++) {
    cluster.propose(1, `w${i}`);
    cluster.settle();
  }
  cluster.compact(1, trailing);
  return cluster;
}

const FROM_BEFORE_JOINING: Snapshot = {
  lastIncludedIndex: 5,
  lastIncludedTerm: 1,
  configuration: configurationOf([1, 2]),
  data: new Uint8Array(),
};

describe('a snapshot from before its receiver joined', () => {
  const snapshot = FROM_BEFORE_JOINING;
  const installSnapshot = { type: 'InstallSnapshot', from: 1, to: 3, term: 1, snapshot } as const;

  it('is installed', () => {
    const { node } = new Cluster({ voters: [1, 2] }).add(3, configurationOf([]));
    node.step(installSnapshot);
    expect(node.ready().messages).toMatchObject([{ type: 'AppendEntriesResponse', to: 1, matchIndex: 5 }]);
  });
});

describe('what the owner writes of a snapshot', () => {
  it('must be synced before the answer leaves, in a term that is on the disk already too', () => {
    const cluster = new Cluster({ voters: [1, 2] });
    const { node, storage } = cluster.add(3, configurationOf([]));
    node.step({ type: 'Heartbeat', from: 1, to: 3, term: 1, leaderCommit: 0, context: new Uint8Array() });
    storage.persist(node.ready());
    node.advance();
    const snapshot = { ...FROM_BEFORE_JOINING, configuration: configurationOf([1, 2, 3]) };
    node.step({ type: 'InstallSnapshot', from: 1, to: 3, term: 1, snapshot });
    const ready = node.ready();
    expect(ready).toMatchObject({ snapshot, entries: [], hardState: { currentTerm: 1, votedFor: 0 }, mustSync: true });
    expect(ready.messages).toMatchObject([{ type: 'AppendEntriesResponse', matchIndex: 5 }]);
  });
});

describe('§7 a follower that is too far behind', () => {
  it('is sent a snapshot, then the log after it', () => {
    const cluster = behind(10, 0);
    cluster.restart(3);
    let snapshots = 0;
    cluster.filter = (message) => {
      snapshots += message.type === 'InstallSnapshot' ? 1 : 0;
      return true;
    };
    cluster.run(2);
    cluster.propose(1, 'after');
    cluster.run(2);
    expect(snapshots).toBe(1);
    expect(cluster.server(3).commands()).toEqual(cluster.server(1).commands());
    expect(cluster.server(3).storage.firstIndex()).toBe(12);
    expect(cluster.server(3).events).toContainEqual({
      type: 'snapshotRestored',
      lastIncludedIndex: 11,
      lastIncludedTerm: 1,
    });
  });

  it('is served from the log where trailing entries were kept', () => {
    const cluster = behind(10, 10);
    cluster.restart(3);
    let snapshots = 0;
    cluster.filter = (message) => {
      snapshots += message.type === 'InstallSnapshot' ? 1 : 0;
      return true;
    };
    cluster.run(3);
    expect(snapshots).toBe(0);
    expect(cluster.server(3).commands()).toHaveLength(10);
  });

  it('is sent another snapshot when the first was lost', () => {
    const cluster = behind(10, 0);
    cluster.restart(3);
    cluster.filter = (message) => message.type !== 'InstallSnapshot';
    cluster.run(3);
    expect(cluster.server(3).commands()).toEqual([]);
    cluster.heal();
    cluster.run(3);
    expect(cluster.server(3).commands()).toHaveLength(10);
  });

  it('is not sent one while it is silent', () => {
    const cluster = behind(10, 0, { checkQuorum: true });
    cluster.run(30);
    cluster.node(1).reportUnreachable(3);
    cluster.propose(1, 'more');
    expect(cluster.pending.filter(ofType('InstallSnapshot'))).toEqual([]);
    expect(cluster.node(1).status().progress.find(({ id }) => id === 3)).toMatchObject({ state: 'probe' });
  });

  it('counts while its snapshot is on its way, once it has answered for more', () => {
    const cluster = behind(10, 0);
    cluster.restart(3);
    cluster.runUntil(() => cluster.server(3).commands().length === 10, 'caught up');
    expect(cluster.node(1).status().progress.find(({ id }) => id === 3)).toMatchObject({
      state: 'replicate',
      matchIndex: 11,
      pendingSnapshot: 0,
    });
  });
});

describe('§7 Figure 13: a snapshot meets a log', () => {
  /** Server 2 with this log; then it is given a snapshot at index 3, term 2. */
  function given(logTerms: readonly number[], rules = {}): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { rules } });
    const server = cluster.server(2);
    server.storage.append(logTerms.map((term, offset) => entry(term, offset + 1)));
    cluster.restart(2);
    cluster.deliver({
      type: 'InstallSnapshot',
      from: 1,
      to: 2,
      term: 4,
      snapshot: {
        lastIncludedIndex: 3,
        lastIncludedTerm: 2,
        configuration: server.configuration,
        data: new Uint8Array(),
      },
    });
    return cluster;
  }

  const answer = (cluster: Cluster) => cluster.intercept(ofType('AppendEntriesResponse'));

  it('replaces a log that ends before it', () => {
    const cluster = given([1]);
    expect(cluster.node(2).status()).toMatchObject({ firstIndex: 4, lastIndex: 3, commitIndex: 3 });
    expect(answer(cluster)).toMatchObject([{ matchIndex: 3, rejected: false }]);
  });

  it('replaces a log that conflicts with it, and what followed there (hashicorp/raft #697)', () => {
    const cluster = given([1, 3, 3, 3, 3]);
    expect(cluster.node(2).status()).toMatchObject({ firstIndex: 4, lastIndex: 3, lastTerm: 2 });
    expect(answer(cluster)).toMatchObject([{ matchIndex: 3 }]);
  });

  it('keeps what follows in a log that holds its last entry, and only commits', () => {
    const cluster = given([1, 2, 2, 2, 2]);
    expect(cluster.node(2).status()).toMatchObject({ firstIndex: 1, lastIndex: 5, commitIndex: 3 });
    expect(answer(cluster)).toMatchObject([{ matchIndex: 3 }]);
  });

  it('is ignored when it is older than what is committed', () => {
    const cluster = given([1, 2, 2, 2, 2]);
    const snapshot = { ...cluster.server(2).storage.snapshot()!, lastIncludedIndex: 2, lastIncludedTerm: 2 };
    answer(cluster);
    cluster.deliver({ type: 'InstallSnapshot', from: 1, to: 2, term: 4, snapshot });
    expect(answer(cluster)).toMatchObject([{ matchIndex: 3 }]);
    expect(cluster.node(2).status().lastIndex).toBe(5);
  });

  it('older than the membership of this server is installed: the log after it tells of that', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.compact(1);
    cluster.add(4, configurationOf([]));
    cluster.change(1, 'v4');
    cluster.run(3);
    expect(cluster.server(1).storage.snapshot()?.configuration.voters).toEqual([1, 2, 3]);
    expect(cluster.node(4).status().configuration.voters).toEqual([1, 2, 3, 4]);
  });

  it('with the rule off, the conflicting tail stays and its logs no longer match', () => {
    const cluster = given([1, 3, 3, 3, 3], { snapshotDiscardsConflictingLog: false });
    expect(cluster.node(2).status()).toMatchObject({ firstIndex: 4, lastIndex: 5, lastTerm: 3 });
    // A candidate with the true log of term 2 would be refused for it.
    cluster.deliver({
      type: 'RequestVote',
      from: 3,
      to: 2,
      term: 5,
      lastLogIndex: 6,
      lastLogTerm: 2,
      leadershipTransfer: false,
    });
    expect(cluster.intercept(ofType('RequestVoteResponse'))).toMatchObject([{ voteGranted: false }]);
  });

  it('a server with a snapshot to install does not stand for election', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    const { node, configuration } = cluster.server(2);
    const snapshot = { lastIncludedIndex: 3, lastIncludedTerm: 2, configuration, data: new Uint8Array() };
    node.step({ type: 'InstallSnapshot', from: 1, to: 2, term: 4, snapshot });
    node.campaign();
    expect(node.status().role).toBe('follower');
    cluster.handle(2);
    node.campaign();
    expect(node.status().role).toBe('candidate');
  });
});

describe('compaction', () => {
  it('a restart after it starts from the snapshot', () => {
    const cluster = behind(10, 3);
    cluster.crash(1);
    cluster.restart(1);
    expect(cluster.node(1).status()).toMatchObject({ firstIndex: 9, lastIndex: 11, lastApplied: 11 });
  });

  it('the checks would catch a state machine that lost what a snapshot covers', () => {
    const cluster = behind(3, 0);
    const server = cluster.server(2);
    server.applied.set(2, entry(9, 2));
    server.lastApplied = 2;
    cluster.safety.check([]);
    const other = new Cluster({ voters: [1, 2, 3] });
    other.elect(1);
    other.propose(1, 'x');
    other.settle();
    other.server(2).applied.set(3, entry(9, 3));
    other.server(2).lastApplied = 3;
    other.server(1).applied.set(3, entry(1, 3));
    other.server(1).lastApplied = 3;
    expect(() => {
      other.safety.check([...other.servers.values()]);
    }).toThrow(SafetyViolation);
  });
});
