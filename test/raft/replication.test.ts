/** Log replication (Raft §5.3, §5.4.2), always over a network that delivers. */
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/raft/index.ts';
import { Cluster, text } from './support/cluster.ts';
import { SafetyViolation } from './support/safety.ts';

const entry = (term: number, index: number, data = ''): Entry => ({ term, index, type: 'command', data: text(data) });

/** The terms of a server's log, as in the figures of the paper. */
const terms = (cluster: Cluster, id: number): number[] => cluster.server(id).log().map(({ term }) => term);

/** Gives a server a log with these terms, as if it had lived through them. */
function withLog(cluster: Cluster, id: number, logTerms: readonly number[], currentTerm = logTerms.at(-1) ?? 0): void {
  const { storage } = cluster.server(id);
  storage.append(logTerms.map((term, offset) => entry(term, offset + 1, `t${term}i${offset + 1}`)));
  storage.persist({ hardState: { currentTerm, votedFor: 0, commitIndex: 0 }, entries: [], snapshot: undefined });
  cluster.restart(id);
}

describe('§5.3 log replication', () => {
  it('a write on the leader is applied everywhere, in order', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.propose(1, 'a', 'b');
    cluster.propose(1, 'c');
    cluster.settle();
    for (const { id } of cluster.running) {
      expect(cluster.server(id).commands()).toEqual(['a', 'b', 'c']);
    }
  });

  it('a write on a follower is forwarded to the leader', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.propose(3, 'from a follower');
    cluster.settle();
    expect(cluster.server(2).commands()).toEqual(['from a follower']);
  });

  it('a write without a leader is dropped, and the proposer is told', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    expect(() => cluster.node(1).propose(text('x'))).toThrow(/no leader is known/);
  });

  it('a new leader appends a no-op, and with it commits what came before (dissertation §6.4)', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    expect(cluster.server(2).log()).toMatchObject([{ index: 1, term: 1, type: 'no-op' }]);
    expect(cluster.node(2).status().commitIndex).toBe(1);
  });

  it('a minority neither commits nor applies, and gives way when healed', () => {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5] });
    cluster.elect(1);
    cluster.partition([1, 2], [3, 4, 5]);
    cluster.propose(1, 'lost');
    cluster.settle();
    expect(cluster.server(1).commands()).toEqual([]);
    cluster.runUntil(() => [3, 4, 5].includes(cluster.leader()?.id ?? 0), 'a leader of the majority');
    cluster.propose(cluster.leader()?.id ?? 0, 'kept');
    cluster.settle();
    cluster.heal();
    cluster.run(30);
    for (const { id } of cluster.running) {
      expect(cluster.server(id).commands()).toEqual(['kept']);
    }
  });

  it('a follower that was away catches up', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.crash(3);
    for (let i = 0; i < 20; i++) {
      cluster.propose(1, `write ${i}`);
      cluster.settle();
    }
    cluster.restart(3);
    cluster.run(5);
    expect(cluster.server(3).commands()).toEqual(Array.from({ length: 20 }, (_, i) => `write ${i}`));
  });

  it('the leader sends beside its own write; the follower answers after its own', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.node(1).propose(text('x'));
    const ready = cluster.node(1).ready();
    expect(ready.messagesBeforePersist.map(({ type, to }) => [type, to])).toEqual([
      ['AppendEntries', 2],
      ['AppendEntries', 3],
    ]);
    cluster.node(2).step(ready.messagesBeforePersist[0]!);
    const answer = cluster.node(2).ready();
    expect(answer.messagesBeforePersist).toEqual([]);
    expect(answer.messages).toMatchObject([{ type: 'AppendEntriesResponse', matchIndex: 2, rejected: false }]);
    expect(answer.mustSync).toBe(true);
  });

  it('the leader counts itself only after its own write', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.crash(3);
    cluster.node(1).propose(text('x'));
    const { node } = cluster.server(1);
    const ready = node.ready();
    cluster.deliver(ready.messagesBeforePersist.find(({ to }) => to === 2)!);
    for (const message of cluster.intercept(() => true)) {
      node.step(message); // server 2 has it
    }
    expect(node.status().commitIndex).toBe(1);
    cluster.server(1).storage.persist(ready);
    node.advance();
    expect(node.status().commitIndex).toBe(2);
  });

  it('limits what one message carries', () => {
    const cluster = new Cluster({ voters: [1, 2], node: { maxEntriesBytesPerMessage: 100 } });
    cluster.elect(1);
    cluster.crash(2);
    cluster.propose(1, ...Array.from({ length: 10 }, () => 'x'.repeat(40)));
    cluster.restart(2);
    const sizes: number[] = [];
    cluster.filter = (message) => {
      if (message.type === 'AppendEntries') {
        sizes.push(message.entries.length);
      }
      return true;
    };
    cluster.run(3);
    expect(cluster.server(2).commands()).toHaveLength(10);
    expect(Math.max(...sizes)).toBe(1);
  });

  it('limits what is in flight to a follower, and recovers when all of it is lost', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { maxInflightMessages: 3 } });
    cluster.elect(1);
    cluster.filter = ({ to }) => to !== 3;
    for (let i = 0; i < 10; i++) {
      cluster.propose(1, `w${i}`);
      cluster.settle();
    }
    const progress = () => cluster.node(1).status().progress.find(({ id }) => id === 3);
    expect(progress()).toMatchObject({ state: 'replicate', inflightMessages: 3, paused: true });
    cluster.heal();
    cluster.run(3);
    expect(progress()).toMatchObject({ state: 'replicate', matchIndex: 11, inflightMessages: 0 });
  });

  it('limits what waits to be committed', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { maxUncommittedBytes: 100 } });
    cluster.elect(1);
    cluster.partition([1], [2], [3]);
    cluster.propose(1, 'x'.repeat(90));
    expect(() => cluster.node(1).propose(text('y'.repeat(20)))).toThrow(/slow down/);
    cluster.heal();
    cluster.run(5);
    cluster.propose(1, 'y'.repeat(20));
  });

  it('a message that no leader would send is refused, not appended', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    const envelope = { from: 1, to: 2, term: 1 } as const;
    const base = { type: 'AppendEntries', ...envelope, prevLogIndex: 1, prevLogTerm: 1, leaderCommit: 1 } as const;
    expect(cluster.node(2).step({ ...base, entries: [entry(1, 3)] })).toBe('malformed');
    expect(cluster.node(2).step({ ...base, entries: [entry(2, 2)] })).toBe('malformed');
    expect(cluster.node(2).step({ ...base, to: 3, entries: [] })).toBe('malformed');
    const stranger = { ...envelope, type: 'HeartbeatResponse', from: 9, context: text('') } as const;
    expect(cluster.node(2).step(stranger)).toBe('unknown-peer');
    expect(cluster.node(2).status().lastIndex).toBe(1);
  });

  it('an acknowledgement of what the leader does not have is refused, and counts for nothing', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    const envelope = { from: 2, to: 1, term: 1 } as const;
    const acknowledgement = { type: 'AppendEntriesResponse', ...envelope, rejected: false } as const;
    const progress = () => cluster.node(1).status().progress.find(({ id }) => id === 2);
    const before = progress();
    expect(before).toMatchObject({ matchIndex: 1 });
    expect(cluster.node(1).step({ ...acknowledgement, matchIndex: 2 })).toBe('malformed');
    expect(progress()).toEqual(before);
    expect(cluster.node(1).step({ ...acknowledgement, matchIndex: 1 })).toBe('stepped');
    // Of another term it says nothing about this leader's log.
    expect(cluster.node(1).step({ ...acknowledgement, matchIndex: 2, term: 2 })).toBe('stepped');
    expect(cluster.node(1).status()).toMatchObject({ role: 'follower', term: 2 });
  });
});

