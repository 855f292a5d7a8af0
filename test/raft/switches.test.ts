/** Raft as in the paper's Figure 2: no no-op at the start of a term, and switches that are turned while servers run. */
import { describe, expect, it } from 'vitest';
import { InvalidSettings, rulesWithout } from '../../src/raft/index.ts';
import { Cluster, ofType, text } from './support/cluster.ts';
import { SafetyViolation } from './support/safety.ts';

const FIGURE_2 = { preVote: false, checkQuorum: false, noOp: false } as const;

function campaign(cluster: Cluster, id: number): void {
  cluster.node(id).campaign();
  cluster.handle(id);
  cluster.settle();
}

/** Server 2 leads, with an entry of the term before it on all servers that nobody knows to be committed. */
function entryOfEarlierTerm(node: object): Cluster {
  const cluster = new Cluster({ voters: [1, 2, 3], node });
  cluster.elect(1);
  cluster.filter = (message) => message.type !== 'AppendEntriesResponse';
  cluster.propose(1, 'of term 1');
  cluster.settle();
  cluster.heal();
  cluster.crash(1);
  campaign(cluster, 2);
  cluster.run(3);
  expect(cluster.node(2).status()).toMatchObject({ role: 'leader', term: 2 });
  return cluster;
}

describe('§5.4.2 a term that begins without a no-op', () => {
  it('appends nothing, and commits what came before with the first proposal', () => {
    const cluster = entryOfEarlierTerm(FIGURE_2);
    expect(cluster.node(2).status()).toMatchObject({ commitIndex: 0, lastIndex: 1 });
    expect(cluster.node(2).awaitsFirstProposal).toBe(true);
    cluster.propose(2, 'of term 2');
    cluster.settle();
    expect(cluster.node(2).status()).toMatchObject({ commitIndex: 2, lastIndex: 2 });
    expect(cluster.node(2).awaitsFirstProposal).toBe(false);
  });

  it('lets reads and membership changes wait for that proposal', () => {
    const cluster = entryOfEarlierTerm(FIGURE_2);
    cluster.node(2).readIndex(text('read'));
    cluster.run(3);
    expect(cluster.server(2).readStates).toEqual([]);
    const change = { transition: 'auto', changes: [{ type: 'add-learner', id: 4 }] } as const;
    expect(cluster.node(2).configurationChangeRefusal(change)).toContain('first write of the term must commit it');
    cluster.propose(2, 'of term 2');
    cluster.settle();
    expect(cluster.server(2).readStates).toMatchObject([{ readIndex: 2 }]);
    expect(cluster.node(2).configurationChangeRefusal(change)).toBeUndefined();
  });

  it('hands the leadership over to a server that has the whole log, without an entry', () => {
    const cluster = entryOfEarlierTerm(FIGURE_2);
    cluster.node(2).transferLeadership(3);
    cluster.handle(2);
    cluster.settle();
    expect(cluster.node(3).status()).toMatchObject({ role: 'leader', term: 3, lastIndex: 1 });
  });
});

