/** Membership changes (dissertation §4): learners, single servers, joint consensus. */
import { describe, expect, it } from 'vitest';
import { configurationOf, LEAVE_JOINT } from '../../src/raft/index.ts';
import { Cluster, ofType, text } from './support/cluster.ts';

/** A cluster of three with a leader, and servers 4, 5, 6 that wait to be added. */
function clusterOf3(node = {}): Cluster {
  const cluster = new Cluster({ voters: [1, 2, 3], node });
  cluster.elect(1);
  [4, 5, 6].forEach((id) => cluster.add(id));
  return cluster;
}

const refusals = (cluster: Cluster, id = 1) =>
  cluster.server(id).events.flatMap((event) => (event.type === 'configurationChangeRefused' ? [event.reason] : []));

describe('§4.1 single-server changes', () => {
  it('a server that is added catches up and counts', () => {
    const cluster = clusterOf3();
    cluster.propose(1, 'before');
    cluster.settle();
    cluster.change(1, 'v4');
    cluster.run(3);
    expect(cluster.server(4).commands()).toEqual(['before']);
    // Four voters need three: with one down the others go on, with two they do not.
    cluster.crash(2);
    cluster.propose(1, 'with three');
    cluster.settle();
    expect(cluster.server(4).commands()).toEqual(['before', 'with three']);
    cluster.crash(3);
    cluster.propose(1, 'with two');
    cluster.settle();
    expect(cluster.server(1).commands()).not.toContain('with two');
  });

  it('a server that is removed counts no longer', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'r3');
    cluster.settle();
    cluster.crash(3);
    cluster.propose(1, 'a');
    cluster.settle();
    expect(cluster.server(2).commands()).toEqual(['a']);
    cluster.crash(2);
    cluster.propose(1, 'b');
    cluster.settle();
    expect(cluster.server(1).commands()).toEqual(['a']);
  });

  it('is refused while an earlier one is not applied; a no-op takes its place', () => {
    const cluster = clusterOf3();
    cluster.node(1).proposeConfigurationChange({ transition: 'auto', changes: [{ type: 'add-voter', id: 4 }] });
    cluster.change(1, 'v5');
    cluster.settle();
    expect(refusals(cluster)).toEqual([expect.stringMatching(/an earlier change, at index 2, is not applied yet/)]);
    expect(cluster.server(2).log().map(({ type }) => type)).toEqual(['no-op', 'configuration', 'no-op']);
    expect(cluster.node(2).status().configuration.voters).toEqual([1, 2, 3, 4]);
  });

  it('is refused before the leader has committed an entry of its own term (raft-dev, 2015)', () => {
    const cluster = clusterOf3();
    cluster.filter = (message) => message.type !== 'AppendEntries';
    cluster.elect(2);
    cluster.change(2, 'v4');
    expect(refusals(cluster, 2)).toEqual(['no entry of term 2 is committed yet']);
    cluster.heal();
    cluster.run(3);
    expect(cluster.node(2).configurationChangeRefusal({ transition: 'auto', changes: [] })).toMatch(/no joint/);
    cluster.change(2, 'v4');
    cluster.run(3);
    expect(cluster.node(1).status().configuration.voters).toEqual([1, 2, 3, 4]);
  });

  it('is refused when it changes nobody, whatever its transition', () => {
    const cluster = clusterOf3();
    cluster.run(2);
    for (const transition of ['auto', 'joint-implicit', 'joint-explicit'] as const) {
      expect(cluster.node(1).configurationChangeRefusal({ transition, changes: [] })).toMatch(/no joint/);
    }
  });

  it('is refused when it does not fit the configuration', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'r1 r2 r3');
    expect(refusals(cluster)).toEqual(['removed all voters']);
    const { node } = cluster.server(1);
    node.step({
      type: 'ForwardedProposal',
      from: 2,
      to: 1,
      term: 0,
      entries: [{ term: 0, index: 0, type: 'configuration', data: text('{"no":"change"}') }],
    });
    cluster.handle(1);
    expect(refusals(cluster)[1]).toMatch(/not a configuration change/);
    expect(node.status().configuration.voters).toEqual([1, 2, 3]);
  });
});