describe('§5.3 what a follower commits', () => {
  it('ends where the message was compared: a stale tail is not committed by a leaderCommit beyond it', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    withLog(cluster, 2, [1, 2, 2, 2], 3);
    const envelope = { from: 1, to: 2, term: 3 } as const;
    const compared = { prevLogIndex: 1, prevLogTerm: 1, leaderCommit: 4 } as const;
    cluster.deliver({ type: 'AppendEntries', ...envelope, ...compared, entries: [] });
    expect(cluster.node(2).status()).toMatchObject({ commitIndex: 1, lastIndex: 4 });
    cluster.deliver({ type: 'AppendEntries', ...envelope, ...compared, entries: [entry(3, 2)] });
    expect(cluster.node(2).status()).toMatchObject({ commitIndex: 2, lastIndex: 2, lastTerm: 3 });
  });

  it('a late message that carries less than what is there already truncates nothing', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    const envelope = { from: 1, to: 2, term: 1, type: 'AppendEntries', leaderCommit: 1 } as const;
    const at1 = { prevLogIndex: 1, prevLogTerm: 1 } as const;
    cluster.deliver({ ...envelope, ...at1, entries: [entry(1, 2), entry(1, 3)] });
    cluster.deliver({ ...envelope, ...at1, entries: [entry(1, 2)] });
    expect(cluster.node(2).status().lastIndex).toBe(3);
  });
});