describe('Figure 8 as it is drawn: leaders append only what clients propose', () => {
  /** Up to (c): S1's entry of term 2 is on S1, S2 and S3; S5 has another one of term 3 in its place. */
  function upToC(commitOnlyCurrentTerm: boolean): Cluster {
    const node = { ...FIGURE_2, rules: { commitOnlyCurrentTerm } };
    const cluster = new Cluster({ voters: [1, 2, 3, 4, 5], node });
    // (a) S1 leads and replicates its entry to S2 alone.
    cluster.elect(1);
    cluster.partition([1, 2]);
    cluster.propose(1, 'of S1');
    cluster.settle();
    // (b) S5 is elected by S3 and S4, takes another entry, and crashes.
    cluster.partition([3, 4, 5]);
    campaign(cluster, 5);
    cluster.partition([5]);
    cluster.propose(5, 'of S5');
    cluster.settle();
    cluster.crash(5);
    // (c) S1 is elected again by S2, S3 and S4, and continues to replicate: to S3 as well.
    cluster.partition([1, 2, 3, 4]);
    cluster.filter = (message) => !(message.type === 'AppendEntries' && message.to === 4);
    cluster.run(1); // S1 hears of the later term
    while (cluster.node(1).role !== 'leader') {
      campaign(cluster, 1);
    }
    cluster.run(3);
    expect(cluster.server(3).log()).toHaveLength(1);
    return cluster;
  }

  /** (d) S1 crashes; S5 is back, is elected by S2, S3 and S4 and overwrites the entry. */
  function d(cluster: Cluster): void {
    cluster.crash(1);
    cluster.heal();
    cluster.restart(5);
    while (cluster.node(5).role !== 'leader') {
      campaign(cluster, 5);
    }
    cluster.propose(5, 'of S5 again');
    cluster.run(3);
  }

  it('(d) harms nobody: the entry was on a majority and not committed', () => {
    const cluster = upToC(true);
    expect(cluster.node(1).commitIndex).toBe(0);
    d(cluster);
    expect(cluster.server(2).commands()).toEqual(['of S5', 'of S5 again']);
  });

  it('(d) without the rule a committed entry is overwritten, and the checks catch that', () => {
    const cluster = upToC(false);
    expect(cluster.node(1).commitIndex).toBe(1);
    expect(() => {
      d(cluster);
    }).toThrow(SafetyViolation);
  });

  it('(e) an entry of the own term commits all before it', () => {
    const cluster = upToC(true);
    cluster.propose(1, 'of S1 again');
    cluster.settle();
    expect(cluster.node(1).commitIndex).toBe(2);
  });
});

describe('switches that are turned while a server runs', () => {
  it('with the no-op on, a leader that waits for a proposal appends one at once', () => {
    const cluster = entryOfEarlierTerm(FIGURE_2);
    cluster.node(2).setSwitches({ ...FIGURE_2, noOp: true });
    cluster.handle(2);
    cluster.settle();
    expect(cluster.node(2).status()).toMatchObject({ commitIndex: 2, lastIndex: 2 });
    cluster.node(2).setSwitches({ ...FIGURE_2, noOp: true });
    expect(cluster.node(2).status().lastIndex).toBe(2);
  });

  it('check-quorum begins and ends: a leader that hears nobody steps down, or leads on', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: FIGURE_2 });
    cluster.elect(1);
    cluster.partition([1]);
    for (let i = 0; i < 30; i++) cluster.tick(1);
    expect(cluster.node(1).role).toBe('leader');
    cluster.node(1).setSwitches({ ...FIGURE_2, checkQuorum: true });
    for (let i = 0; i < 30; i++) cluster.tick(1);
    expect(cluster.node(1).role).toBe('follower');
  });

  it('pre-vote begins and ends: what an election timer sends when it runs out', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: FIGURE_2 });
    cluster.node(1).setSwitches({ ...FIGURE_2, preVote: true });
    cluster.node(1).campaign();
    cluster.handle(1);
    expect(cluster.pending.filter(ofType('PreVote'))).toHaveLength(2);
    cluster.node(2).campaign();
    cluster.handle(2);
    expect(cluster.pending.filter(ofType('RequestVote'))).toHaveLength(2);
  });

  it('rules are off from now on, and on again', () => {
    const { raft } = new Cluster({ voters: [1, 2, 3], node: FIGURE_2 }).server(1);
    raft?.setSwitches({ rules: rulesWithout(['voteOncePerTerm']) });
    expect(raft?.status().rulesOff).toEqual(['voteOncePerTerm']);
    raft?.setSwitches({});
    expect(raft?.status().rulesOff).toEqual([]);
  });

  it('refuses to take away what a lease rests on', () => {
    const { raft } = new Cluster({ voters: [1, 2, 3], node: { readOnly: 'lease', checkQuorum: true } }).server(1);
    expect(() => raft?.setSwitches({ checkQuorum: false })).toThrow(InvalidSettings);
    raft?.setSwitches({ checkQuorum: false, rules: { leaseNeedsCheckQuorum: false } });
    expect(raft?.status().rulesOff).toEqual(['leaseNeedsCheckQuorum']);
  });
});