describe('§4.2.1 learners', () => {
  it('receive the log without a vote, and vote once promoted', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'l4');
    cluster.propose(1, 'a');
    cluster.run(3);
    expect(cluster.server(4).commands()).toEqual(['a']);
    expect(cluster.node(1).status().configuration).toMatchObject({ voters: [1, 2, 3], learners: [4] });
    // With servers 2 and 3 down the learner's answers commit nothing.
    cluster.crash(2);
    cluster.crash(3);
    cluster.propose(1, 'b');
    cluster.settle();
    expect(cluster.node(1).status().commitIndex).toBeLessThan(cluster.node(1).status().lastIndex);
    cluster.restart(2);
    cluster.restart(3);
    cluster.run(3);
    cluster.change(1, 'v4');
    cluster.run(3);
    expect(cluster.node(4).status().configuration).toMatchObject({ voters: [1, 2, 3, 4], learners: [] });
  });

  it('never stand for election', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], learners: [4] });
    cluster.elect(1);
    cluster.crash(1);
    cluster.tick(...Array<number>(50).fill(4));
    for (let i = 0; i < 50; i++) {
      cluster.tick(4);
    }
    expect(cluster.node(4).status()).toMatchObject({ role: 'follower', term: 1 });
  });

  it('vote when asked: the candidate may know of their promotion first (etcd PR 10998)', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'l4');
    cluster.run(3);
    cluster.filter = ({ to }) => to !== 4;
    cluster.change(1, 'v4');
    cluster.settle();
    expect(cluster.node(4).status().configuration.learners).toEqual([4]);
    cluster.heal();
    // Of voters 1 to 4 only 2 and 4 and 3 are left; 3 is needed, so crash it too late to have heard of anything else.
    cluster.crash(1);
    cluster.node(2).campaign();
    cluster.handle(2);
    cluster.crash(3);
    const answers = cluster.deliverOnly(ofType('RequestVote'));
    expect(answers.some(({ to }) => to === 4)).toBe(true);
    expect(cluster.node(4).status().votedFor).toBe(2);
  });
});

describe('§4.2.2 a leader that removes itself', () => {
  it('steps down when that is committed, and does not count itself before', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'r1');
    cluster.settle();
    expect(cluster.node(1).status()).toMatchObject({ role: 'follower', configuration: { voters: [2, 3] } });
    cluster.runUntil(() => [2, 3].includes(cluster.leader()?.id ?? 0), 'a leader among the others');
    expect(cluster.server(1).events).toContainEqual(
      expect.objectContaining({ type: 'roleChanged', role: 'follower', reason: 'removed from the configuration' }),
    );
  });

  it('stays if told so, and refuses proposals', () => {
    const cluster = clusterOf3({ scripted: { leadsAfterRemoval: true } });
    cluster.change(1, 'r1');
    cluster.settle();
    expect(cluster.node(1).status().role).toBe('leader');
    expect(() => cluster.node(1).propose(text('x'))).toThrow(/no longer a member/);
  });
});