describe('§5.3 Figure 7: a new leader meets logs of every kind', () => {
  const leaderLog = [1, 1, 1, 4, 4, 5, 5, 6, 6, 6];
  const followers: readonly (readonly [string, readonly number[]])[] = [
    ['(a) lacks one entry', [1, 1, 1, 4, 4, 5, 5, 6, 6]],
    ['(b) lacks many', [1, 1, 1, 4]],
    ['(c) has one more of the same term', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 6]],
    ['(d) has more of a later term', [1, 1, 1, 4, 4, 5, 5, 6, 6, 6, 7, 7]],
    ['(e) has other entries and lacks some', [1, 1, 1, 4, 4, 4, 4]],
    ['(f) has other entries only', [1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3]],
  ];

  it.each(followers)('%s', (_, followerLog) => {
    // The third server votes for the first, whatever the follower's log.
    const cluster = new Cluster({ voters: [1, 2, 3] });
    withLog(cluster, 1, leaderLog, 7);
    withLog(cluster, 2, followerLog, 7);
    cluster.elect(1);
    cluster.run(3);
    expect(terms(cluster, 2)).toEqual([...leaderLog, 8]);
    expect(cluster.server(2).log()).toEqual(cluster.server(1).log());
  });

  it('backs up by whole terms: at most one rejection for each term in conflict', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    withLog(cluster, 1, [...Array<number>(5).fill(1), ...Array<number>(95).fill(9)], 9);
    withLog(cluster, 2, [...Array<number>(5).fill(1), ...Array<number>(30).fill(2), ...Array<number>(30).fill(3)], 9);
    let rejections = 0;
    cluster.filter = (message) => {
      rejections += message.type === 'AppendEntriesResponse' && message.rejected && message.from === 2 ? 1 : 0;
      return true;
    };
    cluster.elect(1);
    cluster.run(3);
    expect(terms(cluster, 2)).toEqual(terms(cluster, 1));
    expect(rejections).toBeLessThanOrEqual(2);
  });
});

describe('§5.4.2 Figure 8: committing entries of earlier terms', () => {
  /** Steps (a) to (d) of the figure, then (c) once more by hand: S1's entry of term 2 reaches a majority in term 4. */
  function figure8(commitOnlyCurrentTerm: boolean): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5], node: { rules: { commitOnlyCurrentTerm } } });
    // (a) S1 leads term 2 and replicates its entry of index 2 to S2 only. (b) S5 led term 3 and has another one there.
    withLog(cluster, 1, [1, 2], 3);
    withLog(cluster, 2, [1, 2], 3);
    withLog(cluster, 3, [1], 3);
    withLog(cluster, 4, [1], 3);
    withLog(cluster, 5, [1, 3], 3);
    // (c) S1 is elected for term 4 by S2, S3 and S4, and replicates index 2 to S2 and S3. Its own no-op reaches nobody.
    cluster.cut((from, to) => from === 5 || to === 5);
    cluster.filter = (message) => message.type !== 'AppendEntries';
    cluster.node(1).campaign();
    cluster.handle(1);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(1);
    const entries = cluster.server(1).log().slice(1, 2);
    for (const to of [2, 3]) {
      cluster.deliver({
        type: 'AppendEntries',
        from: 1,
        to,
        term: 4,
        prevLogIndex: 1,
        prevLogTerm: 1,
        entries,
        leaderCommit: 0,
      });
    }
    cluster.settle();
    return cluster;
  }

  /** (d) S1 crashes; S5 is elected by S3 and S4 … and overwrites index 2. */
  function thenS5Leads(cluster: Cluster): void {
    cluster.crash(1);
    cluster.heal();
    cluster.intercept(() => true);
    cluster.cut((from, to) => [from, to].includes(1));
    cluster.node(5).campaign();
    cluster.handle(5);
    cluster.settle();
    cluster.node(5).campaign();
    cluster.handle(5);
    cluster.settle();
    cluster.run(3);
  }

  it('an entry of an earlier term on a majority is not committed, so overwriting it harms nobody', () => {
    const cluster = figure8(true);
    expect(cluster.node(1).status().commitIndex).toBe(0);
    thenS5Leads(cluster);
    expect(cluster.leader()?.id).toBe(5);
    expect(terms(cluster, 2).slice(0, 2)).toEqual([1, 3]);
  });

  it('with the rule off it is committed, overwritten, and the checks catch that', () => {
    const cluster = figure8(false);
    expect(cluster.node(1).status().commitIndex).toBe(2);
    expect(() => {
      thenS5Leads(cluster);
    }).toThrow(SafetyViolation);
  });

  it('(e) an entry of the own term commits all before it', () => {
    const cluster = figure8(true);
    cluster.heal();
    cluster.run(5);
    expect(cluster.node(1).status().commitIndex).toBe(3);
    expect(terms(cluster, 5)).toEqual([1, 2, 4]);
  });
});

