/** Leadership transfer (dissertation §3.10), and forgetting a leader. */
import { describe, expect, it } from 'vitest';
import { Cluster, ofType, text } from './support/cluster.ts';

function transfer(cluster: Cluster, from: number, to: number): void {
  cluster.node(from).transferLeadership(to);
  cluster.handle(from);
}

describe('§3.10 leadership transfer', () => {
  it('an up-to-date follower leads at once, without pre-vote and in spite of the lease', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { preVote: true, checkQuorum: true } });
    cluster.elect(1);
    cluster.run(2);
    const types = new Set<string>();
    cluster.filter = (message) => types.add(message.type).size > 0;
    transfer(cluster, 1, 3);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(3);
    expect(types).toContain('TimeoutNow');
    expect(types).not.toContain('PreVote');
  });

  it('a follower that is behind is brought up to date first', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.crash(3);
    cluster.propose(1, 'a', 'b');
    cluster.settle();
    cluster.restart(3);
    transfer(cluster, 1, 3);
    cluster.run(2);
    expect(cluster.leader()?.id).toBe(3);
    expect(cluster.server(3).commands()).toEqual(['a', 'b']);
  });

  it('can be asked for on a follower', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    transfer(cluster, 2, 2);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(2);
  });

  it('refuses proposals while it lasts, and is given up after an election timeout', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.crash(3);
    transfer(cluster, 1, 3);
    expect(() => cluster.node(1).propose(text('x'))).toThrow(/handed over/);
    expect(cluster.node(1).status().transferee).toBe(3);
    cluster.run(10);
    expect(cluster.node(1).status()).toMatchObject({ role: 'leader', transferee: 0 });
    cluster.propose(1, 'x');
    const { events } = cluster.server(1);
    expect(events).toContainEqual({ type: 'leadershipTransferStarted', transferee: 3 });
    expect(events).toContainEqual({ type: 'leadershipTransferAborted', transferee: 3 });
  });

  it('has a whole election timeout, however much of the leader’s has passed', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.crash(3);
    cluster.run(9);
    transfer(cluster, 1, 3);
    cluster.run(9);
    expect(cluster.node(1).status().transferee).toBe(3);
    cluster.run(1);
    expect(cluster.node(1).status().transferee).toBe(0);
  });

  it('the target is not told to stand before it is up to date, however often it answers', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.run(2);
    cluster.filter = (message) => message.type !== 'AppendEntries' || message.to !== 3;
    cluster.propose(1, 'a');
    cluster.settle();
    const sent = new Set<string>();
    cluster.filter = (message) => {
      sent.add(message.type);
      return message.type !== 'AppendEntries' || message.to !== 3;
    };
    transfer(cluster, 1, 3);
    cluster.run(3);
    expect(sent).toContain('HeartbeatResponse');
    expect(sent).not.toContain('TimeoutNow');
    cluster.heal();
    cluster.run(3);
    expect(cluster.leader()?.id).toBe(3);
  });

  it('is handed on by a follower under its own name, whoever asked', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.run(2);
    cluster.node(2).step({ type: 'TransferLeadership', from: 3, to: 2, term: 0, transferee: 3 });
    cluster.handle(2);
    const handedOn = cluster.pending.filter(ofType('TransferLeadership'));
    expect(handedOn).toMatchObject([{ from: 2, to: 1, transferee: 3 }]);
  });

  it('to a learner, a stranger or itself is ignored', () => {
    const cluster = new Cluster({ voters: [1, 2], learners: [3] });
    cluster.elect(1);
    [3, 9, 1].forEach((id) => {
      transfer(cluster, 1, id);
    });
    expect(cluster.node(1).status().transferee).toBe(0);
    expect(cluster.pending.filter(ofType('TimeoutNow'))).toEqual([]);
  });

  it('is given up when its target is removed', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.filter = (message) => message.type !== 'TimeoutNow';
    cluster.change(1, 'r3');
    transfer(cluster, 1, 3);
    cluster.settle();
    expect(cluster.node(1).status()).toMatchObject({ transferee: 0, configuration: { voters: [1, 2] } });
  });

  it('a TimeoutNow that comes with the news of a committed change is followed once that is applied', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { preVote: true, checkQuorum: true } });
    cluster.elect(1);
    cluster.run(2);
    cluster.change(1, 'l3');
    // Server 2 has the demotion and hears in one turn that it is committed, and that it is to lead.
    cluster.filter = (message) => !(message.to === 2 && message.type === 'AppendEntries' && message.leaderCommit > 1);
    cluster.settle();
    expect(cluster.node(1).status().configuration).toMatchObject({ voters: [1, 2], learners: [3] });
    expect(cluster.node(2).status().configuration.voters).toEqual([1, 2, 3]);
    cluster.filter = () => true;
    const envelope = { from: 1, to: 2, term: 1 } as const;
    cluster.node(2).step({ type: 'Heartbeat', ...envelope, leaderCommit: 2, context: new Uint8Array() });
    cluster.node(2).step({ type: 'TimeoutNow', ...envelope });
    expect(cluster.node(2).status().role).toBe('follower');
    cluster.handle(2);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(2);
  });

  it('a TimeoutNow that waits for a change is void in another term', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.run(2);
    cluster.filter = (message) => !(message.to === 2 && message.type === 'AppendEntries' && message.leaderCommit > 1);
    cluster.change(1, 'l3');
    cluster.settle();
    const node = cluster.node(2);
    node.step({ type: 'Heartbeat', from: 1, to: 2, term: 1, leaderCommit: 2, context: new Uint8Array() });
    node.step({ type: 'TimeoutNow', from: 1, to: 2, term: 1 });
    node.step({ type: 'Heartbeat', from: 3, to: 2, term: 2, leaderCommit: 2, context: new Uint8Array() });
    cluster.handle(2);
    expect(node.status()).toMatchObject({ role: 'follower', term: 2, configuration: { voters: [1, 2] } });
  });

  it('a TimeoutNow that is lost is repeated when the target answers the next heartbeat', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.run(2);
    transfer(cluster, 1, 3);
    expect(cluster.intercept(ofType('TimeoutNow'))).toHaveLength(1);
    cluster.run(1);
    expect(cluster.leader()?.id).toBe(3);
    expect(cluster.node(3).status().term).toBe(2);
  });

  it('a second request goes to the second target', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    cluster.crash(3);
    transfer(cluster, 1, 3);
    transfer(cluster, 1, 2);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(2);
  });
});