describe('§4.3 joint consensus', () => {
  it('several voters change at once, and the joint configuration is left by itself', () => {
    const cluster = clusterOf3();
    cluster.propose(1, 'before');
    cluster.settle();
    cluster.change(1, 'r2 r3 v4 v5');
    cluster.run(5);
    for (const id of [1, 4, 5]) {
      expect(cluster.node(id).status().configuration).toEqual(configurationOf([1, 4, 5]));
      expect(cluster.server(id).commands()).toEqual(['before']);
    }
    const seen = cluster
      .server(1)
      .events.flatMap((event) => (event.type === 'configurationChanged' ? [event.configuration] : []));
    expect(seen).toMatchObject([
      { voters: [1, 4, 5], votersOutgoing: [1, 2, 3], autoLeave: true },
      { voters: [1, 4, 5], votersOutgoing: [] },
    ]);
  });

  it('while joint, both majorities are needed to commit', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'r2 r3 v4 v5', 'joint-explicit');
    cluster.run(3);
    expect(cluster.node(1).status().configuration).toMatchObject({ voters: [1, 4, 5], votersOutgoing: [1, 2, 3] });
    cluster.crash(2);
    cluster.crash(3);
    cluster.propose(1, 'new majority only');
    cluster.settle();
    expect(cluster.server(1).commands()).toEqual([]);
    cluster.restart(2);
    cluster.run(3);
    expect(cluster.server(1).commands()).toEqual(['new majority only']);
  });

  it('while joint, both majorities are needed to elect', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'r2 r3 v4 v5', 'joint-explicit');
    cluster.run(3);
    cluster.partition([1, 4, 5], [2, 3]);
    cluster.crash(1);
    cluster.run(100);
    expect(cluster.leader()).toBeUndefined();
    cluster.heal();
    cluster.elect();
  });

  it('explicit: it lasts until it is left by an empty change; other changes are refused meanwhile', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'v4', 'joint-explicit');
    cluster.run(5);
    cluster.change(1, 'v5');
    expect(refusals(cluster)).toEqual(['the joint configuration must be left first']);
    cluster.run(2);
    cluster.node(1).proposeConfigurationChange(LEAVE_JOINT);
    cluster.handle(1);
    cluster.run(2);
    expect(cluster.node(4).status().configuration).toEqual(configurationOf([1, 2, 3, 4]));
  });

  it('a voter that is demoted becomes a learner when the joint configuration is left', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'l3 v4', 'joint-explicit');
    cluster.run(3);
    expect(cluster.node(2).status().configuration).toMatchObject({ learners: [], learnersNext: [3] });
    cluster.node(1).proposeConfigurationChange(LEAVE_JOINT);
    cluster.handle(1);
    cluster.run(3);
    expect(cluster.node(3).status().configuration).toEqual(configurationOf([1, 2, 4], [3]));
  });

  it('a new leader leaves it if the old one could not', () => {
    const cluster = clusterOf3();
    cluster.filter = (message) =>
      message.type !== 'AppendEntries' ||
      !message.entries.some(({ data, type }) => type === 'configuration' && data.length === 0);
    cluster.change(1, 'r3 v4');
    cluster.run(3);
    expect(cluster.node(2).status().configuration.votersOutgoing).toEqual([1, 2, 3]);
    cluster.crash(1);
    cluster.heal();
    cluster.runUntil(() => cluster.leader() !== undefined, 'a new leader');
    cluster.run(5);
    expect(cluster.leader()?.node.status().configuration).toEqual(configurationOf([1, 2, 4]));
  });

  it('survives a crash of every server at once', () => {
    const cluster = clusterOf3();
    cluster.change(1, 'r3 v4', 'joint-explicit');
    cluster.run(3);
    [1, 2, 3, 4].forEach((id) => {
      cluster.crash(id);
      cluster.restart(id);
      expect(cluster.node(id).status().configuration).toMatchObject({ voters: [1, 2, 4], votersOutgoing: [1, 2, 3] });
    });
  });
});

describe('a server that joins', () => {
  it('without the first configuration stops, instead of coming to another one than the rest', () => {
    const cluster = clusterOf3();
    cluster.add(7, configurationOf([]));
    cluster.change(1, 'v7');
    expect(() => {
      cluster.run(3);
    }).toThrow(/must start from the same first configuration/);
  });

  it('without it but with a snapshot is well', () => {
    const cluster = clusterOf3();
    cluster.add(7, configurationOf([]));
    cluster.compact(1);
    cluster.change(1, 'v7');
    cluster.run(3);
    expect(cluster.node(7).status().configuration).toEqual(configurationOf([1, 2, 3, 7]));
  });
});

describe('a change that is committed and not applied', () => {
  it('comes before an election: it may have removed this server', () => {
    const cluster = clusterOf3();
    cluster.filter = ({ to }) => to !== 2;
    cluster.change(1, 'r2');
    cluster.settle();
    const { node, storage } = cluster.server(2);
    node.step({
      type: 'AppendEntries',
      from: 1,
      to: 2,
      term: 1,
      prevLogIndex: 1,
      prevLogTerm: 1,
      entries: cluster.server(1).log().slice(1, 2),
      leaderCommit: 2,
    });
    storage.persist(node.ready()); // written, and not applied yet
    node.campaign();
    expect(node.status()).toMatchObject({ role: 'follower', commitIndex: 2, lastApplied: 1 });
  });
});

describe('a change that was not committed', () => {
  it('is forgotten with its entry: the configuration changes only when it is applied', () => {
    const cluster = clusterOf3();
    cluster.partition([1], [2, 3]);
    cluster.change(1, 'v4');
    cluster.change(1, 'v5');
    expect(cluster.node(1).status().configuration.voters).toEqual([1, 2, 3]);
    cluster.runUntil(() => cluster.leader()?.id !== 1, 'another leader');
    cluster.heal();
    cluster.run(10);
    expect(cluster.server(1).log()).toEqual(cluster.server(2).log());
    for (const id of [1, 2, 3]) {
      expect(cluster.node(id).status().configuration).toEqual(configurationOf([1, 2, 3]));
    }
  });
});