describe('two bugs of an earlier implementation', () => {
  it('entries keep their index: two writes before the first answer stay in order on every replica', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.propose(1, 'first');
    cluster.propose(1, 'second');
    cluster.settle();
    expect(cluster.server(2).commands()).toEqual(['first', 'second']);
    expect(cluster.server(3).commands()).toEqual(['first', 'second']);
  });

  it('where the newest entry comes as if right after the last match, replicas diverge, and the checks catch it', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.hears = (message) => {
      const newest = message.type === 'AppendEntries' ? message.entries.at(-1) : undefined;
      return message.type === 'AppendEntries' && newest !== undefined
        ? { ...message, entries: [{ ...newest, index: message.prevLogIndex + 1 }] }
        : message;
    };
    expect(() => {
      cluster.node(1).propose(text('first'), text('second'));
      cluster.handle(1);
      cluster.settle();
    }).toThrow(SafetyViolation);
  });

  /** A follower with a stale tail answers an AppendEntries that compared only the entry before the tail. */
  function staleTail(): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    withLog(cluster, 1, [1, 2], 4);
    withLog(cluster, 2, [1, 3, 3, 3], 4);
    withLog(cluster, 3, [1, 2], 4);
    // Server 2 hears only that its first entry matches.
    cluster.filter = (message) => message.type !== 'AppendEntries';
    cluster.node(1).campaign();
    cluster.handle(1);
    cluster.settle();
    const envelope = { from: 1, to: 2, term: 5 } as const;
    const first = { prevLogIndex: 1, prevLogTerm: 1, entries: [], leaderCommit: 0 } as const;
    cluster.deliver({ type: 'AppendEntries', ...envelope, ...first });
    cluster.settle();
    return cluster;
  }

  /** Of two entries that went out to server 2 the second is lost; server 2 answers for the first. */
  function lostTail(matchOnlyVerifiedEntries: boolean): Cluster {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { rules: { matchOnlyVerifiedEntries } } });
    cluster.elect(1);
    cluster.run(2);
    cluster.filter = ({ to }) => to !== 3;
    cluster.propose(1, 'first');
    cluster.filter = () => false;
    cluster.propose(1, 'second');
    cluster.filter = ({ type }) => type === 'AppendEntriesResponse';
    cluster.settle();
    return cluster;
  }

  it('matchIndex counts only what was compared: a stale tail of a follower commits nothing', () => {
    const cluster = staleTail();
    expect(cluster.leader()?.id).toBe(1);
    expect(cluster.node(1).status()).toMatchObject({ commitIndex: 0, lastIndex: 3 });
  });

  it('what was sent and not answered for is not committed', () => {
    expect(lostTail(true).node(1).status()).toMatchObject({ commitIndex: 2, lastIndex: 3 });
  });

  it('with that rule off what was sent counts as stored, and an entry is committed that only the leader has', () => {
    const cluster = lostTail(false);
    expect(cluster.node(1).status().commitIndex).toBe(3);
    expect(terms(cluster, 2)).not.toEqual(terms(cluster, 1));
    // The servers that never had it elect another leader: the committed entry is lost.
    cluster.crash(1);
    cluster.heal();
    expect(() => {
      cluster.elect(2);
    }).toThrow(SafetyViolation);
  });
});