describe('forgetting the leader', () => {
  it('lets a follower vote at once for another', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { checkQuorum: true } });
    cluster.elect(1);
    cluster.run(2);
    cluster.crash(1);
    cluster.node(3).forgetLeader();
    cluster.node(2).campaign();
    cluster.handle(2);
    cluster.settle();
    expect(cluster.leader()?.id).toBe(2);
  });

  it('is ignored by leaders, and where reads rest on a lease', () => {
    const cluster = new Cluster({ voters: [1, 2, 3], node: { checkQuorum: true, readOnly: 'lease' } });
    cluster.elect(1);
    cluster.node(1).forgetLeader();
    cluster.node(2).forgetLeader();
    expect(cluster.node(1).status()).toMatchObject({ role: 'leader', leader: 1 });
    expect(cluster.node(2).status().leader).toBe(1);
  });
});

describe('changing the pace while running', () => {
  it('takes effect with the next timeout that is drawn', () => {
    const cluster = new Cluster({ voters: [1, 2, 3] });
    cluster.elect(1);
    for (const { node } of cluster.running) {
      node.setTicks({ electionTimeoutTicks: 100, heartbeatTicks: 10 });
    }
    cluster.run(50);
    expect(cluster.leader()?.id).toBe(1);
    expect(() => {
      cluster.node(1).setTicks({ electionTimeoutTicks: 5, heartbeatTicks: 5 });
    }).toThrow(/must be more than heartbeatTicks/);
    cluster.node(2).campaign();
    expect(cluster.node(2).status().randomizedElectionTimeoutTicks).toBeGreaterThanOrEqual(100);
  });
});
